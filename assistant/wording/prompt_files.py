"""Prompts as files: a front matter with the version, then what is said as system and as user."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import SettingsError

_PLACE = re.compile(r"\{(\w+)\}")
_FILE = re.compile(
    r"---\n(?P<matter>.*?)\n---\n\s*## system\n(?P<system>.+?)\n## user\n(?P<user>.+)", re.DOTALL
)
_VERSION = re.compile(r"^version:\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt with places to fill, written {name}."""

    name: str
    version: str
    system: str
    user: str

    @property
    def label(self) -> str:
        """compose@1: what an answer says it was made with."""
        return f"{self.name}@{self.version}"

    def messages(self, **values: str) -> list[tuple[str, str]]:
        """Roles and texts with all places filled; what fills a place is not searched for places."""
        texts = (("system", self.system), ("user", self.user))
        return [(role, _PLACE.sub(lambda m: values[m.group(1)], text)) for role, text in texts]


def load(folder: Path, name: str, places: Iterable[str]) -> Prompt:
    """The prompt of that name, which must have exactly these places.

    Raises:
        SettingsError: the file is missing or not of this form; names the file and the fault.
    """
    path = folder / f"{name}.md"
    try:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, "文件不存在或无法读取") from error
    found = _FILE.fullmatch(text)
    if not found:
        raise _unusable(path, "应依次有“---”之间的说明、“## system”和“## user”两节")
    version = _VERSION.search(found["matter"])
    if not version:
        raise _unusable(path, "开头的说明里缺少“version: 版本号”")
    prompt = Prompt(name, version.group(1), found["system"].strip(), found["user"].strip())
    wrong = set(_PLACE.findall(prompt.system + prompt.user)) ^ set(places)
    if wrong:
        names = "、".join(f"{{{place}}}" for place in sorted(wrong))
        raise _unusable(path, f"占位符{names}缺少或多余")
    return prompt


def quoted(value: object) -> str:
    """JSON that cannot end the tags around it: data stays between its quotation marks."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _unusable(path: Path, why: str) -> SettingsError:
    return SettingsError(f"提示词文件“{path}”不可用：{why}，请从发布包中恢复这个文件。")
