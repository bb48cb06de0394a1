"""What a rule does with its predicate: permit, forbid, require, exempt, state, deny. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum


class Force(StrEnum):
    """What a rule does with its predicate, and what a question asks of it."""

    PERMIT = "permit"
    FORBID = "forbid"
    REQUIRE = "require"
    EXEMPT = "exempt"
    STATE = "state"
    DENY = "deny"


NEVER = frozenset({Force.DENY, Force.FORBID, Force.EXEMPT})
_ALWAYS = frozenset({Force.STATE, Force.PERMIT, Force.REQUIRE})
# What answers a question yes, and what no: what must be done may be done, but not the reverse
ANSWERS: dict[Force, tuple[frozenset[Force], frozenset[Force]]] = {
    Force.PERMIT: (frozenset({Force.PERMIT, Force.REQUIRE}), frozenset({Force.FORBID})),
    Force.FORBID: (frozenset({Force.FORBID}), frozenset({Force.PERMIT, Force.REQUIRE})),
    Force.REQUIRE: (frozenset({Force.REQUIRE}), frozenset({Force.EXEMPT, Force.FORBID})),
    Force.EXEMPT: (frozenset({Force.EXEMPT, Force.FORBID}), frozenset({Force.REQUIRE})),
    Force.STATE: (_ALWAYS, NEVER),
    Force.DENY: (NEVER, _ALWAYS),
}
_OPPOSITE = {
    Force.PERMIT: Force.FORBID,
    Force.FORBID: Force.PERMIT,
    Force.REQUIRE: Force.EXEMPT,
    Force.EXEMPT: Force.REQUIRE,
}
_ASKED = {
    word: force
    for force, some in (
        (Force.EXEMPT, "不用 不需要 不需 不必 无需 无须 免 不要 免交 免除 免缴 免收"),
        (Force.FORBID, "不能 不可以 不可 不得 不准 不许 不允许 禁止 严禁 不让"),
        (Force.PERMIT, "能 能够 可以 可 允许 准许"),
        (Force.REQUIRE, "必须 须 需要 需 要 应当 应该 应"),
    )
    for word in some.split()
}
_MARKS = (
    (
        Force.EXEMPT,
        r"不需要?|无需|无须|不必|不用|免[于予除收缴交征]|不作?要求|可以?不(?!再|受)",
    ),
    (
        Force.FORBID,
        "不得|不可以?|不能|不准|不许|不允许|禁止|严禁|不应[当该]?|不予|不再|不要(?!求)|一律不",
    ),
    (
        Force.PERMIT,
        "可以|允许|准许|能够|有权|支持|鼓励"
        "|(?<![许认不尽])可(?![能行靠视控追读见信达复溯]|持续|再生)",
    ),
    (
        Force.REQUIRE,
        "必须|务必|应[当该]|须|需要|(?<![必所急])需(?!求)|(?<![适相对反供响效])应(?![用急对届聘邀援])"
        "|(?<![主重需首纲摘必简次紧])要(?![求素点件领闻道塞地害么约])",
    ),
    (
        Force.DENY,
        "没有|尚未|不(?![断仅但同足等良时久止满含]|[低超少高小大晚]于|超过|可抗|动产)|未(?![来经])"
        "|无(?![人机障线形偿缝])|[并绝]非",
    ),
)
_MARK = re.compile("|".join(f"(?P<{force.value}>{pattern})" for force, pattern in _MARKS))


def marks(text: str, end: int) -> list[tuple[Force, int, int]]:
    """The modal words and negations of a folded text before ``end``, each with its place."""
    return [(Force(m.lastgroup or ""), m.start(), m.end()) for m in _MARK.finditer(text, 0, end)]


def apart(parts: Sequence[str]) -> tuple[str, ...]:
    """The words of a question with a modal word cut from what it is one word with: 不能 + 转让."""
    found: list[str] = []
    for part in parts:
        modal = next((part[:n] for n in (3, 2) if part[:n] in _ASKED and len(part) > n + 1), "")
        found += [modal, part[len(modal) :]] if modal else [part]
    return tuple(found)


def asked_force(parts: Sequence[str]) -> tuple[int | None, Force]:
    """Where the modal word of a question stands among its words, its last one, and what it asks."""
    for at in range(len(parts) - 1, -1, -1):
        before = parts[at - 1] if at else ""
        if parts[at] not in _ASKED or before == "才":  # 备案才能开业: the other one is asked
            continue
        force = _ASKED[parts[at]]
        if force is Force.PERMIT and tuple(parts[at + 1 : at + 2]) == ("不",):  # 可以不交吗
            return at, Force.EXEMPT
        return at, _OPPOSITE[force] if before == "不" else force
    denied = any(part in ("不", "没", "没有", "未") for part in parts)
    return None, Force.DENY if denied else Force.STATE


def denies(text: str, word: str) -> bool:
    """Whether a text has a word only with a negation before it: 不破坏."""
    return word in text and not re.search(f"(?<![不未无非])(?<!没有){re.escape(word)}", text)
