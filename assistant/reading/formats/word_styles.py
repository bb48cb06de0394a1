"""Word's styles (styles.xml): what a paragraph or run has by its style and the styles below it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant.reading.formats.archive import Element

_OFF = {"0", "false", "off"}
_BLACK = re.compile(r"黑|hei(?:ti)?\b", re.IGNORECASE)
_HEADING = re.compile(r"(?:heading|标题)\s*([1-6])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Look:
    """How a run looks; None or '' where nothing says so."""

    bold: bool | None = None
    hidden: bool | None = None
    font: str = ""

    @property
    def black(self) -> bool:
        """Whether the font is a 黑体, which officials mark words with (标黑) instead of bold."""
        return bool(_BLACK.search(self.font))


@dataclass(frozen=True, slots=True)
class Style:
    """A style with all that it takes from those that it is based on.

    ``number`` is the list (numId), ``level`` its level, ``outline`` the heading level from 0.
    """

    name: str = ""
    look: Look = Look()
    number: str = ""
    level: int | None = None
    outline: int | None = None

    @property
    def is_contents(self) -> bool:
        """Whether it is for the lines of a table of contents (toc 1 … toc 9)."""
        return bool(re.fullmatch(r"(?:toc|目录)\s*\d", self.name, re.IGNORECASE))

    @property
    def is_title(self) -> bool:
        """Whether it is for the document's title."""
        return self.name.lower() in ("title", "标题")


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles by id, and the id of the paragraphs' default one."""

    styles: Mapping[str, Style] = field(default_factory=dict)
    default: str = ""

    def of_paragraph(self, properties: Element | None) -> tuple[str, Style]:
        """The id of a paragraph's style and the style, with the paragraph's own numbering in it."""
        key = value(properties, "pStyle")
        key = key if key in self.styles else self.default
        return key, _with_paragraph(self.styles.get(key, Style()), properties)

    def of_run(self, properties: Element | None, paragraph: Style) -> Look:
        """How a run looks: by itself, else by its style and its paragraph's.

        Bold and hidden are toggles: a style that sets them inside one that sets them undoes them.
        """
        styled = self.styles.get(value(properties, "rStyle"), Style()).look
        below = paragraph.look
        own = look(properties)
        return Look(
            _toggled(own.bold, styled.bold, below.bold),
            _toggled(own.hidden, styled.hidden, below.hidden),
            own.font or styled.font or below.font,
        )


def read(root: Element | None) -> Styles:
    """The styles of styles.xml; none where the document has no such part."""
    if root is None:
        return Styles()
    elements = {e.get("styleId", ""): e for e in root.findall("style")}
    styles: dict[str, Style] = {}
    for key in elements:
        _resolve(key, elements, styles)
    base = look(root.find("docDefaults/rPrDefault/rPr")).font
    default = next(
        (
            k
            for k, e in elements.items()
            if e.get("type") == "paragraph" and is_on(e.get("default"))
        ),
        "",
    )
    if base:
        styles = {
            k: s if s.look.font or elements[k].get("type") != "paragraph"
            else replace(s, look=replace(s.look, font=base))
            for k, s in styles.items()
        }  # fmt: skip
    return Styles(styles, default)


def _resolve(key: str, elements: Mapping[str, Element], styles: dict[str, Style]) -> None:
    """Put a style and all those it is based on into ``styles``; a circle of them is cut."""
    chain: list[str] = []
    while key in elements and key not in styles and key not in chain:
        chain.append(key)
        key = value(elements[key], "basedOn")
    below = styles.get(key, Style())
    for key in reversed(chain):
        element = elements[key]
        own = look(element.find("rPr"))
        below = _with_paragraph(
            replace(
                below,
                name=value(element, "name"),
                look=Look(
                    below.look.bold if own.bold is None else own.bold,
                    below.look.hidden if own.hidden is None else own.hidden,
                    own.font or below.look.font,
                ),
            ),
            element.find("pPr"),
        )
        heading = _HEADING.fullmatch(below.name.strip())
        if heading and below.outline is None:
            below = replace(below, outline=int(heading.group(1)) - 1)
        styles[key] = below


def _with_paragraph(style: Style, properties: Element | None) -> Style:
    """The style with the numbering and outline level of paragraph properties over its own."""
    if properties is None:
        return style
    numbering = properties.find("numPr")
    level, outline = value(numbering, "ilvl"), value(properties, "outlineLvl")
    return replace(
        style,
        number=value(numbering, "numId") or style.number,
        level=int(level) if level in _DIGITS else style.level,
        outline=int(outline) if outline in _DIGITS else style.outline,
    )


_DIGITS = tuple("0123456789")


def look(properties: Element | None) -> Look:
    """How run properties alone make a run look."""
    if properties is None:
        return Look()
    fonts = properties.find("rFonts")
    font = "" if fonts is None else fonts.get("eastAsia", "")
    if fonts is not None and fonts.get("eastAsiaTheme"):
        font = fonts.get("eastAsiaTheme", "")  # it comes before the named font
    return Look(_flag(properties, "b"), _flag(properties, "vanish"), font)


def value(element: Element | None, child: str) -> str:
    """The ``val`` of a child, '' without either."""
    found = None if element is None else element.find(child)
    return "" if found is None else found.get("val", "")


def is_on(flag: str | None) -> bool:
    """Whether an on/off attribute is there and on."""
    return flag is not None and flag not in _OFF


def _flag(properties: Element, child: str) -> bool | None:
    found = properties.find(child)
    return None if found is None else is_on(found.get("val", "1"))


def _toggled(own: bool | None, styled: bool | None, below: bool | None) -> bool:
    return bool(styled) != bool(below) if own is None else own
