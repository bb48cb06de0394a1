"""Which industries a document supports, and in which areas: sentences → entries. Pure.

An industry is a member of the list that follows words of support (重点发展 A、B等C产业). It is a
noun that ends like one (…装备, …材料), or stands in a list that calls itself one of industries;
verbs, clauses (以…为…) and adjectives are none. See :mod:`assistant.reading.industry_areas`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.model import CITABLE, Clause, ClauseKind, Document, IndustryEntry
from assistant.reading.industry_areas import areas_at_start, governing
from assistant.text import sentences

__all__ = ["MAX_NAME", "areas_at_start", "find", "members"]

_LIST = r"(?P<list>[^，；。:：]+)"
_SUPPORT = re.compile(
    r"(?:(?:重点|主要|优先|大力|着力|积极|加快|鼓励|支持|聚焦|培育|推动|引导)(?:培育)?|(?<=[，；]))发展(?:壮大)?"
    + _LIST
)
_OTHERS = re.compile(  # 支持X发展A: only where the areas, or those who shall, stand between
    r"(?:支持|鼓励|推动|引导|推进)(?P<who>[^，；。:：]{2,40}?)(?:加快|重点|大力|积极|优先|着力)?发展(?:壮大)?"
    + _LIST
)
_ACTORS = re.compile(
    r"(?:各|有条件的?|本地|重点|龙头|骨干|中小)?(?:地区?|地方|区县|企业|县区|市县)"
)
_GROUPS = re.compile(  # 培育壮大A、B等产业集群
    r"(?:培育|打造|壮大|做大做强|做强做大|布局|建设)(?:壮大|发展|打造|形成)?"
    r"(?P<list>[^，；。:：、]{2,16}[、][^，；。:：]*?(?:产业集群|产业链|产业板块|产业|赛道)(?=$|[，；。]))"
)
_TAIL = re.compile(
    r"(?:[一二三四五六七八九十两多\d]+[大个条]?)?(?:标志性|特色|优势|支柱|主导|重点|战略性|战略新兴|新兴"
    r"|高端|先进|现代|未来|千亿级|百亿级|万亿级)*(?:产业集群|产业链群|产业链|产业板块|产业|行业|领域|赛道|集群)$"
)
_KIND = re.compile(r"等(?P<kind>[^、等]{2,20})$")
_JOINT = re.compile(
    r"[、]|以及(?=[\u4e00-\u9fff]{2,})"
    r"|(?<=[业材料济游务备汽车等])(?:和|及|与)(?=[\u4e00-\u9fff]{2,})"
)
_EMPTY = re.compile(
    r"(?:乡村|农村|城市|区域|经典|数字|新经济|新业态|新模式|新产业|新技术|产业|企业|各类|重点|重大|一批|其他|相关|高端|绿色|特色|优势|先进|现代|新兴)"
    r"(?:产业|产品|技术|业态|模式|企业|项目|行业|领域)?"
)
_INDUSTRY = re.compile(
    r"(?:业|经济|制造|智造|装备|设备|器械|仪器|仪表|材料|耐材|建材|钢材|铝材|医药|药物|制药|中药|药材|疫苗|试剂"
    r"|提取物|食品|饮料|汽车|整车|零部件|客车|卡车|船舶|飞机|航空|航天|无人机|机器人|芯片|电路|半导体|传感器"
    r"|软件|互联网|”工业设计|物联网|区块链|大数据|云计算|人工智能|信息技术|生物技术|电池|储能|能源|氢能|光伏"
    r"|风电|核电|电子|光电|激光|化工|石化|冶金|钢铁|陶瓷|建陶|玻璃|水泥|纺织|服装|家居|家电|电器|家具|造纸"
    r"|建筑|物流|冷链|运输|联运|集运|电商|商务|商贸|贸易|金融|会展|旅游|文旅|康养|医疗|影视|动漫|游戏"
    r"|工业设计|环保|种植|养殖|畜牧|种苗|中药材|林果|蔬菜|水果|花卉|茶叶|白酒|驾驶|通信|终端|机械|机床|模具|纤维|合金|树脂"
    r"|橡胶|塑料|涂料|手机|电脑|智能产品|设计|检测|电力)$"
)
_CALLED = re.compile(  # what a list may call its members, for all of them to be industries
    r"(?:业|经济|产业集群|产业链|领域|赛道|集群|产品|板块|科技服务|商务服务|专业服务)$"
)
_NO_NOUN = re.compile(
    r"^(?:和|及|与|以|将|对|在(?!线)|为|由|向|从|把|使|让|于|其|更(?!年)|要|不|各类|一批|一些|若干|具有|提供|基于"
    r"|面向|围绕|适应|推动|推进|促进|加快|加强|提升|提高|完善|壮大|建设|构建|建立|打造|实现|扩大|优化|深化|规范"
    r"|独立|稳步|有序|持续|全面|方式|质量|水平|步伐|成为|符合|满足|保障|增强|支持|鼓励|培育|引导|发展|有|能(?!源)|可(?!穿戴|再生)"
    r"|做|抓|带动|重点|战略性?$|县级|两级|专业(?:的|化))"
    r"|[的了为是并将让使]|性$|(?<![石焦煤文孵])化$|型$|级$|类$|式$|度$|行业$|增收|给予|健康发展"
)
_OF_DEVELOPMENT = re.compile(r"和|与|及|中的?(?!药|医|草)|改革|质量|水平|方式")  # after a noun 发展
_NO_INDUSTRY = re.compile(
    r"(?:机构|体系|模式|方式|能力|水平|事业|事务|关系|战略|制度|机制|环境|资本|力量|联赛|赛事|人才|企业|院校|医院"
    r"|学校|住房|市场|设施|工作|合作|组织|平台|园区|基地|品牌|精品|地区|项目|品牌建设|运动|业态|投资|就业|创业|作业|毕业|职业|专业|行业|事业"
    r"|(?:县域|区域|镇域|市域|民营|集体|国有|国民|公有|非公有制|所有制|个体|私营|实体|市场|宏观|社会|开放型|总部)经济"
    r")$"
)
MAX_NAME = 14


def find(document: Document) -> tuple[IndustryEntry, ...]:
    """All entries of a document in reading order, one per industry and sentence."""
    return tuple(e for c in document.clauses if c.kind in CITABLE for e in _of(document, c))


def _of(document: Document, clause: Clause) -> Iterator[IndustryEntry]:
    start, end = clause.body_range
    if clause.kind is ClauseKind.LEAD and "产业" in "".join(clause.path[:-1]):
        yield IndustryEntry(clause.heading, (), clause.id, clause.char_range)
    for left, right in sentences(document.text[start:end], start):
        for name, areas in _supported(document.text[left:right]).items():
            yield IndustryEntry(name, areas, clause.id, (left, right))


def _supported(sentence: str) -> dict[str, tuple[str, ...]]:
    """The industries of a sentence in its order, with the areas that govern them."""
    places = governing(sentence)
    starts = {at for at, _ in places}
    lists = {m.span("list") for m in (*_SUPPORT.finditer(sentence), *_GROUPS.finditer(sentence))}
    for match in _OTHERS.finditer(sentence):
        inner = starts & set(range(match.start("who"), match.end("who") + 1))
        if inner or _ACTORS.fullmatch(match["who"]):
            lists.add(match.span("list"))
    found: dict[str, tuple[str, ...]] = {}
    for left, right in sorted(lists):
        areas = next(areas for at, areas in reversed(places) if at <= left)
        for name in members(sentence[left:right]):
            if name not in found or not found[name]:
                found[name] = areas
            else:
                found[name] = tuple(dict.fromkeys((*found[name], *areas)))
    return found


def members(listed: str) -> list[str]:
    """The industries of a list: 新材料、智能装备等先进制造业和高端商务等现代服务业 → six names."""
    if re.match(
        r"(?:和|与|及|中的?(?!药|医|草)|改革|质量|水平|方式)", listed
    ):  # 发展 is a noun here
        return []
    if re.match(r"以|基于|具有|提供|面向|适应|符合", listed) and "的" in listed:
        listed = listed[listed.index("的") + 1 :]
    said: list[tuple[str, bool | None]] = []  # each name, and whether its list says that it is one
    waiting: list[str] = []
    for part in _JOINT.split(listed):
        kind = _KIND.search(part)
        if kind:
            called = _calls_so(kind["kind"])
            said += [(name, called) for name in (*waiting, part[: kind.start()])]
            said.append((kind["kind"], None if called else False))
            waiting = []
        else:
            waiting.append(part)
    called_so = True if waiting and _TAIL.search(waiting[-1]) else None
    said += [(name, called_so) for name in waiting]
    return list(dict.fromkeys(_industries(said)))


def _calls_so(kind: str) -> bool:
    """Whether what stands after 等 says that the members of a list are industries."""
    new = re.search(r"新[^、]{0,6}(?:业态|模式)$|(?:赛事|联赛)$", kind)  # sports are one too
    fits = _CALLED.search(kind) or _INDUSTRY.search(kind)
    return bool(new or (fits and not _NO_INDUSTRY.search(kind)))


def _industries(said: list[tuple[str, bool | None]]) -> Iterator[str]:
    """The names that are industries: by how they end, by what their list is called."""
    short = [(_short(name), called) for name, called in said]
    plain = [n for n, _ in short if n]
    most = 3 * sum(bool(_INDUSTRY.search(n)) for n in plain) >= len(plain) > 1
    for name, called in short:
        pieces = [name] if len(name) <= MAX_NAME else re.split(r"[和及与]", name)
        for piece in pieces:
            strong = bool(_INDUSTRY.search(piece))
            fits = called is not False and (strong or called or most)
            if fits and is_name(piece) and not (called is None and _NO_INDUSTRY.search(piece)):
                yield piece


def _short(name: str) -> str:
    """The name without what any list says of its members (…等, …四大产业); it may be empty."""
    bare = re.sub(r"等$", "", name.strip())
    return _TAIL.sub("", bare).strip("的等")


def is_name(name: str) -> bool:
    """Whether it can be the name of an industry: a noun of some content, not too long."""
    return (
        2 <= len(name) <= MAX_NAME
        and (_INDUSTRY.search(name) is not None or not re.search(r"[和及与].{1,2}$", name))
        and not _NO_NOUN.search(name)
        and not _EMPTY.fullmatch(name)
        and not _NO_INDUSTRY.search(name)
    )
