"""What the operator's commands do, as pieces of text that the command line writes as they come."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from assistant import clock
from assistant.errors import (
    AdministrationError,
    LedgerError,
    LedgerInputError,
    LedgerUnavailable,
)
from assistant.faces.operating_options import KINDS
from assistant.progress import Bar

if TYPE_CHECKING:
    from assistant.access.keys import ApiKey, KeyRing
    from assistant.diagnosis.findings import Finding
    from assistant.ledger.ledger import Ledger
    from assistant.settings import Settings

STDOUT = "-"
_NAME_COLUMNS = 14  # of the longest name of a finding, and a gap


# Keys -------------------------------------------------------------------------------------------


def keys(args: argparse.Namespace, settings: Settings) -> Iterator[str]:
    """Make, list or revoke API keys.

    Raises:
        SettingsError: what a key is to be made of cannot be used.
        UnknownKey, KeyStoreError: there is no such key; the keys cannot be read or written.
    """
    from assistant.access.keys import KeyRing

    acts: dict[str, Callable[[argparse.Namespace, KeyRing], Iterator[str]]] = {
        "create": _create_key,
        "list": _list_keys,
        "revoke": _revoke_key,
    }
    yield from acts[args.act](args, KeyRing.open(settings.state_dir))


def _create_key(args: argparse.Namespace, ring: KeyRing) -> Iterator[str]:
    from assistant.access.permissions import Scope

    scopes = frozenset(map(Scope, args.scope)) or frozenset(Scope) - {Scope.METRICS}
    key, text = ring.create(args.name, scopes, days=args.days, limit=args.limit)
    facts = {
        "编号": key.id,
        "名称": key.name,
        "权限": _scopes(key),
        "有效期至": _minute(key.expires) or "一直有效",
        "次数上限": key.limit or "按设置 RATE_LIMIT_KEY",
        "密钥": text,
    }
    yield "".join(f"{name}：{value}\n" for name, value in facts.items())
    yield "密钥只在这里显示这一次，请现在就保存；遗失了只能撤销，再生成一个。\n"


def _list_keys(args: argparse.Namespace, ring: KeyRing) -> Iterator[str]:
    found = ring.keys()
    if args.json:
        yield _json([_key_json(key) for key in found])
        return
    now = clock.now().timestamp()
    for key in found:
        if key.revoked is not None:
            state = f"{_minute(key.revoked)} 撤销"
        elif key.is_valid(now):
            state = f"有效期至 {_minute(key.expires)}" if key.expires else "一直有效"
        else:
            state = f"{_minute(key.expires)} 到期"
        limit = f"  {key.limit}" if key.limit else ""
        yield f"{key.id}  {key.name}  {_scopes(key)}  {_minute(key.created)} 生成  {state}{limit}\n"
    if not found:
        yield "还没有密钥，用 keys create 生成。\n"


def _revoke_key(args: argparse.Namespace, ring: KeyRing) -> Iterator[str]:
    key = ring.revoke(args.key)
    yield f"密钥 {key.id}（{key.name}）已于 {_minute(key.revoked)} 撤销，不能再用。\n"


def _scopes(key: ApiKey) -> str:
    from assistant.access.permissions import Scope

    return "、".join(scope for scope in Scope if scope in key.scopes)


def _key_json(key: ApiKey) -> dict[str, Any]:
    """All but the digest; times as they are in China."""
    times = {"created": key.created, "expires": key.expires, "revoked": key.revoked}
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        **{name: None if t is None else clock.at(t).isoformat() for name, t in times.items()},
        "limit": key.limit or None,
    }


def _minute(seconds: int | None) -> str:
    return "" if seconds is None else f"{clock.at(seconds):%Y-%m-%d %H:%M}"


# Ledger -----------------------------------------------------------------------------------------


def ledger(args: argparse.Namespace, settings: Settings) -> Iterator[str]:
    """Export, purge or count the records; a service may be running beside it.

    Raises:
        LedgerError: the database cannot be used, or the days are wrong.
        AdministrationError: the file cannot be written.
    """
    from assistant.ledger.ledger import Ledger

    acts: dict[str, Callable[[argparse.Namespace, Settings, Ledger], Iterator[str]]] = {
        "export": _export,
        "purge": _purge,
        "status": _status,
    }
    with closing(Ledger.open(settings)) as opened:
        yield from acts[args.act](args, settings, opened)


def _export(args: argparse.Namespace, _settings: Settings, opened: Ledger) -> Iterator[str]:
    days = {"since": args.since, "until": args.until}
    if args.since and args.until and args.until < args.since:
        raise LedgerInputError("--until 的日期早于 --since，请核对。")
    to_file = args.output not in (None, STDOUT)
    total = opened.count(args.kind, **days)
    pieces = opened.export(args.kind, args.format, **days)
    shown = sys.stderr.isatty() and (to_file or not sys.stdout.isatty())
    headings = int(args.format == "csv")
    with Bar(total + headings, "导出", "行", shown=shown) as bar:
        if not to_file:
            yield from _counted(pieces, bar)
            return
        path, lines = Path(args.output), 0
        with written_whole(path) as file:
            for piece in _counted(pieces, bar):
                lines += piece.count("\n")
                file.write(piece)
    yield f"已把{lines - headings}条{KINDS[args.kind]}写入“{path}”。\n"


def _counted(pieces: Iterable[str], bar: Bar) -> Iterator[str]:
    """The pieces, while the bar moves: a row is a line, as no text of a record has two."""
    for piece in pieces:
        yield piece
        bar.update(piece.count("\n"))


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A file that appears under its name only when all of it is there; only its owner reads it.

    Raises:
        AdministrationError: it cannot be written there.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if path.exists() and not path.is_file():
            raise AdministrationError(f"“{path}”不是普通文件，请换一个文件名。")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise AdministrationError(
            f"文件“{path}”无法写入（{error.strerror}），请检查文件夹的权限和磁盘空间。"
        ) from error


def _purge(args: argparse.Namespace, settings: Settings, opened: Ledger) -> Iterator[str]:
    days = args.days or settings.audit_retention_days
    gone = opened.purge(days, clock.now())
    yield f"删除了{days}天以前的问答记录{gone}条，连同那时的反馈。\n"


def _status(args: argparse.Namespace, settings: Settings, opened: Ledger) -> Iterator[str]:
    found, wrong = opened.holdings(), ""
    try:
        opened.try_writing()
    except LedgerError as error:
        wrong = str(error)
    oldest = f"{found.oldest:%Y-%m-%d}" if found.oldest else None
    if args.json:
        yield _json(
            {
                "answers": found.answers,
                "ratings": found.ratings,
                "oldest": oldest,
                "bytes": found.size,
                "retention_days": settings.audit_retention_days,
                "ok": not wrong,
                "message": wrong,
            }
        )
    else:
        yield f"问答记录：{found.answers}条\n反馈：{found.ratings}条\n"
        yield f"最早的一天：{oldest or '还没有记录'}\n大小：{found.size / (1 << 20):.1f} MiB\n"
        yield f"保存期限：{settings.audit_retention_days}天\n"
        yield f"写入：{'不可用' if wrong else '正常'}\n"
    if wrong:
        raise LedgerUnavailable(wrong)


# Doctor -----------------------------------------------------------------------------------------


def findings_text(findings: Iterable[Finding]) -> Iterator[str]:
    """One line for each finding: how it is, its name, its sentence."""
    from assistant.diagnosis.findings import LEVEL_NAMES

    for found in findings:
        gap = " " * max(2, _NAME_COLUMNS - _columns(found.name))
        yield f"{LEVEL_NAMES[found.level]}  {found.name}{gap}{found.sentence}\n"


def findings_json(findings: Iterable[Finding]) -> str:
    """All findings, and whether none is a fault."""
    listed = [{"name": f.name, "level": f.level.value, "sentence": f.sentence} for f in findings]
    return _json({"ok": all(f["level"] != "fault" for f in listed), "findings": listed})


def _columns(text: str) -> int:
    """How wide a terminal shows the text."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
