"""The sidecar: beside ``name.txt`` may lie ``name.yaml`` with what the text does not say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from assistant.errors import UnreadableFile
from assistant.model import DocumentKind

KEYS = frozenset({"id", "title", "doc_number", "issuer", "date", "kind", "source"})
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def beside(path: Path) -> Path:
    """Where the sidecar of a document file lies, if there is one."""
    return path.with_suffix(".yaml")


def read(path: Path) -> Mapping[str, object]:
    """The sidecar's values, checked; empty when there is no sidecar.

    Raises:
        UnreadableFile: not YAML, an unknown key, or a value of the wrong kind.
    """
    import yaml

    if not path.is_file():
        return {}
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: no such day, not UTF-8
        raise UnreadableFile(path.name, "不是有效的 YAML，请检查缩进、引号和日期") from error
    if not isinstance(values, dict):
        raise UnreadableFile(path.name, "应为“键: 值”的形式")
    _check(path.name, values)
    return values


def _check(name: str, values: Mapping[object, object]) -> None:
    unknown = sorted(str(key) for key in values if key not in KEYS)
    if unknown:
        known = "、".join(sorted(KEYS))
        raise UnreadableFile(name, f"有不认识的键“{unknown[0]}”，可用的键是{known}")
    if values.get("kind", "official") not in list(DocumentKind):
        raise UnreadableFile(name, "kind 应为 official 或 explanatory")
    if "date" in values and type(values["date"]) is not date:  # a datetime is a date, but no day
        raise UnreadableFile(name, "date 应写成 2022-04-20 的形式")
    for key in sorted(KEYS - {"date", "kind"}):
        if not isinstance(values.get(key, ""), str):
            raise UnreadableFile(name, f"{key} 应为文字，数字请加引号")
    if not _ID.fullmatch(str(values.get("id", "a"))):
        raise UnreadableFile(name, "id 只能用英文字母、数字、“-”和“_”")
