"""A user's id as a keyed hash (去标识化): the same user is told again, and nobody is named."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from assistant.errors import LedgerError

KEY_FILE = "ledger.key"
_KEY_BYTES = 32


class Pseudonyms:
    """HMAC-SHA256 of user ids with the key of this installation.

    Whoever runs several machines on one database gives them the same key file, or a user has
    another name on each.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def open(cls, folder: Path) -> Pseudonyms:
        """With the key that lies in ``folder``; it is made when there is none, mode 0600.

        Raises:
            LedgerError: the key can be neither read nor made, or is not a key.
        """
        path = folder / KEY_FILE
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                _make(path)
            written = path.read_text(encoding="ascii")
            key = bytes.fromhex(written)
        except OSError as error:
            raise LedgerError(
                f"问答记录的密钥文件“{path}”无法读写（{error.strerror}），"
                "请检查文件夹的权限和磁盘空间（设置 STATE_DIR）。"
            ) from error
        except ValueError:  # not ASCII, or not hexadecimal
            key = b""
        if len(key) != _KEY_BYTES:
            raise LedgerError(
                f"问答记录的密钥文件“{path}”已损坏，请从备份恢复；没有备份则删除它，重启后会另行生成。"
            )
        return cls(key)

    def of(self, user: str) -> str:
        """64 hexadecimal digits; empty for nobody."""
        if not user:
            return ""
        return hmac.new(self._key, user.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _make(path: Path) -> None:
    """Write a key aside and link it into place: whole or not at all, and the first one wins."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was quicker
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)
