"""What is kept: the ledger's database, the disk, Redis."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from assistant import clock
from assistant.diagnosis.findings import Finding, fault, ok, warning
from assistant.faces.pending import open_store
from assistant.ledger.pseudonyms import KEY_FILE, Pseudonyms
from assistant.settings import Settings

LEDGER, DISK, REDIS = "问答记录", "磁盘", "Redis"
GIB = 1 << 30
_REDIS_SECONDS = 3.0


def ledger(settings: Settings) -> Iterator[Finding]:
    """Whether rows can be written, tried with one that is taken back.

    Nothing is made where there is nothing yet: whoever runs this need not be who serves.

    Raises:
        LedgerError: the key, the database or its tables cannot be used.
    """
    from assistant.ledger.engines import open_engine
    from assistant.ledger.store import Store

    if (settings.state_dir / KEY_FILE).exists():
        Pseudonyms.open(settings.state_dir)
    elif not settings.ledger_url:
        yield _not_begun(settings.state_dir)
        return
    store = Store(open_engine(settings.ledger_url, settings.state_dir))
    try:
        store.try_writing()
        found = store.holdings()
    finally:
        store.close()
    since = f"，最早的在{found.oldest:%Y-%m-%d}" if found.oldest else ""
    yield ok(
        LEDGER,
        f"可以写入；问答{found.answers}条，反馈{found.ratings}条{since}，"
        f"占{found.size / (1 << 20):.1f} MiB。",
    )
    days = settings.audit_retention_days
    if found.oldest and found.oldest < clock.now() - timedelta(days=days + 1):
        yield warning(LEDGER, f"有超过{days}天的记录，请定期运行 ledger purge。")


def _not_begun(folder: Path) -> Finding:
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return ok(LEDGER, f"还没有记录，启动服务时会在“{folder}”里建立。")
    return fault(
        LEDGER, f"文件夹“{folder}”无法建立或写入，请检查“{there}”的权限（设置 STATE_DIR）。"
    )


def disk(settings: Settings, least: int = GIB) -> Iterator[Finding]:
    """How much room is left where the records are kept; ``least`` in bytes.

    Raises:
        OSError: nobody can say.
    """
    folder = settings.state_dir.absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    said = f"“{folder}”所在的磁盘还有 {free / GIB:.1f} GiB"
    if free < least:
        yield warning(DISK, f"{said}，快满了，请清理：写满后问答记录无法保存。")
    else:
        yield ok(DISK, f"{said}。")


def redis(settings: Settings) -> Iterator[Finding]:
    """Whether the Redis of several workers answers.

    Raises:
        SettingsError: its address is none.
    """
    if settings.redis_url is None:
        yield ok(REDIS, "没有设置 REDIS_URL，去重、会话和限流在进程自己的内存里。")
        return
    from redis import AuthenticationError, Redis, RedisError
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    url = settings.redis_url.get_secret_value()
    open_store(url)
    client = Redis.from_url(
        url,
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except AuthenticationError:
        yield fault(REDIS, "Redis 不接受这个用户名或密码，请核对设置 REDIS_URL。")
    except (RedisError, OSError) as error:
        why = type(error).__name__  # its text may repeat the address, and with it a password
        yield fault(REDIS, f"Redis 连接不上（{why}），请检查它是否在运行，以及设置 REDIS_URL。")
    else:
        yield ok(REDIS, f"可以连接，{settings.workers}个进程。")
    finally:
        client.close()
