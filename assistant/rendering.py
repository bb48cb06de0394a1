"""An Answer as plain text (chat bots) and as Markdown; pure mappings of the same object."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from assistant.answer import Answer, Citation, Renderings
from assistant.model import ROLE_NAMES, Role, reference


def renderings(answer: Answer, base_url: str = "") -> Answer:
    """The answer with its renderings filled in; links start with ``base_url``."""
    return replace(
        answer, renderings=Renderings(plain(answer, base_url), markdown(answer, base_url))
    )


def clause_url(clause_id: str, base_url: str = "") -> str:
    """The permanent page of a clause."""
    return f"{base_url}/clauses/{quote(clause_id, safe=':')}"


def source(citation: Citation) -> str:
    """《标题》（文号）条款."""
    document = citation.document
    return reference(document.title, document.doc_number) + citation.clause.label


def unit_lines(answer: Answer) -> list[str]:
    """One line per role with the units in the order of the source, each unit once."""
    lines = {}
    for role in Role:
        names = dict.fromkeys(u.name for u in answer.responsible_units if u.role == role.value)
        if names:
            lines[role] = "、".join(names)
    if list(lines) == [Role.RESPONSIBLE]:
        return list(lines.values())
    return [f"{ROLE_NAMES[role]}：{names}" for role, names in lines.items()]


def sources(answer: Answer) -> list[str]:
    """《标题》（文号）条款、条款: one line per cited document."""
    labels: dict[str, dict[str, None]] = {}
    for citation in answer.citations:
        document = source(citation).removesuffix(citation.clause.label)
        labels.setdefault(document, {})[citation.clause.label] = None
    return [document + "、".join(found) for document, found in labels.items()]


def plain(answer: Answer, base_url: str = "") -> str:
    """Answer text, 【依据】, 【责任单位】, notes, link, AI label: no markup (bots show it as is).

    The units are not repeated when the text itself already names all of them.
    """
    text = answer.answer.text if answer.answer else ""
    heard = answer.question.rewritten
    blocks = [f"（已理解为：{heard}）\n{text}" if heard else text]
    if answer.citations:
        blocks.append("【依据】" + "；".join(sources(answer)))
    if any(u.name not in text for u in answer.responsible_units):
        blocks.append("【责任单位】" + "；".join(unit_lines(answer)))
    blocks += [f"注：{warning}" for warning in answer.warnings]
    if answer.citations and base_url:
        blocks.append(clause_url(answer.citations[0].clause.id, base_url))
    blocks += [answer.aigc.notice] if answer.aigc.notice else []
    return "\n".join(blocks)


def markdown(answer: Answer, base_url: str = "") -> str:
    """The answer with a numbered list of sources, each with its quote and link."""
    text = answer.answer.text if answer.answer else ""
    blocks = [text.replace("\n", "\n\n")]
    if answer.question.rewritten:
        blocks.insert(0, f"*已理解为：{answer.question.rewritten}*")
    for citation in answer.citations:
        link = clause_url(citation.clause.id, base_url)
        words = citation.quote.replace("\n", "\n> ")
        blocks.append(f"[{citation.number}] [{source(citation)}]({link})\n\n> {words}")
    units = unit_lines(answer)
    blocks += [f"**责任单位** {'；'.join(units)}"] if units else []
    blocks += [f"注：{warning}" for warning in answer.warnings]
    blocks += [f"*{answer.aigc.notice}*"] if answer.aigc.notice else []
    return "\n\n".join(blocks)
