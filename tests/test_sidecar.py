"""The sidecar says what the text does not; what it says wrongly is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import UnreadableFile
from assistant.reading import sidecar


def put(folder: Path, text: str | bytes) -> Path:
    path = folder / "a.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title: [甲", "不是有效的 YAML"),
        (b"title: \xff\xfe", "不是有效的 YAML"),
        ("date: 2022-02-30", "不是有效的 YAML"),
        ("只有一句话", "“键: 值”"),
        ("- 甲\n- 乙", "“键: 值”"),
        ("标题: 甲", "不认识的键“标题”"),
        ("1: 甲", "不认识的键“1”"),
        ("kind: law", "kind 应为"),
        ("kind: [official]", "kind 应为"),
        ("kind:", "kind 应为"),
        ("date: 昨天", "date 应写成"),
        ("date: '2022-04-20'", "date 应写成"),
        ("date: 2022-04-20 10:00:00", "date 应写成"),
        ("date: 2022", "date 应写成"),
        ("title: [甲, 乙]", "title 应为文字"),
        ("doc_number: 40", "doc_number 应为文字"),
        ("source: {网: 址}", "source 应为文字"),
        ("id: 甲", "id 只能用"),
        ("id: a b", "id 只能用"),
        ("id: a:1", "id 只能用"),
        ("id: ''", "id 只能用"),
    ],
)
def test_a_wrong_sidecar_is_refused_by_name(tmp_path: Path, text: str | bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason) as caught:
        sidecar.read(put(tmp_path, text))
    assert caught.value.path == "a.yaml"


@pytest.mark.parametrize("text", ["", "# 只有注释\n", "{}"])
def test_an_empty_sidecar_says_nothing(tmp_path: Path, text: str) -> None:
    assert sidecar.read(put(tmp_path, text)) == {}
    assert sidecar.read(tmp_path / "none.yaml") == {}


def test_it_lies_beside_its_document() -> None:
    assert sidecar.beside(Path("a") / "b.c.docx") == Path("a") / "b.c.yaml"
