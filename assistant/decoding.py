"""Answers from their JSON form, strictly: the way back from ``Answer.to_dict``."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from assistant.answer import Answer


def answer_from(record: object) -> Answer:
    """The Answer whose ``to_dict()`` is ``record``, also once it has been through JSON.

    Every field has to be there, none may be added, and each has to be of its own type: a record of
    another release of the product is no record. What the values say is not judged.

    Raises:
        ValueError: names the first type that a value does not have.
    """
    answer: Answer = _decoded(Answer, record)
    return answer


def _decoded(kind: Any, value: object) -> Any:
    """The value as ``kind``: a frozen value, ``X | None``, a tuple, a dict or a plain value."""
    if isinstance(kind, type) and is_dataclass(kind):
        made: Any = kind
        wanted = _fields(kind)
        if not isinstance(value, dict) or value.keys() != wanted.keys():
            raise ValueError(_fault(kind))
        return made(**{name: _decoded(inner, value[name]) for name, inner in wanted.items()})
    arguments = get_args(kind)
    if get_origin(kind) is UnionType:
        given = (a for a in arguments if a is not NoneType)
        return None if value is None else _decoded(next(given), value)
    if get_origin(kind) is tuple:
        return tuple(_items(kind, arguments, value))
    if get_origin(kind) is dict:
        if not isinstance(value, dict):
            raise ValueError(_fault(kind))
        return {_decoded(str, key): _decoded(arguments[1], value[key]) for key in value}
    return _plain(kind, value)


def _items(kind: Any, arguments: tuple[Any, ...], value: object) -> list[Any]:
    """The items of ``tuple[X, ...]`` or ``tuple[X, Y]``; JSON has lists for both."""
    if not isinstance(value, list | tuple):
        raise ValueError(_fault(kind))
    kinds = arguments[:1] * len(value) if arguments[-1] is Ellipsis else arguments
    if len(kinds) != len(value):
        raise ValueError(_fault(kind))
    return [_decoded(inner, item) for inner, item in zip(kinds, value, strict=True)]


def _plain(kind: Any, value: object) -> Any:
    """A text that UTF-8 can write, a whole number (True is none), or a member of an enumeration."""
    if issubclass(kind, StrEnum):
        return kind(_plain(str, str(value) if isinstance(value, kind) else value))
    if type(value) is not kind:
        raise ValueError(_fault(kind))
    if isinstance(value, str):
        value.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
    return value


@lru_cache(maxsize=32)
def _fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _fault(kind: Any) -> str:
    return f"no {getattr(kind, '__name__', kind)}"
