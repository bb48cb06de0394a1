"""Web pages (.html, .htm): the document on the page, without the site around it.

The document is the smallest element that holds nearly all running text; names that publishing
systems of government sites give it are a hint, not a condition.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from assistant.errors import UnreadableFile
from assistant.reading.formats.markup import Item, Page, Region, parse
from assistant.reading.numbering import marker
from assistant.reading.source import Block, Paragraph, Source, Table, assemble

_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)""", re.I)
_MAIN = re.compile(
    r"(?<![a-z])(?:ucap-?content|zoom(?:con)?|(?:my)?trs_(?:editor|uditor|paper)\w*|pages_content"
    r"|custom_uni(?:on|te)style|(?:art|article|news|info|detail|doc|ivs|vsb|xxgk)[-_]?con(?:tent)?"
    r"|con(?:tent)?[-_]?(?:text|body|main|detail)|j-fontcontent|wp_articlecontent|article[-_]?body"
    r"|article)(?![a-z])"
)
_AROUND = re.compile(
    r"(?<![a-z])(?:nav\w*|menu|foot(?:er)?|bottom|copyright|breadcrumb\w*|crumbs?|position|location"
    r"|dqwz|share\w*|bdshare\w*|bshare\w*|qr\w*|ewm|erweima|sweep|print\w*|toolbar|font-?size\w*"
    r"|related|relevant|xg-?list|xgxx|xgwz|recommend|sidebar|aside|pagination|page-?nav|comments?"
    r"|search\w*|login|banner|header|back_?top|jiucuo)(?![a-z])"
)
_LABEL = re.compile(
    r"(?:索引号|信息索引|主题分类|组配分类|体裁分类|信息分类|分类|发文机关|发布机构|发文机构|发文单位"
    r"|制发机关|信息来源|成文日期|生成日期|发文日期|发布日期|公开日期|发布时间|公开时间|标题|名称"
    r"|信息名称|文件名称|发文字号|文号|文件编号|主题词|关键词|有效性|时效性|效力状态|是否有效"
    r"|实施日期|生效日期|失效日期|废止日期|公开方式|公开形式|公开范围|公开时限|服务对象|规范性文件编号"
    r"|统一登记号|统一编号|登记号|语种|内容概述)"
)
_ASIDE = re.compile(
    r"扫一扫.{0,16}|(?:手机)?扫码.{0,12}|[【\[（(]?字[体号][:：]?[\s大中小特默认|【】\[\]]*[】\])）]?"
    r"|(?:【?(?:打印(?:本页|此页|文章)?|关闭(?:窗口|本页|页面)?|收藏|分享(?:到)?[:：]?|返回(?:顶部|列表)"
    r"|回到顶部|我要纠错|视力保护色[:：]?|无障碍浏览)】?\s*)+"
    r"|(?:分享到|责任编辑|责编|编辑|浏览次数|阅读次数|点击数|点击率|访问量|字体大小)[:：].{0,24}"
    r"|(?:(?:发布|更新|公开)(?:日期|时间)[:：]?\s*)?\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}日?[\d:\s]*"
    r"(?:(?:信息|文章)?来源|浏览|阅读|点击|作者|字[号体]|访问).{0,80}"
    r"|(?:发布|更新|公开)(?:日期|时间)[:：]\s*[\d年月日/.:-]+[\d:\s]*"
    r"|(?:(?:信息|文章)?来源|作者)[:：].{0,30}(?:时间|日期)[:：].{0,60}"
    r"|[上下]一[篇条页][:：]?.{0,60}|(?:您|你)?(?:现在|当前|所在)(?:的|所在)?位置(?:是)?[:：].{0,80}"
    r"|(?:网站)?首页\s*[>＞›»/-].{0,80}|正在加载.{0,6}|加载中.{0,6}|-->|loading\.*|TOP",
    re.I,
)
_FOOT = re.compile(r"网站标识码|ICP备|公网安备|版权所有|Copyright", re.I)
_BY_FOOT = re.compile(
    r"主办|承办|技术支持|联系我们|网站地图|网站声明|关于我们|地址|邮编|电话|维护|最佳浏览|隐私"
)
_NUMBER_LINE = re.compile(r"[\u4e00-\u9fff]{1,14}[〔\[（(]\s*\d{4}\s*[〕\]）)]\s*第?\d{1,5}\s*号")
_DATE_LINE = re.compile(r"[\d〇○零一二三四五六七八九十]{2,4}\s*年.{1,5}月.{1,5}日")
_PARAGRAPH = re.compile(r"(?:p|h[1-6]|br) ")
_MORE = re.compile(r"(?:相关|延伸|更多)(?:稿件|解读|链接|文章|新闻|阅读|信息|政策|文件|文档)[:：]?")
_SITE_BREAK = re.compile(r"\s*[_|｜]\s*|\s+[-–—]+\s+|(?<!\d)-(?!\d)")
_NUMBER_BEHIND = re.compile(r"[（(][^（）()]*号[)）]$")
_TITLE = re.compile(r"(?<![a-z])(?:h1|(?:[a-z]+[-_])?tit(?:le)?|ucaptitle)(?![a-z])")
_DOCUMENT = re.compile(
    r"关于|通知|意见|办法|条例|规定|决定|公告|通告|通报|方案|细则|规划|纲要|批复|命令|措施|规则|章程|制度|计划"
)
_PROSE = re.compile(r"[。；：，]")
_DAMAGED = 1000  # one character in so many may be unreadable
_LONGEST_FACTS = 1500


