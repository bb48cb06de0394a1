"""The grammar of the operator's commands: keys and ledger."""

from __future__ import annotations

import argparse

from assistant.access.permissions import Scope
from assistant.faces.arguments import Parser, day, one_of, typed, whole_number

SCOPES = {scope.value: scope.label for scope in Scope}
KINDS = {"audit": "问答记录", "feedback": "反馈"}
FORMS = ("csv", "jsonl")
RETENTION_DAYS = (183, 36_500)  # as the setting AUDIT_RETENTION_DAYS has it
MOST_KEY_DAYS = 36_500


def keys(parser: Parser) -> None:
    """Add ``keys create``, ``keys list`` and ``keys revoke``; ``args.act`` is which."""
    acts = _acts(parser)
    create = _act(acts, "create", "生成一个密钥，只显示这一次")
    add = create.options.add_argument
    add("name", metavar="名称", type=typed, help="给谁或给什么程序用，例如 市民热线")
    add(
        "--scope",
        metavar="权限",
        type=one_of({scope: scope for scope in SCOPES}),
        action="append",
        default=[],
        help="可重复；不给则为除 metrics 外的全部："
        + "，".join(f"{scope} {name}" for scope, name in SCOPES.items()),
    )
    add(
        "--days",
        metavar="天数",
        type=whole_number(1, MOST_KEY_DAYS),
        help="几天后失效，不给则一直有效",
    )
    add(
        "--limit",
        metavar="次数",
        type=typed,
        default="",
        help="调用次数上限，例如 300/minute，不给则取设置 RATE_LIMIT_KEY",
    )
    _json(_act(acts, "list", "列出全部密钥（不含密钥本身）"))
    revoke = _act(acts, "revoke", "撤销一个密钥，立即失效")
    revoke.options.add_argument("key", metavar="编号", type=typed, help="密钥的编号，见 keys list")


def ledger(parser: Parser) -> None:
    """Add ``ledger export``, ``ledger purge`` and ``ledger status``; ``args.act`` is which."""
    acts = _acts(parser)
    export = _act(acts, "export", "导出问答记录或反馈")
    add = export.options.add_argument
    kinds = "、".join(f"{kind}（{name}）" for kind, name in KINDS.items())
    add(
        "kind",
        metavar="内容",
        type=one_of({kind: kind for kind in KINDS}),
        help=f"导出什么：{kinds}",
    )
    add(
        "--format",
        metavar="格式",
        type=one_of({form: form for form in FORMS}),
        default="csv",
        help="csv（默认，可用表格软件打开）或 jsonl（每行一个 JSON）",
    )
    add("--since", metavar="日期", type=day, help="从哪一天起（含），例如 2026-01-01")
    add("--until", metavar="日期", type=day, help="到哪一天止（含）")
    add("--output", metavar="文件", help="写入的文件，不给则写到标准输出")
    purge = _act(acts, "purge", "清理过期的问答记录与反馈")
    purge.options.add_argument(
        "--days",
        metavar="天数",
        type=whole_number(*RETENTION_DAYS),
        help="清理多少天以前的，不少于183，默认取设置 AUDIT_RETENTION_DAYS",
    )
    _json(_act(acts, "status", "查看行数、最早的日期、大小和能否写入"))


def _acts(parser: Parser) -> argparse._SubParsersAction[Parser]:
    return parser.add_subparsers(
        title="操作", dest="act", metavar="操作", required=True, prog=parser.prog
    )


def _act(acts: argparse._SubParsersAction[Parser], name: str, summary: str) -> Parser:
    return acts.add_parser(name, help=summary, description=f"{summary}。")


def _json(parser: Parser) -> None:
    parser.options.add_argument("--json", action="store_true", help="输出 JSON")
