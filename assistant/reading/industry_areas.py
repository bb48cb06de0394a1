"""Which areas a sentence of support is about: those that are its subject or the place it names.

An area is a name that ends like one (…经济开发区, …镇). It governs what follows it in its sentence
when it opens a clause, or is the place of what is to be done: 依托X产业园, 在X建设, 以X为核心,
支持X发展. One that is only a partner (与X合作) governs nothing. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ZONE = (
    r"经济技术开发区|经济开发区|高新技术产业开发区|高新区|开发区|旅游度假区|度假区|产业园区|工业园区|产业园"
    r"|科技园区|科技园|工业区|保税区|保税港区|自由贸易试验区|自贸试验区|自贸区|试验区|实验区|集聚区|功能区"
    r"|新区|示范区|自治县|自治旗|自治州|街道|园区|片区"
)
_CITY = (
    r"(?<![园景社小校市县郊地产作务行灾牧林矿厂库特居专全各])区|(?<![全各郡市州域])县"
    r"|(?<![乡城村小重])镇|(?<![城全都各股超楼上])市|(?<![城镇县村各返下故家水])乡"
)
_AREA = re.compile(rf"[\u4e00-\u9fff]{{2,12}}?(?:{_ZONE}|{_CITY})(?:[\u4e00-\u9fff]{{1,4}}[镇乡])?")
_NAMED_BY_TRADE = re.compile(  # 专业园区, 现有产业园, 装备产业区: of no place
    r"(?:先行|主城|老城|新城|城区|现有|各|特色|专业|重点|国家|省级|市级|县级|主要|相关|有关|一批|高新|经济|产业|物流|科技"
    r"|工业|农业|现代|综合|创新|装备|化工|优势|绿色|数字|智能|智慧|生态|文化|旅游|海关|先进|高端|新型|农村"
    r"|城市|自由|自主|试点|改革|若干|一些|多个|城镇|中小|大中|都市|两级|中心|部分|其他|贫困|欠发达|民族|边境"
    r"|革命|老工业|沿海|内陆|中西部|东部|西部|中部|东北)"
)
_NOT_AREA = re.compile(
    r"先行区|[全各本该以在对与和将为及是有由从向让使把按凡其这]|推进|支持|引导|依托|围绕|建设|打造|发挥"
    r"|加快|加强|健全|补齐|推动|促进|鼓励|聚焦|培育|发展|提升|提高|完善|深化|扩大|优化|统筹|构建|建立|落实"
    r"|开展|强化|坚持|立足|抓住|实施|做好|做强|壮大|带动|引领|联动|瞄准|根据|按照|结合|通过|积极|大力|着力|重点"
    r"|优先|主要|全面|继续|持续|稳步|有序|充分|逐步|努力|切实|我国|我省|我市|我区|我县|国内|国家级|同时|特别"
)
_INSIDE = re.compile(r"发展|健全|补齐|加快|推进|推动|体系|建设|鼓励|促进|[的和与及等、为]")
_JOINT = re.compile(r"以及|[、和与及]")
_PARK = rf"(?:[\u4e00-\u9fff]{{0,12}}?(?:{_ZONE}|基地|组团|集群|[园谷港城]))?"
_PARK_OF_MANY = re.compile(_PARK + r"(?=[、和与及])")
_DOES = (
    r"(?:加快|重点|主要|优先|大力|着力|积极|集中|率先|进一步|聚焦|主动|深入|全力|要|做大|做强"
    r"|高[水标质][平准量]|发展|建设|打造|培育|布局|规划|设立|壮大|构建|建成|引进|形成|突出|围绕|依托"
    r"|立足|发挥)"
)
_BY = re.compile(
    r"依托|立足|(?<!存)在|以|支持|推动|推进|引导|鼓励|(?<=[，；：])(?=[\u4e00-\u9fff])"
)
_FOLLOWS = {  # what must come after the areas, for them to be the place of what is done
    "依托": rf"{_PARK}(?:等|的?[\u4e00-\u9fff]{{0,6}}(?:优势|基础|资源|条件|产业))?(?:$|[，、])",
    "在": rf"{_PARK}(?:等地?|[区境]?内)?，?{_DOES}",
    "以": rf"{_PARK}等?为(?:核心|重点|主|依托|载体|龙头|中心|引领|支撑|基础|平台)",
    "": rf"{_PARK}等?{_DOES}",
}
_FOLLOWS["立足"] = _FOLLOWS["依托"]
_PLACED = {by: re.compile(words) for by, words in _FOLLOWS.items()}
_PLAIN = _PLACED[""]


def areas_at_start(sentence: str) -> tuple[str, ...]:
    """The areas that are the subject of a sentence: names before its first verb, A、B or A和B."""
    return _listed(sentence, 0)[0]


def governing(sentence: str) -> list[tuple[int, tuple[str, ...]]]:
    """Where the areas of a sentence begin to govern what follows, in its order."""
    return [(0, areas_at_start(sentence)), *_later(sentence)]


def _later(sentence: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The areas that govern only from a place within the sentence on."""
    for by in _BY.finditer(sentence):
        areas, end = _listed(sentence, by.end())
        if areas and _PLACED.get(by.group(), _PLAIN).match(sentence, end):
            yield end, areas


def _listed(sentence: str, at: int) -> tuple[tuple[str, ...], int]:
    """The areas named from a place on, with the end of the last; none, and the place itself."""
    found: list[str] = []
    end = at
    while match := _AREA.match(sentence, at):
        if not _is_area(match.group()):
            break
        found.append(match.group())
        end = match.end()
        park = _PARK_OF_MANY.match(sentence, end)
        joint = _JOINT.match(sentence, park.end() if park else end)
        if not joint:
            break
        at = joint.end()
    return tuple(found), end


def _is_area(name: str) -> bool:
    """Whether what ends like an area is the name of one, and no stretch of a sentence."""
    return not (_NOT_AREA.match(name) or _NAMED_BY_TRADE.match(name) or _INSIDE.search(name))
