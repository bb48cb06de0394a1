"""SQLAlchemy engines for the ledger's database, and its faults in Chinese."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from assistant.errors import LedgerError, LedgerUnavailable
from assistant.ledger.tables import DIALECTS

FOREIGN = "问答记录的数据库不是本程序建立的，请换一个数据库（设置 LEDGER_URL、STATE_DIR）。"
_BUSY_MS = 5000  # how long SQLite waits for another process's write
_CONNECT_SECONDS = 5
_SILENCE_MS = 10_000  # after it, a PostgreSQL server that does not acknowledge is gone
_STATEMENT_MS = 20_000  # what PostgreSQL may take for one statement, waiting for locks included
_FAULTS = (  # what a driver's message holds, and what it means
    ("full", "磁盘或数据库已满"),
    ("No space left", "磁盘或数据库已满"),
    ("locked", "数据库被其他程序占用"),
    ("statement timeout", "数据库没有及时完成，可能被其他程序占用"),
    ("readonly", "数据库文件不可写"),
    ("read-only", "数据库不可写"),
    ("unable to open", "数据库文件无法打开"),
    ("disk I/O", "磁盘读写出错"),
    ("malformed", "数据库文件已损坏"),
    ("password", "数据库的用户名或密码不对"),
    ("connection", "数据库连接不上"),
)


def open_engine(url: SecretStr | None, folder: Path) -> Engine:
    """An engine for the database at ``url``, or SQLite in ``folder``; connects to nothing yet.

    Raises:
        LedgerError: the URL cannot be understood, or its driver is not installed.
    """
    try:
        return _engine(make_url(url.get_secret_value()) if url else _in_folder(folder))
    except (ArgumentError, ValueError):  # their texts repeat the URL, which may hold a password
        raise LedgerError(
            "设置 LEDGER_URL 不是可用的数据库网址，请写成"
            " postgresql+psycopg://用户:密码@主机/库名，或 sqlite:///文件路径；"
            "密码中的 @ 和 % 请写成 %40 和 %25。"
        ) from None
    except ImportError as error:
        raise LedgerError(
            f"设置 LEDGER_URL 的数据库驱动“{error.name}”没有安装，"
            "请先安装，例如 pip install psycopg[binary]。"
        ) from error


def _in_folder(folder: Path) -> URL:
    return URL.create("sqlite", database=str(folder / "ledger.sqlite3"))


def _engine(url: URL) -> Engine:
    dialect = url.get_backend_name()
    if dialect not in DIALECTS:
        raise LedgerError(
            f"设置 LEDGER_URL 的数据库“{dialect}”不支持，请用 sqlite 或 postgresql+psycopg。"
        )
    if dialect == "sqlite" and url.database in {None, "", ":memory:"}:
        raise LedgerError("设置 LEDGER_URL 不能是内存中的数据库，请写明文件路径。")
    waits: dict[str, Any] = {}
    if url.get_driver_name().startswith("psycopg"):
        waits = {"connect_timeout": _CONNECT_SECONDS, "tcp_user_timeout": _SILENCE_MS}
    engine = create_engine(
        url,
        connect_args=waits,
        pool_pre_ping=dialect != "sqlite",
        json_serializer=_json,
        hide_parameters=True,  # questions stay out of error messages
    )
    if dialect == "sqlite":
        event.listen(engine, "do_connect", _make_private)
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _make_private(_dialect: Any, _record: Any, arguments: list[Any], _named: Any) -> None:
    """Make the file before SQLite does, so that only its owner can read what people asked."""
    try:
        os.close(os.open(arguments[0], os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError:
        return  # SQLite says better what is wrong


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """No statement waits for ever, or one lock would silence the ledger without a word of it."""
    cursor = connection.cursor()
    cursor.execute(f"SET statement_timeout = {_STATEMENT_MS}")
    cursor.close()
    connection.commit()


@contextmanager
def database_faults() -> Generator[None, None, None]:
    """Any fault of the database as LedgerUnavailable, which names what is wrong in Chinese.

    Raises:
        LedgerError: the file is no database at all.
    """
    try:
        yield
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error)
        if "not a database" in said:
            raise LedgerError(FOREIGN) from error
        raise LedgerUnavailable(_sentence(said)) from error


def _sentence(said: str) -> str:
    fault = next((meant for sign, meant in _FAULTS if sign in said), "数据库出错")
    return (
        f"问答记录的数据库暂时不可用（{fault}），请检查磁盘空间、文件权限和数据库服务"
        "（设置 LEDGER_URL、STATE_DIR）。"
    )
