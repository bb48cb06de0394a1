"""Secret, internal and withheld documents are refused; those that only speak of secrets are not."""

from __future__ import annotations

import pytest

from assistant.reading.classification import refusal
from assistant.reading.lines import lines_of
from tests.laws import SEED, shared_files

TITLE = "某市人民政府关于推动工作的意见\n各区县人民政府：\n"
BODY = "\n".join(f"{n}、做好第{n}项工作，保守国家秘密，不予公开的信息除外。" for n in range(1, 30))


@pytest.mark.parametrize(
    ("mark", "named"),
    [
        ("绝密", "绝密"),
        ("机密★1年", "机密"),
        ("秘密 ★ 长期", "秘密"),
        ("000001 机密★10年 特急", "机密"),
        ("秘　密", "秘密"),
        ("密级：秘密", "密级"),
        ("内部资料　注意保管", "内部"),
        ("【内部文件】", "内部文件"),
        ("内部使用，不得外传", "内部"),
        ("不予公开", "不予公开"),
        ("公开属性：不予公开", "不予公开"),
    ],
)
def test_a_mark_at_the_head_refuses(mark: str, named: str) -> None:
    said = refusal(lines_of(f"{mark}\n{TITLE}{BODY}"))
    assert named in said
    assert said.endswith("不能收录，请移出文件夹")


@pytest.mark.parametrize("mark", ["（此件不予公开）", "（此件不公开）", "（内部资料，不得外传）"])
def test_a_mark_at_the_foot_refuses(mark: str) -> None:
    assert refusal(lines_of(f"{TITLE}{BODY}\n某市人民政府\n2022年4月20日\n{mark}"))


def test_the_remark_refuses() -> None:
    assert "此件不予公开" in refusal(lines_of(TITLE + BODY), "此件不予公开")
    assert not refusal(lines_of(TITLE + BODY), "此件依申请公开")
    assert not refusal(lines_of(TITLE + BODY), "此件公开发布")


@pytest.mark.parametrize(
    "line",
    [
        "（此件依申请公开）",
        "（此件公开发布）",
        "保守国家秘密和商业秘密。",
        "涉及国家秘密的信息不予公开",
        "某市机密文件管理办法",
        "公开属性：主动公开",
        "内部控制制度",
        "密级：无",
    ],
)
def test_words_about_secrets_are_no_mark(line: str) -> None:
    assert refusal(lines_of(f"{line}\n{TITLE}{BODY}\n{line}")) == ""


def test_a_cell_deep_in_the_text_is_no_mark() -> None:
    assert refusal(lines_of(f"{TITLE}{BODY}\n密级\n秘密\n内部资料\n{BODY}")) == ""


def test_no_public_document_is_refused() -> None:
    for path in [SEED, *shared_files()]:
        assert refusal(lines_of(path.read_text(encoding="utf-8"))) == "", path.name
