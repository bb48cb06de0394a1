"""版记 and what a web page leaves below a document: 抄送, 印发 day, 主题词, 扫一扫…. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reading.lines import Line

_DAY = r"(?:\d{4}|[〇零○一二三四五六七八九]{4})\s*年.{1,6}月.{1,6}日"
_IMPRINT = (
    re.compile(r"抄\s*[送报](?:机关)?\s*[：:].*"),
    re.compile(rf"[^。；：]{{0,40}}{_DAY}\s*印\s*发"),
    re.compile(r"主\s*题\s*词\s*[：:].*"),
    re.compile(
        r"-->|扫一扫在手机(?:打开|浏览|查看).*|【?(?:打印|关闭|返回顶部|纠错|收藏)(?:本页|窗口)?】?"
        r"|分享(?:到|至)?[：:]?.{0,20}|[上下]一[篇条][：:].*|相关(?:链接|稿件|文档|阅读)[：:]?"
        r"|(?:责任)?编辑[：:].{1,12}|(?:网站)?主办单位[：:].*|网站标识码.*|.{0,4}ICP备.*|.*公网安备.*"
    ),
)


def end(lines: Sequence[Line], at: int) -> int:
    """The line after the 版记 or page residue that begins at line ``at``; ``at`` if none does."""
    after = at
    while after < len(lines) and (
        any(pattern.fullmatch(lines[after].text) for pattern in _IMPRINT)
        or (after > at and lines[after - 1].text.endswith(("，", "、", "；")))
    ):
        after += 1
    return after
