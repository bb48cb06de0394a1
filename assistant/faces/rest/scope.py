"""Which documents an answer may come from, by what a request says of them."""

from __future__ import annotations

from collections.abc import Collection

from assistant.errors import NotFoundError, UnknownArea, UnknownDocument
from assistant.faces.contract import Assistant
from assistant.text import clean


def chosen_documents(
    assistant: Assistant,
    *,
    named: Collection[str] = (),
    unit: str = "",
    area: str = "",
    industry: str = "",
) -> tuple[str, ...]:
    """The ids of the documents that satisfy all of it; none, which means all, where nothing is.

    A unit stands for the documents that give it a task, an area and an industry for those that
    support an industry there.

    Raises:
        UnknownDocument, UnknownUnit, UnknownArea: there is no such name.
        NotFoundError: no document supports the industry (there), or satisfies all of it.
    """
    found: list[set[str]] = []
    if named:
        found.append({i for name in named for i in documents_called(assistant, name)})
    if unit.strip():
        found.append({task.clause.document_id for task in assistant.tasks_of(unit)[1]})
    if area.strip() or industry.strip():
        found.append(_supporting(assistant, area.strip(), industry.strip()))
    if not found:
        return ()
    common = set.intersection(*found)
    if not common:
        raise NotFoundError(
            "没有文件同时符合所给的条件（文件、单位、区域、产业），请放宽条件再问。"
        )
    return tuple(d.id for d in assistant.documents() if d.id in common)


def documents_called(assistant: Assistant, name: str) -> tuple[str, ...]:
    """The ids of the documents with this id, 文号 or title.

    Raises:
        UnknownDocument: there is none.
    """
    written = clean(name)
    found = tuple(
        d.id
        for d in assistant.documents()
        if written and written in (d.id, clean(d.doc_number), clean(d.title))
    )
    if not found:
        raise UnknownDocument(name)
    return found


def _supporting(assistant: Assistant, area: str, industry: str) -> set[str]:
    entries = assistant.industries(area=area, industry=industry)
    if not entries and area and not assistant.industries(area=area):
        raise UnknownArea(area)
    if not entries:
        where = f"在“{area[:40]}”" if area else ""
        raise NotFoundError(
            f"已收录的文件没有{where}支持产业“{industry[:40]}”，请核对名称或换一个产业。"
        )
    return {assistant.clause(entry.clause_id).document_id for entry in entries}
