"""How often (限次): what an administrator writes, as ``600/minute`` or ``10/second;200/hour``."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limits import RateLimitItem

Quota = tuple["RateLimitItem", ...]
UNLIMITED = "none"
EXPECTED = "应如 600/minute 或 10/second;200/hour，填 none 则不限"
_LONGEST = 100


@lru_cache(maxsize=1024)
def quota_of(text: str) -> Quota:
    """The limits that a text names; none for ``none``.

    Raises:
        ValueError: it names no limit, or one that lets nothing pass.
    """
    from limits import parse_many

    if text.strip().lower() == UNLIMITED:
        return ()
    if len(text) > _LONGEST:
        raise ValueError("too long for a limit")
    items = tuple(parse_many(text))
    if any(item.amount < 1 for item in items):
        raise ValueError("a limit of nothing")
    return items
