"""API keys (密钥): one file that holds their digests; a key itself is shown once, when it is made.

Several processes may use the file: a change is written aside and moved into place, and every check
looks whether the file is still the one that was read.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from assistant.access.permissions import Scope
from assistant.access.quotas import EXPECTED, quota_of
from assistant.errors import KeyStoreError, SettingsError, UnknownKey

KEY_FILE = "api_keys.json"
PREFIX = "pqa_"
MOST_NAME_CHARS = 50
MOST_DAYS = 36500
_LOCK_FILE = "api_keys.lock"
_FORM = re.compile(r"pqa_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
_NOBODY = "0" * 64
_DAY = 24 * 3600


def _limit(text: str) -> str:
    if text:
        quota_of(text)
    return text


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key; times are seconds since 1970, ``limit`` is empty where the setting's holds."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    name: str
    scopes: frozenset[Scope]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    created: int
    expires: int | None
    revoked: int | None
    limit: Annotated[str, AfterValidator(_limit)]

    def is_valid(self, now: float) -> bool:
        """Whether it is neither revoked nor out of date."""
        return self.revoked is None and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True)
class _Stored:
    version: Literal[1]
    keys: tuple[ApiKey, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of the file, and by what the file is known to be the same."""

    file: tuple[int, ...] = ()
    keys: tuple[ApiKey, ...] = ()
    by_id: Mapping[str, ApiKey] = field(default_factory=dict)


class KeyRing:
    """The keys of one installation; its methods may be called from any thread."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._path, self._clock = folder, folder / KEY_FILE, clock
        self._format = TypeAdapter(_Stored)
        self._read = _Read()

    @classmethod
    def open(cls, folder: Path) -> KeyRing:
        """The keys in ``folder``; none where there is no file."""
        return cls(folder)

    def keys(self) -> tuple[ApiKey, ...]:
        """All of them in the order in which they were made, the revoked ones too.

        Raises:
            KeyStoreError: the file cannot be read, or is not one of ours.
        """
        return self._current().keys

    def is_readable(self) -> bool:
        """Whether a key that is given just now can be checked."""
        try:
            self._current()
        except KeyStoreError:
            return False
        return True

    def check(self, given: str) -> ApiKey | None:
        """The key that was given; None where it is forged, revoked or out of date.

        Raises:
            KeyStoreError: the file cannot be read, or is not one of ours.
        """
        found = _FORM.fullmatch(given)
        if found is None:
            return None
        key = self._current().by_id.get(found[1])
        digest = key.digest if key else _NOBODY  # an unknown id takes as long as a known one
        is_right = hmac.compare_digest(_digest(given), digest)
        return key if key and is_right and key.is_valid(self._clock()) else None

    def create(
        self, name: str, scopes: Collection[Scope], *, days: int | None = None, limit: str = ""
    ) -> tuple[ApiKey, str]:
        """A new key, and its text, which is nowhere else; it is valid for ``days``.

        Raises:
            SettingsError: the name, the permissions, the days or the limit cannot be used.
            KeyStoreError: the file cannot be read or written.
        """
        name = _checked(name, scopes, days, limit)
        now = int(self._clock())
        with self._changing() as keys:
            used = {key.id for key in keys}
            number = next(n for n in iter(lambda: secrets.token_hex(4), "") if n not in used)
            text = f"{PREFIX}{number}_{secrets.token_urlsafe(32)}"
            key = ApiKey(
                id=number,
                name=name,
                scopes=frozenset(scopes),
                digest=_digest(text),
                created=now,
                expires=None if days is None else now + days * _DAY,
                revoked=None,
                limit=limit.strip(),
            )
            self._write((*keys, key))
        return key, text

    def revoke(self, key_id: str) -> ApiKey:
        """Make a key invalid for good; one that was revoked before stays as it is.

        Raises:
            UnknownKey: there is none of this id.
            KeyStoreError: the file cannot be read or written.
        """
        with self._changing() as keys:
            found = next((key for key in keys if key.id == key_id), None)
            if found is None:
                raise UnknownKey(key_id)
            if found.revoked is None:
                before, found = found, replace(found, revoked=int(self._clock()))
                self._write(tuple(found if key is before else key for key in keys))
        return found

    def _current(self) -> _Read:
        """What the file holds now; it is read again only when it is another one."""
        try:
            if _same(self._path.stat()) == self._read.file:
                return self._read
            with self._path.open("rb") as file:
                known, written = _same(os.fstat(file.fileno())), file.read()
            keys = self._format.validate_json(written).keys
            self._read = _Read(known, keys, {key.id: key for key in keys})
        except FileNotFoundError:
            self._read = _Read()
        except OSError as error:
            raise KeyStoreError(
                f"密钥文件“{self._path}”无法读取（{error.strerror}），请检查文件夹的权限"
                "（设置 STATE_DIR）。"
            ) from error
        except ValidationError as error:
            raise KeyStoreError(
                f"密钥文件“{self._path}”已损坏或不是本程序的文件，请从备份恢复；"
                "没有备份则删除它，再另建密钥。"
            ) from error
        return self._read

    @contextmanager
    def _changing(self) -> Iterator[tuple[ApiKey, ...]]:
        """Meanwhile, no other process changes the keys."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self._folder / _LOCK_FILE):
                yield self.keys()
        except OSError as error:
            raise KeyStoreError(
                f"密钥文件“{self._path}”无法写入（{error.strerror}），请检查文件夹的权限和磁盘空间"
                "（设置 STATE_DIR）。"
            ) from error

    def _write(self, keys: tuple[ApiKey, ...]) -> None:
        """Write aside and move into place: whole or not at all."""
        aside = self._path.with_name(f"{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self._format.dump_json(_Stored(1, keys), indent=1))
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)
        finally:
            aside.unlink(missing_ok=True)


def _digest(text: str) -> str:
    """SHA-256 is enough: a key holds 256 random bits, and cannot be guessed like a password."""
    return hashlib.sha256(text.encode()).hexdigest()


def _same(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _checked(name: str, scopes: Collection[Scope], days: int | None, limit: str) -> str:
    """The name without blanks around it, once all that a key is made of is right."""
    name = name.strip()
    odd = any(unicodedata.category(character)[0] in "CZ" and character != " " for character in name)
    if not name or len(name) > MOST_NAME_CHARS or odd:
        raise SettingsError(
            f"密钥的名称不可用：应为 1 至 {MOST_NAME_CHARS} 个字，不含换行等控制字符。"
        )
    if not scopes:
        raise SettingsError(f"密钥至少要有一项权限：{'、'.join(Scope)}。")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise SettingsError(f"密钥的有效天数“{days}”不可用：应为 1 至 {MOST_DAYS} 天。")
    try:
        _limit(limit.strip())
    except ValueError:
        raise SettingsError(f"密钥的次数上限“{limit[:40]}”不可用：{EXPECTED}。") from None
    return name


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Meanwhile, no other process holds the lock, which goes with the process that holds it."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        try:
            import fcntl
        except ImportError:  # no POSIX: a file written aside is whole all the same
            yield
            return
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
