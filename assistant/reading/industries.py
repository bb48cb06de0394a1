"""Which industries a document supports, and in which areas: sentences → entries. Pure.

An area is a name that ends like one (…经济开发区, …镇) and opens the sentence. An industry is a
member of the list that follows a verb of support (重点发展 A、B等C产业).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.model import CITABLE, Clause, ClauseKind, Document, IndustryEntry
from assistant.text import sentences

_AREA_END = (
    r"(?:经济技术开发区|经济开发区|高新技术产业开发区|高新区|开发区|旅游度假区|度假区|产业园区|工业园区"
    r"|新区|示范区|自治县|街道|园区|[区县镇市])"
)
_AREA = re.compile(rf"[\u4e00-\u9fff]{{2,12}}?{_AREA_END}(?:[\u4e00-\u9fff]{{1,4}}[镇乡])?")
_NOT_AREA = re.compile(
    r"先行区|全市|各|推进|支持|引导|本|该|以|在|对|与|和|依托|围绕|建设|打造|发挥|将|为|全区|全县"
)
_SUPPORT = re.compile(
    r"(?:重点|主要|优先|大力|着力|积极|加快|鼓励|支持|聚焦|培育)(?:培育)?发展(?:壮大)?(?P<list>[^，；。:：]+)"
)
_TAIL = re.compile(
    r"(?:[一二三四五六七八九十两多]+大)?(?:特色|优势|支柱|主导|战略性新兴|高端|先进|现代|新兴)*"
    r"(?:产业集群|产业链|产业|行业|领域)$"
)
_KIND = re.compile(r"等(?P<kind>[^、等]{2,16})$")
_JOINT = re.compile(r"[、]|(?<=[业材料济游务备汽车等])(?:和|及|以及|与)(?=[\u4e00-\u9fff]{2,})")
_EMPTY = frozenset({"新业态", "新模式", "新产业", "新技术", "产业", "企业"})
MAX_NAME = 14


def find(document: Document) -> tuple[IndustryEntry, ...]:
    """All entries of a document in reading order, one per industry and sentence."""
    return tuple(e for c in document.clauses if c.kind in CITABLE for e in _of(document, c))


def _of(document: Document, clause: Clause) -> Iterator[IndustryEntry]:
    start, end = clause.body_range
    if clause.kind is ClauseKind.LEAD and "产业" in "".join(clause.path[:-1]):
        yield IndustryEntry(clause.heading, (), clause.id, clause.char_range)
    areas: tuple[str, ...] = ()
    for left, right in sentences(document.text[start:end], start):
        sentence = document.text[left:right]
        areas = areas_at_start(sentence)
        for match in _SUPPORT.finditer(sentence):
            for name in members(match.group("list")):
                yield IndustryEntry(name, areas, clause.id, (left, right))


def areas_at_start(sentence: str) -> tuple[str, ...]:
    """The areas that are the subject of a sentence: names before its first verb, A、B or A和B."""
    found: list[str] = []
    at = 0
    while True:
        match = _AREA.match(sentence, at)
        if not match or _NOT_AREA.match(match.group()):
            return tuple(found)
        found.append(match.group())
        at = match.end()
        joint = re.match(r"[、和与及]|以及", sentence[at:])
        if not joint:
            return tuple(found)
        at += joint.end()


def members(listed: str) -> list[str]:
    """The members of a list: 新材料、智能装备等先进制造业和高端商务等现代服务业 → six names."""
    names: list[str] = []
    for part in _JOINT.split(listed):
        kind = _KIND.search(part)
        for name in (part[: kind.start()], kind.group("kind")) if kind else (part,):
            short = _TAIL.sub("", name.strip()).strip("的等") or name.strip()
            pieces = [short] if len(short) <= MAX_NAME else re.split(r"[和及与]", short)
            names += [p for p in pieces if 2 <= len(p) <= MAX_NAME and p not in _EMPTY]
    return list(dict.fromkeys(names))
