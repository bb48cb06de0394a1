"""How a command line is read: the parser that speaks Chinese, and the kinds of arguments."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NoReturn


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """A parser whose help and errors are in Chinese, and whose error is one sentence."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(add_help=False, allow_abbrev=False, formatter_class=_Formatter, **kwargs)
        self.options = self.add_argument_group("选项")
        self.options.add_argument("-h", "--help", action="help", help="显示这份说明")

    def error(self, message: str) -> NoReturn:
        """End with one sentence and status 2."""
        self.exit(2, f"{_in_chinese(message)}，用 --help 查看用法。\n")


def one_of(names: Mapping[str, str]) -> Callable[[str], str]:
    """The value that is written so, or that has this Chinese name."""

    def value(text: str) -> str:
        written = typed(text).strip()
        found = next((value for value, name in names.items() if written in (value, name)), None)
        if found is None:
            raise argparse.ArgumentTypeError(f"应为以下之一：{'、'.join(names.values())}")
        return found

    return value


def typed(text: str) -> str:
    """An argument as UTF-8, whatever the locale took its bytes for."""
    try:
        data = os.fsencode(text)
    except UnicodeEncodeError:
        data = text.encode("utf-8", "replace")
    return data.decode("utf-8", "replace")


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A number of these, both included."""

    def value(text: str) -> int:
        if not (text.isdecimal() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"应为{least}到{most}的整数")
        return int(text)

    return value


def day(text: str) -> date:
    """A day, written 2024-05-01."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("应为日期，例如 2024-05-01") from error


_Sentence = Callable[[re.Match[str]], str]
_MESSAGES: tuple[tuple[str, _Sentence], ...] = (
    (r"the following arguments are required: (.*)", lambda m: f"缺少参数：{m[1]}"),
    (r"one of the arguments (.*) is required", lambda m: f"缺少参数，应给出其中一个：{m[1]}"),
    (r"unrecognized arguments: (.*)", lambda m: f"有不认识的参数：{m[1]}"),
    (
        r"argument (\S+): not allowed with argument (.*)",
        lambda m: f"参数 {m[1]} 与 {m[2]} 只能给一个",
    ),
    (r"argument (\S+): expected .*", lambda m: f"参数 {m[1]} 后面缺少值"),
    (r"argument (命令|操作): invalid choice: ('.*?').*", lambda m: f"没有名为 {m[2]} 的{m[1]}"),
    (r"argument (\S+): (.*)", lambda m: f"参数 {m[1]} 有误，{m[2]}"),
)


def _in_chinese(message: str) -> str:
    """argparse's message, which it has in English only, as a Chinese sentence without its stop."""
    for pattern, sentence in _MESSAGES:
        found = re.fullmatch(pattern, message, flags=re.DOTALL)
        if found:
            return sentence(found)
    return f"命令有误（{message}）"
