"""Makes .ofd packages for tests: A4 pages set like an official document, and any XML by hand."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from assistant.reading.numbering import marker

PER_LINE, PER_PAGE = 28, 22
SIZE, LEFT, TOP, PITCH = 5.6, 27.0, 40.0, 9.8  # millimetres
NO_BREAK_BEFORE = "，。、；：！？”’）》〉】〕」』"
NAMESPACE = "http://www.ofdspec.org/2016"


@dataclass(frozen=True)
class Look:
    """How a producer writes its XML; the words and their places are the same in all."""

    prefix: str = "ofd:"
    single: bool = False  # one TextObject for each character
    groups: bool = False  # DeltaX as "g 27 5.6"
    scaled: bool = False  # a unit size, and a CTM that makes it large
    root: str = "Doc_0"
    absolute: bool = False
    backslashes: bool = False
    head: str = "示例市人民政府公报"


@dataclass(frozen=True)
class Set:
    """One set line: its words, left edge in millimetres, and which characters are bold."""

    text: str
    left: float
    bold: frozenset[int] = frozenset()


def ofd(
    paragraphs: Iterable[str], look: Look | None = None, bold: Sequence[str] = (), **more: bytes
) -> bytes:
    """A package with the paragraphs wrapped, the words of ``bold`` in 黑体; ``more`` members."""
    look = look or Look()
    lines = [line for words in paragraphs for line in _wrapped(words, bold)]
    pages = [lines[at : at + PER_PAGE] for at in range(0, len(lines), PER_PAGE)]
    return package([_page(page, at, look) for at, page in enumerate(pages, 1)], look, **more)


def package(contents: Sequence[str], look: Look | None = None, **more: bytes) -> bytes:
    """A package whose pages hold these elements of a Content."""
    look = look or Look()
    p, folder = look.prefix, look.root
    base = f"/{folder}/" if look.absolute else ""
    listed = "".join(
        f'<{p}Page ID="{at}" BaseLoc="{base}Pages/Page_{at}/Content.xml"/>'
        for at, _ in enumerate(contents)
    )
    fonts = (
        f'<{p}Fonts><{p}Font ID="1" FontName="仿宋_GB2312"/><{p}Font ID="2" FontName="黑体"/>'
        f'<{p}Font ID="3" FontName="SimSun" Bold="true"/></{p}Fonts>'
    )
    files = {
        "OFD.xml": _xml(
            look, "OFD", f"<{p}DocBody><{p}DocRoot>{folder}/Document.xml</{p}DocRoot></{p}DocBody>"
        ),
        f"{folder}/Document.xml": _xml(
            look,
            "Document",
            f"<{p}CommonData><{p}PublicRes>{base}PublicRes.xml</{p}PublicRes>"
            f'<{p}TemplatePage ID="90" BaseLoc="Tpls/Tpl_0/Content.xml"/></{p}CommonData>'
            f"<{p}Pages>{listed}</{p}Pages>",
        ),
        f"{folder}/PublicRes.xml": _xml(look, "Res", fonts),
        f"{folder}/Tpls/Tpl_0/Content.xml": _xml(
            look, "Page", _content(look, words_at("模板里的抬头", look))
        ),
    }
    for at, content in enumerate(contents):
        files[f"{folder}/Pages/Page_{at}/Content.xml"] = _xml(look, "Page", content)
    if look.backslashes:
        files = {member.replace("/", "\\"): text for member, text in files.items()}
    return packed({**{member: text.encode() for member, text in files.items()}, **more})


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in files.items():
            archive.writestr(member, data)
    return stream.getvalue()


def words_at(
    text: str,
    look: Look | None = None,
    at: tuple[float, float] = (LEFT, TOP),
    font: int = 1,
    more: str = "",
) -> str:
    """TextObjects with the text, its first baseline at these millimetres of the page."""
    look = look or Look()
    if look.single:
        one = Look(look.prefix, scaled=look.scaled)
        steps = _steps(text)
        return "".join(
            words_at(c, one, (at[0] + sum(steps[:i]), at[1]), font, more)
            for i, c in enumerate(text)
        )
    p, scale = look.prefix, SIZE if look.scaled else 1.0
    steps = [step / scale for step in _steps(text)[:-1]]
    delta = " ".join(f"{step:g}" for step in steps)
    if look.groups and steps and len(set(steps)) == 1:
        delta = f"g {len(steps)} {steps[0]:g}"
    ctm = f' CTM="{scale:g} 0 0 {scale:g} 0 0"' if look.scaled else ""
    return (
        f'<{p}TextObject ID="7" Boundary="{at[0]:g} {at[1] - 5:g} 160 7" Font="{font}"'
        f' Size="{SIZE / scale:g}"{ctm}{more}><{p}TextCode X="0" Y="{5 / scale:g}" DeltaX="{delta}">'
        f"{escape(text)}</{p}TextCode></{p}TextObject>"
    )


def content(*objects: str, look: Look | None = None, kind: str = "Body") -> str:
    """A Content with one layer of these objects."""
    return _content(look or Look(), "".join(objects), kind)


def _content(look: Look, objects: str, kind: str = "Body") -> str:
    p = look.prefix
    return f'<{p}Content><{p}Layer Type="{kind}"><{p}PageBlock>{objects}</{p}PageBlock></{p}Layer></{p}Content>'


def _xml(look: Look, tag: str, inside: str) -> str:
    prefix = look.prefix.rstrip(":")
    declared = f'xmlns:{prefix}="{NAMESPACE}"' if prefix else f'xmlns="{NAMESPACE}"'
    return f'<?xml version="1.0" encoding="UTF-8"?><{look.prefix}{tag} {declared}>{inside}</{look.prefix}{tag}>'


def _steps(text: str) -> list[float]:
    return [SIZE if unicodedata.east_asian_width(c) in "WFA" else SIZE / 2 for c in text]


def _wrapped(paragraph: str, bold: Sequence[str]) -> Iterable[Set]:
    """The paragraph's lines: a title or a signature is centred, others are indented."""
    text = paragraph.strip()
    width = sum(_steps(text))
    if width < PER_LINE * SIZE - 4 and text[-1] not in "。：；）" and not marker(text):
        yield Set(text, LEFT + (PER_LINE * SIZE - width) / 2)
        return
    heavy = {
        at
        for words in bold
        for first in _places(text, words)
        for at in range(first, first + len(words))
    }
    start, first = 0, True
    while start < len(text):
        room = PER_LINE - (2 if first else 0)
        end = start + _fitting(text[start:], room)
        while end < len(text) and text[end] in NO_BREAK_BEFORE:
            end += 1
        line = text[start:end]
        left = LEFT + (2 * SIZE if first else 0)
        yield Set(line, left, frozenset(at - start for at in heavy if start <= at < end))
        start, first = end, False


def _places(text: str, words: str) -> Iterable[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _fitting(text: str, room: float) -> int:
    for at, char in enumerate(text):
        room -= _steps(char)[0] / SIZE
        if room < 0:
            return at
    return len(text)


def _page(lines: Sequence[Set], number: int, look: Look) -> str:
    objects = [words_at(look.head, look, (LEFT, 20))]
    for at, line in enumerate(lines):
        y, x, start = TOP + at * PITCH, line.left, 0
        for end in range(1, len(line.text) + 1):
            if end == len(line.text) or (end in line.bold) != (start in line.bold):
                part = line.text[start:end]
                objects.append(words_at(part, look, (x, y), 2 if start in line.bold else 1))
                x += sum(_steps(part))
                start = end
    objects.append(words_at(f"— {number} —", look, (95, 275)))
    return _content(look, "".join(objects))
