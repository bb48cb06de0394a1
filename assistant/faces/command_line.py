"""The grammar of the command line: commands, options, help and usage errors, all in Chinese."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from assistant.faces import operating_options
from assistant.faces.arguments import Parser, day, one_of, typed, whole_number
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
  python -m assistant keys create "市民热线" --scope answers --scope feedback --days 365
  python -m assistant ledger export audit --since 2026-01-01 --output audit.csv
  python -m assistant doctor

退出码：0 正常（拒答也是正常），2 命令、设置或问题有误，1 其他错误，
build --strict 时也表示有文件无法读取，doctor 时也表示检查出了错误。
"""


def create_parser() -> argparse.ArgumentParser:
    """The parser of every command; ``args.command`` is the command's name."""
    parser = Parser(
        prog="python -m assistant",
        description="政策问答助手：依据政策文件原文作答，注明条款和责任单位。",
        epilog=_EPILOG,
    )
    commands = parser.add_subparsers(
        title="命令", dest="command", metavar="命令", required=True, prog="python -m assistant"
    )

    def command(name: str, summary: str) -> Parser:
        added: Parser = commands.add_parser(name, help=summary, description=f"{summary}。")
        return added

    _build(command("build", "读取文件，建立索引"))
    _ask(command("ask", "回答一个问题，或逐行回答一个文件里的问题"))
    _search(command("search", "检索条款"))
    _parse(command("parse", "解析一份文件，列出条款与责任单位"))
    _tasks(command("tasks", "列出一个单位负责的全部任务"))
    _units(command("units", "列出全部责任单位"))
    _serve(command("serve", "启动网页与接口服务"))
    operating_options.keys(command("keys", "管理接口密钥：生成、列出、撤销"))
    operating_options.ledger(command("ledger", "管理问答记录与反馈：导出、清理、查看"))
    _doctor(command("doctor", "检查设置、文件、索引、模型和各项存储，说出哪里不对"))
    return parser


def _build(parser: Parser) -> None:
    add = parser.options.add_argument
    add("--force", action="store_true", help="文件没有变化也全部重新读取")
    add(
        "--workers",
        metavar="个数",
        type=whole_number(1, MAX_WORKERS),
        help="用几个进程，默认取处理器数",
    )
    add("--report", action="store_true", help="列出每份文件的编号问题")
    add("--strict", action="store_true", help="有文件无法读取时退出码为1")
    _places(parser)


def _ask(parser: Parser) -> None:
    source = parser.options.add_mutually_exclusive_group(required=True)
    source.add_argument("question", metavar="问题", nargs="?", type=typed, help="要问的问题")
    _batch(source, "每行一个 {question, history}，每行输出一个回答")
    parser.options.add_argument(
        "--history",
        metavar="提问",
        nargs="+",
        action="extend",
        type=typed,
        default=[],
        help="此前的提问，由早到晚",
    )
    parser.options.add_argument(
        "--as-of", metavar="日期", type=day, help="按哪一天的有效文件回答，例如 2024-05-01"
    )
    _json(parser)
    _places(parser)


def _search(parser: Parser) -> None:
    source = parser.options.add_mutually_exclusive_group(required=True)
    source.add_argument("query", metavar="内容", nargs="?", type=typed, help="检索的内容")
    _batch(source, "每行一个 {question}，每行输出条款编号与分数")
    parser.options.add_argument(
        "--limit",
        metavar="条数",
        type=whole_number(1, MAX_HITS),
        default=10,
        help="最多返回几条，默认10",
    )
    _filters(parser)
    _json(parser)
    _places(parser)


def _parse(parser: Parser) -> None:
    parser.options.add_argument("file", metavar="文件", help="要解析的文件")
    _json(parser)
    _places(parser)


def _tasks(parser: Parser) -> None:
    parser.options.add_argument(
        "unit", metavar="单位", type=typed, help="单位的简称、全称或别名，例如 市科技局"
    )
    _json(parser)
    _places(parser)


def _units(parser: Parser) -> None:
    _json(parser)
    _places(parser)


def _serve(parser: Parser) -> None:
    parser.options.add_argument("--host", metavar="地址", help="监听的地址，默认取设置 HOST")
    parser.options.add_argument("--port", metavar="端口", help="监听的端口，默认取设置 PORT")
    _places(parser)


def _doctor(parser: Parser) -> None:
    _json(parser)
    _places(parser)


def _filters(parser: Parser) -> None:
    """What the hits must satisfy; an option that is given again adds another value."""
    group = parser.add_argument_group("筛选（可重复给出的，满足其一即可）")

    def several(name: str, metavar: str, kind: Callable[[str], str], text: str) -> None:
        group.add_argument(
            name, metavar=metavar, type=kind, action="append", default=[], help=f"{text}，可重复"
        )

    several("--document", "文件", typed, "文件的编号、文号或标题")
    several("--level", "级别", one_of(LEVELS), f"发文机关的级别：{'、'.join(LEVELS)}")
    several("--status", "效力", one_of(STATUSES), f"效力状态：{'、'.join(STATUSES.values())}")
    group.add_argument(
        "--as-of",
        metavar="日期",
        type=day,
        help="按哪一天判断效力，默认今天；不给 --status 时，去掉当天无效的文件",
    )
    group.add_argument("--unit", metavar="单位", type=typed, default="", help="责任单位的任一名称")
    group.add_argument("--area", metavar="区域", type=typed, default="", help="区域，例如 淄川区")
    several("--kind", "类别", one_of(KINDS), f"文件类别：{'、'.join(KINDS.values())}，默认正式文件")


def _batch(group: argparse._MutuallyExclusiveGroup, rows: str) -> None:
    group.add_argument("--batch", metavar="文件", help=f"JSON Lines 文件，- 为标准输入；{rows}")


def _json(parser: Parser) -> None:
    parser.options.add_argument("--json", action="store_true", help="输出 JSON")


def _places(parser: Parser) -> None:
    parser.options.add_argument("--corpus", metavar="文件夹", help="文件所在的文件夹")
    parser.options.add_argument("--index", metavar="文件夹", help="索引所在的文件夹")
