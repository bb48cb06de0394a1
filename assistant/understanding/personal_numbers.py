"""Numbers of persons in a question (手机号、身份证号): they say nothing about a policy. Pure."""

from __future__ import annotations

import re

_TOLD = re.compile(
    r"[，,。；;、\s]*(?:(?:我|本人)的?|请?联系我?)?(?:手机号?码?|电话号?码?|联系方式|身份证号?码?)?"
    r"(?:是|为|[:：])?\s*(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)"
)


def without_personal_numbers(text: str) -> str:
    """The question without mobile and ID numbers, and without the words that introduce them."""
    return _TOLD.sub("", text)