def read(data: bytes, name: str) -> Source:
    """The document of a saved web page; the site's table of metadata is its first line.

    Raises:
        UnreadableFile: not a page, of an unknown encoding, endless, or without running text.
    """
    page = parse(_decoded(data, name), name)
    prose = [len(item.text) if _is_prose(item) else 0 for item in page.items]
    facts = _facts(page, prose)
    items = _tidied([page.items[at] for at in _document(page, facts, prose)])
    if not any(item.links < len(item.text) for item in items):
        raise UnreadableFile(name, "网页里没有正文，请在浏览器里等正文显示后另存")
    blocks = _unmarked([item.block for item in items])
    title = _missing_title(page, items)
    top = [Paragraph(words) for words in (_fact_line(page, facts), title) if words]
    digest = hashlib.sha256(data).hexdigest()
    return assemble([*top, *blocks], digest, name, keeps_bold=True)


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data.count(b"\x00") * _DAMAGED > len(data):
        raise UnreadableFile(name, "内容不是网页，请在浏览器里打开原网页后另存")
    declared = _CHARSET.search(data[:4096])
    named = declared.group(1).decode().lower() if declared else ""
    named = "gb18030" if named in ("", "gb2312", "gbk", "gb_2312-80", "x-gbk") else named
    for encoding, errors in (("utf-8-sig", "strict"), (named, "strict"), (named, "replace")):
        try:
            text = data.decode(encoding, errors)
        except (LookupError, UnicodeDecodeError):
            continue
        if text.count("\ufffd") * _DAMAGED <= len(text):
            return text
    raise UnreadableFile(name, "编码无法识别，请在浏览器里打开后另存为 UTF-8 网页")


def _facts(page: Page, prose: Sequence[int]) -> Region | None:
    """The smallest element above the text with the most labels of a metadata table."""
    labels = [[_label(line) for line in _cells(item) if line] for item in page.items]
    length = [0, *accumulate(len(item.text) for item in page.items)]
    above = [0, *accumulate(prose)]
    best, found = (3, -_LONGEST_FACTS), None
    for region in {(region.first, region.last): region for region in page.regions}.values():
        short = length[region.last] - length[region.first] <= _LONGEST_FACTS
        if not short or above[region.first] * 4 > above[-1]:
            continue
        own = [label for item in labels[region.first : region.last] for label in item]
        rank = (len({*own} - {""}), region.first - region.last)
        if rank > best and own.count("") * 2 <= len(own) + 1:
            best, found = rank, region
    return found


def _label(line: str) -> str:
    """The label that the line is or opens with, or ''."""
    bare = re.sub(r"[\s【】\[\]]", "", line[:40])
    match = _LABEL.match(bare)
    rest = bare[match.end() :] if match else ""
    return match.group() if match and (not rest or rest[0] in "：:") else ""


def _fact_line(page: Page, region: Region | None) -> str:
    """Labels and values joined by tabs; a label without a value is left out."""
    pairs: list[list[str]] = []
    lines = (
        line.strip()
        for item in (page.items[region.first : region.last] if region else ())
        for line in _cells(item)
    )
    for line in lines:
        if not _label(line):
            if pairs and line:
                pairs[-1][1] = f"{pairs[-1][1]} {line}".strip()
            continue
        label, _, value = re.sub("[:：]", "：", line, count=1).partition("：")
        pairs.append([f"{label}：", value.strip()])
    return "\t".join(f"{label}\t{value}" for label, value in pairs if value)


def _cells(item: Item) -> Iterator[str]:
    """The item's lines; what a merged cell repeats comes once."""
    rows = item.block.rows if isinstance(item.block, Table) else ((item.text,),)
    for row in rows:
        for at, cell in enumerate(row):
            if not at or cell != row[at - 1]:
                yield from cell.split("\n")


