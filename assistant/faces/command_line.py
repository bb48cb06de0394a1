"""The grammar of the command line: commands, options, help and usage errors, all in Chinese."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NoReturn

from assistant.validity import STATUS_NAMES

MAX_HITS = 1000
MAX_WORKERS = 256
# The values of enumerations whose modules are heavy: help must come at once.
LEVELS = {level: level for level in ("国家", "省", "市", "区县", "镇街")}
KINDS = {"official": "正式文件", "explanatory": "说明材料"}
STATUSES = {status.value: name for status, name in STATUS_NAMES.items()}

_EPILOG = """示例：
  python -m assistant ask "智能装备产业由谁负责？"
  python -m assistant ask "那它的责任单位是谁？" --history "生物医药重点发展什么？"
  python -m assistant ask --batch questions.jsonl > answers.jsonl
  python -m assistant search "氢能产业" --unit 市科技局 --status 现行 --as-of 2024-05-01
  python -m assistant tasks 市科技局
  python -m assistant serve --port 8000

退出码：0 正常（拒答也是正常），2 命令、设置或问题有误，1 其他错误，
build --strict 时也表示有文件无法读取。
"""


def create_parser() -> argparse.ArgumentParser:
    """The parser of every command; ``args.command`` is the command's name."""
    parser = _Parser(
        prog="python -m assistant",
        description="政策问答助手：依据政策文件原文作答，注明条款和责任单位。",
        epilog=_EPILOG,
    )
    commands = parser.add_subparsers(
        title="命令", dest="command", metavar="命令", required=True, prog="python -m assistant"
    )

    def command(name: str, summary: str) -> _Parser:
        added: _Parser = commands.add_parser(name, help=summary, description=f"{summary}。")
        return added

    _build(command("build", "读取文件，建立索引"))
    _ask(command("ask", "回答一个问题，或逐行回答一个文件里的问题"))
    _search(command("search", "检索条款"))
    _parse(command("parse", "解析一份文件，列出条款与责任单位"))
    _tasks(command("tasks", "列出一个单位负责的全部任务"))
    _units(command("units", "列出全部责任单位"))
    _serve(command("serve", "启动网页与接口服务"))
    return parser


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """A parser whose help and errors are in Chinese, and whose error is one sentence."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(add_help=False, allow_abbrev=False, formatter_class=_Formatter, **kwargs)
        self.options = self.add_argument_group("选项")
        self.options.add_argument("-h", "--help", action="help", help="显示这份说明")

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{_in_chinese(message)}，用 --help 查看用法。\n")


def _build(parser: _Parser) -> None:
    add = parser.options.add_argument
    add("--force", action="store_true", help="文件没有变化也全部重新读取")
    add("--workers", metavar="个数", type=_workers, help="用几个进程，默认取处理器数")
    add("--report", action="store_true", help="列出每份文件的编号问题")
    add("--strict", action="store_true", help="有文件无法读取时退出码为1")
    _places(parser)


def _ask(parser: _Parser) -> None:
    source = parser.options.add_mutually_exclusive_group(required=True)
    source.add_argument("question", metavar="问题", nargs="?", type=_typed, help="要问的问题")
    _batch(source, "每行一个 {question, history}，每行输出一个回答")
    parser.options.add_argument(
        "--history",
        metavar="提问",
        nargs="+",
        action="extend",
        type=_typed,
        default=[],
        help="此前的提问，由早到晚",
    )
    parser.options.add_argument(
        "--as-of", metavar="日期", type=_day, help="按哪一天的有效文件回答，例如 2024-05-01"
    )
    _json(parser)
    _places(parser)


def _search(parser: _Parser) -> None:
    source = parser.options.add_mutually_exclusive_group(required=True)
    source.add_argument("query", metavar="内容", nargs="?", type=_typed, help="检索的内容")
    _batch(source, "每行一个 {question}，每行输出条款编号与分数")
    parser.options.add_argument(
        "--limit", metavar="条数", type=_limit, default=10, help="最多返回几条，默认10"
    )
    _filters(parser)
    _json(parser)
    _places(parser)


def _parse(parser: _Parser) -> None:
    parser.options.add_argument("file", metavar="文件", help="要解析的文件")
    _json(parser)
    _places(parser)


def _tasks(parser: _Parser) -> None:
    parser.options.add_argument(
        "unit", metavar="单位", type=_typed, help="单位的简称、全称或别名，例如 市科技局"
    )
    _json(parser)
    _places(parser)


def _units(parser: _Parser) -> None:
    _json(parser)
    _places(parser)


def _serve(parser: _Parser) -> None:
    parser.options.add_argument("--host", metavar="地址", help="监听的地址，默认取设置 HOST")
    parser.options.add_argument("--port", metavar="端口", help="监听的端口，默认取设置 PORT")
    _places(parser)


def _filters(parser: _Parser) -> None:
    """What the hits must satisfy; an option that is given again adds another value."""
    group = parser.add_argument_group("筛选（可重复给出的，满足其一即可）")

    def several(name: str, metavar: str, kind: Callable[[str], str], text: str) -> None:
        group.add_argument(
            name, metavar=metavar, type=kind, action="append", default=[], help=f"{text}，可重复"
        )

    several("--document", "文件", _typed, "文件的编号、文号或标题")
    several("--level", "级别", _one_of(LEVELS), f"发文机关的级别：{'、'.join(LEVELS)}")
    several("--status", "效力", _one_of(STATUSES), f"效力状态：{'、'.join(STATUSES.values())}")
    group.add_argument(
        "--as-of",
        metavar="日期",
        type=_day,
        help="按哪一天判断效力，默认今天；不给 --status 时，去掉当天无效的文件",
    )
    group.add_argument("--unit", metavar="单位", type=_typed, default="", help="责任单位的任一名称")
    group.add_argument("--area", metavar="区域", type=_typed, default="", help="区域，例如 淄川区")
    several(
        "--kind", "类别", _one_of(KINDS), f"文件类别：{'、'.join(KINDS.values())}，默认正式文件"
    )


def _one_of(names: Mapping[str, str]) -> Callable[[str], str]:
    """The value that is written so, or that has this Chinese name."""

    def value(text: str) -> str:
        written = _typed(text).strip()
        found = next((value for value, name in names.items() if written in (value, name)), None)
        if found is None:
            raise argparse.ArgumentTypeError(f"应为以下之一：{'、'.join(names.values())}")
        return found

    return value


def _batch(group: argparse._MutuallyExclusiveGroup, rows: str) -> None:
    group.add_argument("--batch", metavar="文件", help=f"JSON Lines 文件，- 为标准输入；{rows}")


def _json(parser: _Parser) -> None:
    parser.options.add_argument("--json", action="store_true", help="输出 JSON")


def _places(parser: _Parser) -> None:
    parser.options.add_argument("--corpus", metavar="文件夹", help="文件所在的文件夹")
    parser.options.add_argument("--index", metavar="文件夹", help="索引所在的文件夹")


def _typed(text: str) -> str:
    """An argument as UTF-8, whatever the locale took its bytes for."""
    try:
        data = os.fsencode(text)
    except UnicodeEncodeError:
        data = text.encode("utf-8", "replace")
    return data.decode("utf-8", "replace")


def _limit(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MAX_HITS):
        raise argparse.ArgumentTypeError(f"应为1到{MAX_HITS}的整数")
    return int(text)


def _workers(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= MAX_WORKERS):
        raise argparse.ArgumentTypeError(f"应为1到{MAX_WORKERS}的整数")
    return int(text)


def _day(text: str) -> date:
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
    (r"argument 命令: invalid choice: ('.*?').*", lambda m: f"没有名为 {m[1]} 的命令"),
    (r"argument (\S+): (.*)", lambda m: f"参数 {m[1]} 有误，{m[2]}"),
)


def _in_chinese(message: str) -> str:
    """argparse's message, which it has in English only, as a Chinese sentence without its stop."""
    for pattern, sentence in _MESSAGES:
        found = re.fullmatch(pattern, message, flags=re.DOTALL)
        if found:
            return sentence(found)
    return f"命令有误（{message}）"
