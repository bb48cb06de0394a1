"""Where notes of responsible units stand in running text. Pure.

A note is a bracket beside the end of a sentence (（责任单位：A、B）, （A牵头，B配合）, after a full
stop also （A、B）), or words behind a label up to the end of their line (责任单位：A、B).
"""

from __future__ import annotations

import re

from assistant.model import Range
from assistant.reading.note_words import (
    BRACKETS,
    LABEL,
    OPEN_END,
    OTHERS,
    RULE,
    UNIT_END,
    VERB,
    WHEN,
)

_CLOSING = frozenset(BRACKETS.values())
_BRACKET = re.compile(f"[{re.escape(''.join({**BRACKETS, **dict.fromkeys(_CLOSING)}))}]")
_COLON = re.compile(r"[：:]")
_LONGEST = 1500  # characters of a note, all its units counted
_ENDED = re.compile(r"(?:^|[。！？!?；;：:”…\n）)〕\]】］])[ \t\u3000]*$")
_STOPPED = re.compile(r"[。！？!?][”）)]*[ \t\u3000]*\Z")
_ENDS = re.compile(r"[ \t\u3000]*(?:[。；;！\n]|$)")
_LINE_ENDS = re.compile(r"[ \t\u3000。]*(?:\n|$)")
_PARAGRAPHS = re.compile(r"。[ \t\u3000]*\n|\n[ \t\u3000]*\n")
_LABELLED = re.compile(
    r"(?:^|(?<=[。！？!?；;”）)〕\]】]))[ \t\u3000]*"
    rf"(?P<note>{LABEL.pattern}[^。\n]*(?:。?{RULE.pattern})?)",
    re.MULTILINE,
)
_NEXT_LINE = re.compile(r"\s*\n[ \t\u3000]*(?P<names>[^\n。：:]+)")
_ORGAN = re.compile(r"[\u4e00-\u9fff]+(?:局|厅|委|署|办|办公室|政府|委员会|(?<![全内外总干])部)$")


def notes_in(text: str) -> list[Range]:
    """The ranges of all notes of a text, in order."""
    found = [*_bracketed(text), *_labelled(text)]
    kept: list[Range] = []
    for start, end in sorted(found, key=lambda r: (r[0], -r[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def note_at_end(text: str) -> Range | None:
    """The range of the note that closes the text, brackets included; None when there is none."""
    visible = len(text.rstrip(" \t\n\u3000。"))
    if text[visible - 1 : visible] not in _CLOSING and not _COLON.search(text, visible - _LONGEST):
        return None  # neither a bracket nor a label: most lines
    for start, end in reversed(notes_in(text[-_LONGEST:])):
        first = max(0, len(text) - _LONGEST)
        return (first + start, first + end) if first + end >= visible else None
    return None


def without_notes(text: str) -> str:
    """The text before the notes that close it, without blanks at its end."""
    text = text.rstrip()
    while note := note_at_end(text):
        text = text[: note[0]].rstrip()
    return text


def stands_alone(line: str) -> bool:
    """Whether a whole line is nothing but a note."""
    found = note_at_end(line)
    return found is not None and not line[: found[0]].strip()


def _bracketed(text: str) -> list[Range]:
    """The brackets that are notes, by what they hold and by where they stand."""
    found: list[Range] = []
    opened: list[int] = []
    for match in _BRACKET.finditer(text):
        at = match.start()
        if match.group() in BRACKETS:
            opened.append(at)
        elif opened:
            start = opened.pop()
            before = text[max(0, start - 8) : start]
            if at - start > _LONGEST or not (_ENDED.search(before) or _ENDS.match(text, at + 1)):
                continue
            closes = bool(_STOPPED.search(before)) and bool(_LINE_ENDS.match(text, at + 1))
            if is_note(text[start + 1 : at], closes=closes):
                found.append((start, at + 1))
    return found


def _labelled(text: str) -> list[Range]:
    """The notes without brackets: from a label to the end of its sentence or line."""
    found: list[Range] = []
    for match in _LABELLED.finditer(text):
        start, end = match.span("note")
        goes_on = _NEXT_LINE.match(text, end)
        while goes_on and text[:end].rstrip()[-1] in "：:、" and _only_organs(goes_on["names"]):
            end = goes_on.end("names")
            goes_on = _NEXT_LINE.match(text, end)
        found.append((start, start + len(text[start:end].rstrip())))
    return found


def is_note(inner: str, *, closes: bool = False) -> bool:
    """Whether the words inside a bracket name units by a label, or by a closing verb.

    ``closes`` says that the bracket stands between a full stop and the end of its line: there
    a bare list of organs is a note too.
    """
    if _PARAGRAPHS.search(inner):
        return False
    if any(LABEL.match(piece) for piece in re.split(r"[，,；;。\n]\s*", inner)):
        return True
    said = WHEN.sub("", RULE.sub("", inner)).strip(" \t\n\u3000。")
    pieces = re.split(r"[，,；;。]", said)
    if not any(VERB.search(piece.rstrip()) for piece in (pieces[0], pieces[-1])):
        return closes and _only_organs(said)
    if not VERB.search(pieces[-1].rstrip()) and not _only_organs("，".join(pieces[1:])):
        return False
    first = re.split(r"、|会同", VERB.sub("", pieces[0]))[0].removeprefix("由")
    if len(first) > 20 or re.search(r"(?<!自)由", first):  # 一般由县级以上人民政府负责 explains
        return False
    return bool(UNIT_END.search(OTHERS.sub("", first)) or OPEN_END.fullmatch(first))


def _only_organs(said: str) -> bool:
    """Whether the words are nothing but a list of organs, the first one beyond doubt."""
    names = [name.strip() for name in re.split(r"[、，,；;]", OTHERS.sub("", said))]
    if not _ORGAN.fullmatch(names[0]) or not 3 <= len(names[0]) <= 25:
        return False
    return all(
        len(name) <= 30 and bool(UNIT_END.search(name) or name.endswith("单位"))
        for name in names[1:]
    )
