"""The files of the corpus as an administrator moves them: brought in, put away, given back.

A file appears under its name only when all of it is there, and nothing that lay in the corpus is
ever deleted: what is put away keeps its path below a folder of its own.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant import clock
from assistant.administration.uploads import not_written
from assistant.errors import AdministrationError
from assistant.model import Document
from assistant.reading import loaders, sidecar
from assistant.reading.files import encodable

_RECORD = "withdrawn.json"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was withdrawn: ``name`` for restoring it, what it was, its files and when."""

    name: str
    title: str
    doc_number: str
    files: tuple[str, ...]
    at: datetime | None


class CorpusFiles:
    """A corpus, and the folder for what is withdrawn from it. One thread at a time."""

    def __init__(self, corpus: Path, away: Path) -> None:
        self._corpus, self._away = corpus, away

    def has(self, name: str) -> bool:
        """Whether the corpus holds a file of this name."""
        return (self._corpus / name).is_file()

    def bring(
        self, source: Path, folder: str = "", making_room: Callable[[], object] | None = None
    ) -> str:
        """Move a file with its sidecar into a folder of the corpus; the name that it has there.

        ``making_room`` is called when all of the file is on the disk but not yet in the corpus.

        Raises:
            AdministrationError: it cannot be written.
        """
        with _written(self._corpus):
            into = self._corpus / folder
            into.mkdir(parents=True, exist_ok=True)
            aside = into / f".{secrets.token_hex(8)}"  # hidden: the corpus passes it over
            try:
                shutil.copy2(source, aside)
                if making_room is not None:
                    making_room()
                target = _free(into, source.stem, source.suffix)
                beside = sidecar.beside(source)
                if beside.is_file():
                    shutil.copy2(beside, sidecar.beside(target))
                aside.replace(target)
            finally:
                aside.unlink(missing_ok=True)
        return target.relative_to(self._corpus).as_posix()

    def put_away(self, document: Document, names: Sequence[str]) -> Withdrawn:
        """Move a document's files and their sidecars out of the corpus.

        Raises:
            AdministrationError: they cannot be moved.
        """
        now = clock.now()
        with _written(self._away):
            folder = _free(self._away, f"{now:%Y%m%dT%H%M%SZ}-{encodable(Path(names[0]).stem)}")
            for name in names:
                source, target = self._corpus / name, folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                _move_sidecar(source, target)
                if source.exists():
                    shutil.move(source, target)
            record = {"title": document.title, "doc_number": document.doc_number}
            text = json.dumps(record | {"at": now.isoformat()}, ensure_ascii=False)
            (folder / _RECORD).write_text(text, encoding="utf-8")
        return _put(folder)

    def withdrawn(self) -> tuple[Withdrawn, ...]:
        """What was put away and not given back, the latest first."""
        folders = [folder for folder in self._away.glob("*") if folder.is_dir()]
        return tuple(_put(folder) for folder in sorted(folders, reverse=True))

    def give_back(self, name: str) -> tuple[str, ...]:
        """Move what was put away into the corpus again; the names of the files there.

        Raises:
            AdministrationError: nothing such was put away, or it cannot be moved.
        """
        folder = next((f for f in self._away.glob("*") if f.name == name), None)
        if folder is None:
            raise AdministrationError("没有这份撤下的文件，它可能已经恢复。")
        names = tuple(
            self.bring(path, path.relative_to(folder).parent.as_posix())
            for path in _documents(folder)
        )
        shutil.rmtree(folder, ignore_errors=True)  # all of it is in the corpus again
        return names


def _put(folder: Path) -> Withdrawn:
    files = tuple(encodable(str(p.relative_to(folder))) for p in _documents(folder))
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(record["at"])
        return Withdrawn(folder.name, record["title"], record["doc_number"], files, at)
    except (OSError, ValueError, KeyError, TypeError):  # someone has put it there by hand
        return Withdrawn(folder.name, folder.name, "", files, None)


def _documents(folder: Path) -> Sequence[Path]:
    """The document files of a folder, in order of name."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in loaders.SUFFIXES)


def _move_sidecar(source: Path, target: Path) -> None:
    """Let a document take its sidecar along; one that another file shares stays, too."""
    beside = sidecar.beside(source)
    if not beside.is_file():
        return
    others = [p for p in source.parent.glob("*") if p.stem == source.stem and p != source]
    if any(p.suffix.lower() in loaders.SUFFIXES for p in others):
        shutil.copy2(beside, sidecar.beside(target))
    else:
        shutil.move(beside, sidecar.beside(target))


def _free(folder: Path, stem: str, suffix: str = "") -> Path:
    """A path whose stem no other file of the folder has, so that no sidecar is shared."""
    taken = {(p.stem if suffix else p.name).casefold() for p in folder.glob("*")}
    free, again = stem, 1
    while free.casefold() in taken:
        again += 1
        free = f"{stem}-{again}"
    return folder / f"{free}{suffix}"


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AdministrationError(not_written(folder, error)) from error
