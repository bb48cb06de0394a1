"""Documents that may not be taken in: 密级 (绝密 机密 秘密), 内部, 不予公开.

Only marks on lines of their own count; a text that speaks of secrets in its sentences is no secret.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reading.lines import Line

HEAD_LINES = 15
_TERM = r"(?:\s*[★☆*＊]\s*(?:\d+\s*年|[一二三四五六七八九十]+年|长期|\d+个月|解密)?)?"
_LEVEL = r"(?P<level>绝\s*密|机\s*密|秘\s*密)"
_SECRET = re.compile(
    r"(?:\d{1,8}\s+)?[【\[（(]?\s*(?:密\s*级\s*(?:和保密期限)?\s*[:：]?\s*)?"
    rf"{_LEVEL}\s*{_TERM}\s*[】\]）)]?"
    r"(?:\s+(?:特急|加急|特\s急|加\s急|急件|\d{1,8}))*"
)
_LEVEL_FIELD = re.compile(rf"(?:^|[\s\u3000\t|])密\s*级\s*[:：\t]\s*{_LEVEL}")
_CARE = (
    r"(?:注意保管|注意保存|妥善保管|妥为保管|(?:请勿|不得|严禁|切勿|禁止)外传|(?:不得|严禁)翻印"
    r"|[阅用]后收回)"
)
_INTERNAL = re.compile(
    r"[【\[（(]?\s*(?:(?:内\s*部|仅供内部)\s*(?:文\s*件|资\s*料|使\s*用|参\s*考|传\s*阅|刊\s*物|材\s*料"
    rf"|掌\s*握|明电)(?:[\s，,、。；;！!·★]*{_CARE})*"
    rf"|(?:内部)?{_CARE}(?:[\s，,、]*{_CARE})*"
    r"|仅限?(?:供)?内部(?:使用|参考|传阅|掌握))\s*[。！!]?\s*[】\]）)]?"
)
_NOT_PUBLIC = r"(?:不予公开|不公开|不宜公开|不对外公开|不得公开|不予主动公开)(?:发布|发表)?"
_OPENNESS = r"(?:信息|政府信息|文件)?(?:公开)?(?:属性|方式|形式|选项|类别|类型|范围)"
_WITHHELD = re.compile(
    r"[（(\[【]?\s*(?:(?:此件|本件|该件|此文|本文件|此文件)\s*(?:为?内部\S{0,6}\s*[，,]?\s*)?"
    rf"{_NOT_PUBLIC}|{_OPENNESS}\s*[:：]\s*{_NOT_PUBLIC}|不予公开)\s*[。]?\s*[）)\]】]?"
)
_WITHHELD_FIELD = re.compile(rf"{_OPENNESS}\s*[:：\t]\s*{_NOT_PUBLIC}")
_REMARK = re.compile(
    r"不予公开|不公开|不宜公开|不对外公开|不得公开|内部(?:使用|文件|掌握|资料)|不得外传|请勿外传"
)
_ADVICE = "不能收录，请移出文件夹"


def refusal(lines: Sequence[Line], remark: str = "") -> str:
    """Why the document may not be taken in, as one Chinese clause; '' when it may.

    ``remark`` is its 附注. 依申请公开 is no reason.
    """
    for at, line in enumerate(lines):
        near_top = at < HEAD_LINES
        secret = (
            (_SECRET.fullmatch(line.text) or _LEVEL_FIELD.search(line.text)) if near_top else None
        )
        if secret:
            level = re.sub(r"\s", "", secret["level"])
            return f"文件标有密级“{level}”，属于涉密文件，{_ADVICE}"
        if _INTERNAL.fullmatch(line.text) and (near_top or _at_foot(lines, at)):
            return f"文件标明“{_shown(line.text)}”，属于内部文件，{_ADVICE}"
        if _WITHHELD.fullmatch(line.text) or (near_top and _WITHHELD_FIELD.search(line.text)):
            return f"文件标明“{_shown(line.text)}”，属于不予公开的文件，{_ADVICE}"
    if _REMARK.search(remark):
        return f"文件附注为“{remark}”，属于不予公开的文件，{_ADVICE}"
    return ""


def _at_foot(lines: Sequence[Line], at: int) -> bool:
    """Whether a mark stands below the text, or is a page's head or foot that comes again."""
    same = sum(line.text == lines[at].text for line in lines)
    return at >= len(lines) - HEAD_LINES or same > 2


def _shown(words: str) -> str:
    return re.sub(r"\s+", " ", words.strip("（）()【】[]"))[:40]
