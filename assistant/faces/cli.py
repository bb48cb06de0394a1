"""``python -m assistant``: build, ask, search, parse, tasks, units, serve, keys, ledger, doctor.

Nothing heavy is imported before a command needs it. An error is one sentence on stderr; exit
status 2 is for what the caller typed (usage, settings, the question), 1 for all else.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import (
    CorpusError,
    EmptyQuestion,
    LedgerInputError,
    PolicyAssistantError,
    QuestionError,
    SettingsError,
    UnknownKey,
)
from assistant.faces.command_line import create_parser

if TYPE_CHECKING:
    from assistant.answer import Answer
    from assistant.faces.batch import Row
    from assistant.faces.contract import Assistant
    from assistant.retrieval.filters import Filters
    from assistant.settings import Settings

Opener = Callable[["Settings"], "Assistant"]

TYPED = (QuestionError, SettingsError, LedgerInputError, UnknownKey)  # what the caller got wrong
INTERRUPTED = 130
BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None, open_assistant: Opener | None = None) -> int:
    """Run one command and return the exit status; a test may bring its own assistant.

    Raises:
        SystemExit: the command line cannot be read (2), or help was asked for (0).
    """
    _speak_utf8()
    args = create_parser().parse_args(argv)
    try:
        status = _COMMANDS[args.command](args, open_assistant or _open)
        sys.stdout.flush()
    except PolicyAssistantError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, TYPED) else 1
    except BrokenPipeError:
        _drop_output()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    return status or 0


def _build(args: argparse.Namespace, _opener: Opener) -> None:
    settings = _settings(args)
    from assistant.faces.readable import build_report
    from assistant.indexing.building import build

    started = time.perf_counter()
    built = build(settings, force=args.force, workers=args.workers, progress=True)
    seconds = time.perf_counter() - started
    manifest = built.index.manifest
    print(build_report(built.index.documents, manifest, built.read, seconds, full=args.report))
    if args.strict and manifest.problems:
        raise CorpusError(f"有{len(manifest.problems)}份文件没有读取，原因见上。")


def _ask(args: argparse.Namespace, opener: Opener) -> None:
    settings = _settings(args)
    if args.batch:
        _ask_batch(args.batch, settings, opener)
        return
    if not args.question.strip():
        raise EmptyQuestion  # said before anything is loaded
    from assistant.faces.readable import answer_text

    answer = opener(settings).ask(args.question, args.history, as_of=args.as_of)
    print(_json(answer.to_dict(), indent=2) if args.json else answer_text(answer))


def _ask_batch(name: str, settings: Settings, opener: Opener) -> None:
    from assistant.faces.batch import read_rows

    rows = read_rows(name)
    assistant = opener(settings)
    for row in rows:
        answer = _answer_row(row, assistant, settings.max_question_chars)
        print(_json(answer.to_dict()), flush=True)


def _answer_row(row: Row, assistant: Assistant, max_chars: int) -> Answer:
    from assistant.faces.history import earlier_questions

    if row.error is not None:
        return assistant.failed(row.question, row.error)
    try:
        return assistant.ask(row.question, earlier_questions(row.turns, max_chars))
    except PolicyAssistantError as error:
        return assistant.failed(row.question, error)


def _search(args: argparse.Namespace, opener: Opener) -> None:
    settings = _settings(args)
    if args.batch:
        _search_batch(args, settings, opener)
        return
    if not args.query.strip():
        raise EmptyQuestion
    from assistant.faces.readable import hits_text

    hits = opener(settings).search(args.query, args.limit, _filters(args))
    print(_json([asdict(hit) for hit in hits], indent=2) if args.json else hits_text(hits))


def _search_batch(args: argparse.Namespace, settings: Settings, opener: Opener) -> None:
    from assistant.faces.batch import read_rows

    rows = read_rows(args.batch)
    filters = _filters(args)
    assistant = opener(settings)
    for row in rows:
        print(_json(_search_row(row, assistant, args.limit, filters)), flush=True)


def _search_row(row: Row, assistant: Assistant, limit: int, filters: Filters) -> dict[str, Any]:
    try:
        if row.error is not None:
            raise row.error
        hits = assistant.search(row.question, limit, filters)
    except PolicyAssistantError as error:
        return {"question": row.question, "hits": [], "error": str(error)}
    found = [{"id": hit.clause.id, "score": float(hit.score)} for hit in hits]
    return {"question": row.question, "hits": found}


def _filters(args: argparse.Namespace) -> Filters:
    from assistant.model import DocumentKind
    from assistant.retrieval.filters import Filters, IssuerLevel
    from assistant.validity import DocumentStatus

    return Filters(
        documents=tuple(args.document),
        issuer_levels=tuple(map(IssuerLevel, args.level)),
        statuses=tuple(map(DocumentStatus, args.status)),
        as_of=args.as_of,
        unit=args.unit,
        area=args.area,
        kinds=tuple(map(DocumentKind, args.kind)),
    )


def _parse(args: argparse.Namespace, _opener: Opener) -> None:
    from assistant.faces.readable import document_json, document_tree
    from assistant.reading.corpus import read_document

    document = read_document(Path(args.file))
    print(_json(document_json(document), indent=2) if args.json else document_tree(document))


def _tasks(args: argparse.Namespace, opener: Opener) -> None:
    from assistant.faces.readable import tasks_text

    unit, tasks = opener(_settings(args)).tasks_of(args.unit)
    if args.json:
        listed = {"unit": asdict(unit), "count": len(tasks), "tasks": [asdict(t) for t in tasks]}
        print(_json(listed, indent=2))
    else:
        print(tasks_text(unit, tasks))


def _units(args: argparse.Namespace, opener: Opener) -> None:
    from assistant.faces.readable import units_text

    units = opener(_settings(args)).units()
    print(_json([asdict(unit) for unit in units], indent=2) if args.json else units_text(units))


def _serve(args: argparse.Namespace, _opener: Opener) -> None:
    from assistant.faces.server import serve

    serve(_settings(args))


def _keys(args: argparse.Namespace, _opener: Opener) -> None:
    from assistant.faces import operating

    _write(operating.keys(args, _settings(args)))


def _ledger(args: argparse.Namespace, _opener: Opener) -> None:
    from assistant.faces import operating

    _write(operating.ledger(args, _settings(args)))


def _doctor(args: argparse.Namespace, _opener: Opener) -> int:
    """Whether something does not work, as an exit status."""
    from assistant.diagnosis.examination import examine
    from assistant.faces import operating

    found, progress = [], sys.stderr.isatty()
    for finding in examine(partial(_settings, args), progress=progress):
        found.append(finding)
        if not args.json:
            _write(operating.findings_text([finding]))
    if args.json:
        _write([operating.findings_json(found)])
    return int(any(finding.level == "fault" for finding in found))


_COMMANDS: dict[str, Callable[[argparse.Namespace, Opener], int | None]] = {
    "build": _build,
    "ask": _ask,
    "search": _search,
    "parse": _parse,
    "tasks": _tasks,
    "units": _units,
    "serve": _serve,
    "keys": _keys,
    "ledger": _ledger,
    "doctor": _doctor,
}


def _settings(args: argparse.Namespace) -> Settings:
    from assistant.settings import load

    return load(
        {
            "corpus_dir": getattr(args, "corpus", None),
            "index_dir": getattr(args, "index", None),
            "host": getattr(args, "host", None),
            "port": getattr(args, "port", None),
        }
    )


def _open(settings: Settings) -> Assistant:
    from assistant.service import PolicyAssistant

    return PolicyAssistant.open(settings, progress=sys.stderr.isatty())


def _write(pieces: Iterable[str]) -> None:
    """Write each piece as soon as it comes."""
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()


def _json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _speak_utf8() -> None:
    """Write UTF-8 under any locale; a path of other bytes is written as it was given."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def _drop_output() -> None:
    """The reader has gone: let what is still buffered vanish instead of failing at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
