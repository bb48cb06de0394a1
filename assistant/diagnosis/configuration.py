"""Where the settings come from: misspelt names, and who else can read the secrets."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from assistant.diagnosis.findings import Finding, ok, warning
from assistant.settings import SECRETS, Settings, secret_files, secrets_folder

_ALIKE = 0.7
_ELSEWHERE = frozenset({"SECRETS_DIR", "CREDENTIALS_DIRECTORY"})


def settings_file(file: Path) -> Iterator[Finding]:
    """The names in a .env file, and who can read it.

    Raises:
        OSError: it cannot be read.
    """
    from dotenv import dotenv_values

    if not file.is_file():
        yield ok("设置", f"没有“{file}”文件，取环境变量和默认值。")
        return
    given = dotenv_values(file, encoding="utf-8")
    known = [name for name in given if name.lower() in Settings.model_fields]
    yield ok("设置", f"“{file}”里有{len(known)}项设置。")
    yield from _unknown(name for name in given if name not in known)
    secrets = [name.upper() for name in known if given[name] and name.upper() in SECRETS]
    if secrets and _open_to_all(file):
        yield warning(
            "设置",
            f"“{file}”里有{'、'.join(secrets)}，而本机的任何用户都能读它，"
            f"请运行 chmod 600 {file}。",
        )


def secrets() -> Iterator[Finding]:
    """The files of the folder of secrets, where there is one.

    Raises:
        SettingsError: the folder or one of its files cannot be read.
    """
    folder = secrets_folder()
    if folder is None:
        return
    files = secret_files(folder)
    yield ok("密钥文件", f"“{folder}”里有{len(files)}项设置。")
    seen = [file.name for file in files if _open_to_all(file)]
    if seen:
        names = "、".join(seen)
        yield warning("密钥文件", f"本机的任何用户都能读{names}，请运行 chmod 600。")


def _unknown(names: Iterable[str]) -> Iterator[Finding]:
    for name in names:
        if name.upper() in _ELSEWHERE:
            yield warning("设置", f"{name} 只能是环境变量，写在文件里没有作用。")
            continue
        near = difflib.get_close_matches(name.lower(), Settings.model_fields, 1, _ALIKE)
        meant = f"，是不是 {near[0].upper()}？" if near else "。"
        yield warning("设置", f"没有名为 {name} 的设置，它没有作用{meant}")


def _open_to_all(file: Path) -> bool:
    return bool(file.stat().st_mode & stat.S_IROTH)