def _document(page: Page, facts: Region | None, prose: Sequence[int]) -> list[int]:
    """The items of the document: the smallest element with nearly all running text, less asides."""
    out = {at for at, item in enumerate(page.items) if _is_aside(item)}
    out.update(range(facts.first, facts.last) if facts else ())
    length = [0, *accumulate(len(item.text) for item in page.items)]
    for region in page.regions:
        inside = length[region.last] - length[region.first]
        if _AROUND.search(region.names) and inside * 4 < length[-1]:
            out.update(range(region.first, region.last))
    out.update(_foot(page.items, prose))
    weights = [0 if at in out else weight for at, weight in enumerate(prose)]
    hinted = [0] * len(weights)
    for region in page.regions:
        if _MAIN.search(region.names):
            hinted[region.first : region.last] = weights[region.first : region.last]
    first, last = _smallest(page.regions, hinted if sum(hinted) * 2 > sum(weights) else weights)
    for at in range(max(first - 4, 0), first):
        first = at if _NUMBER_LINE.fullmatch(page.items[at].text) else first
    for at in range(last, min(last + 4, len(page.items))):
        last = at + 1 if _DATE_LINE.fullmatch(page.items[at].text) else last
    return [at for at in range(first, last) if at not in out]


def _foot(items: Sequence[Item], prose: Sequence[int]) -> Iterator[int]:
    """The lines at the end of the page that say who runs the site."""
    upto = [0, *accumulate(prose)]
    foot = False
    for at in range(len(items) - 1, 0, -1):
        if upto[at] * 2 < upto[-1] or len(items[at].text) > 300 or "。" in items[at].text:
            return
        foot = bool(_FOOT.search(items[at].text) or (foot and _BY_FOOT.search(items[at].text)))
        if foot:
            yield at


def _smallest(regions: Sequence[Region], weights: Sequence[int]) -> tuple[int, int]:
    """The innermost stretch with nine tenths of the weight that is more than one paragraph."""
    upto = [0, *accumulate(weights)]
    found = (0, len(weights))
    for region in regions:
        inside = upto[region.last] - upto[region.first]
        several = region.last - region.first > 1 and not _PARAGRAPH.match(region.names)
        if inside * 10 >= upto[-1] * 9 > 0 and several:
            found = (region.first, region.last)
    return found


def _is_prose(item: Item) -> bool:
    length = len(item.text)
    running = isinstance(item.block, Table) or length >= 30 or bool(_PROSE.search(item.text))
    return running and item.links * 2 < length


def _is_aside(item: Item) -> bool:
    return isinstance(item.block, Paragraph) and bool(_ASIDE.fullmatch(item.text))


def _tidied(items: Sequence[Item]) -> list[Item]:
    """Without a second title, and without links to other pages at the end."""
    kept = list(items)
    if kept and _opens_with(kept[1:5], _bare(kept[0].text)):
        kept = kept[1:]  # the page's own title above the document's
    for at in range(len(kept) - 1, 0, -1):
        if _MORE.fullmatch(kept[at].text):
            return kept[:at]
        if kept[at].links * 2 < len(kept[at].text):
            break
    return kept


def _opens_with(items: Sequence[Item], title: str) -> bool:
    """Whether the title stands here again, perhaps over several lines and below its issuer."""
    words = [_bare(item.text) for item in items]
    again = {"".join(words[first:last]) for first in range(2) for last in range(5)}
    return len(title) > 7 and title in again


def _unmarked(blocks: Sequence[Block]) -> list[Block]:
    """The blocks; without heading marks where official numbers give the structure."""
    texts = (block.text for block in blocks if isinstance(block, Paragraph))
    if not any(found and found.level <= 6 for found in map(marker, texts)):
        return list(blocks)
    return [replace(b, heading=0) if isinstance(b, Paragraph) else b for b in blocks]


def _missing_title(page: Page, items: Sequence[Item]) -> str:
    """The page's title when the document does not open with it, else ''."""
    head = _bare("".join(item.text for item in items[:8]))
    lines = [_bare(item.text) for item in items[:8]]
    best = ""
    for title in _titles(page):
        bare = _bare(title)
        if bare in head or any(len(line) > 7 and bare.endswith(line) for line in lines):
            return ""
        best = best or title
    return best


def _titles(page: Page) -> Iterator[str]:
    """What the page calls the document, the surest first."""
    named = dict(reversed(page.named))
    shown = max(_SITE_BREAK.split(named.get("title", "")), key=len)
    found = [named.get("articletitle", "")]
    for region in page.regions:
        if region.last == region.first + 1 and _TITLE.search(region.names):
            text = page.items[region.first].text
            found.append(text if _DOCUMENT.search(text) or _bare(text) in _bare(shown) else "")
    for title in [*found, shown if _DOCUMENT.search(shown) else ""]:
        title = _NUMBER_BEHIND.sub("", title)
        if 5 <= len(_bare(title)) <= 150:
            yield title


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
