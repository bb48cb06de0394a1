"""Administration: what is taken into the corpus, replaced, withdrawn and restored. No HTTP.

Every act moves whole files, so that whoever reads the corpus meanwhile sees the old or the new.
Nothing that was ever accepted is deleted: what is withdrawn waits in a folder of its own.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol

from assistant import clock
from assistant.administration.corpus_files import CorpusFiles, Withdrawn
from assistant.administration.rebuilding import Build, Progress, Rebuilder
from assistant.administration.uploads import Duplicate, Reader, Staged, Uploads, duplicates
from assistant.errors import AdministrationError
from assistant.indexing import building, versions
from assistant.model import Document, Encoder
from assistant.progress import tell
from assistant.reading.files import FileRecord
from assistant.settings import Settings

log = logging.getLogger(__name__)


class Served(Protocol):
    """What administration needs of the assistant that answers."""

    def files(self) -> tuple[FileRecord, ...]:
        """The files of the running index."""
        ...

    def documents(self) -> tuple[Document, ...]:
        """The documents of the running index."""
        ...

    def document(self, document_id: str) -> Document:
        """One of them, or UnknownDocument."""
        ...

    def refresh(self) -> bool:
        """Take up a newer index."""
        ...

    def info(self) -> dict[str, Any]:
        """What the running index was made of."""
        ...


@dataclass(frozen=True, slots=True)
class Health:
    """The running index in figures and sentences; ``built`` is when it was written."""

    documents: int
    clauses: int
    encoder: str
    problems: tuple[str, ...]
    notices: tuple[str, ...]
    built: datetime | None


class Administration:
    """The acts of an administrator on one corpus; threads may share it.

    ``encoder`` is the one that the assistant has already loaded, so that no build loads a second.
    """

    def __init__(
        self,
        settings: Settings,
        served: Served,
        *,
        encoder: Encoder | None = None,
        build: Build | None = None,
        reader: Reader | None = None,
    ) -> None:
        self._served, self._index = served, settings.index_dir
        self._files = CorpusFiles(settings.corpus_dir, settings.state_dir / "withdrawn")
        self._uploads = Uploads(settings.state_dir / "uploads", settings.upload_limit_mib, reader)
        self._rebuilder = Rebuilder(build or _builder(settings, served, encoder))
        self._moving = threading.Lock()

    def documents(self) -> tuple[Document, ...]:
        """The documents that answers come from now."""
        return self._served.documents()

    def document(self, document_id: str) -> Document:
        """One of them.

        Raises:
            UnknownDocument: no document has this id.
        """
        return self._served.document(document_id)

    # Uploads ------------------------------------------------------------------------------------

    def stage(self, name: str, data: IO[bytes]) -> Staged:
        """Read an uploaded file, to be looked over.

        Raises:
            AdministrationError: of no known format, empty, too large, or it cannot be written.
        """
        return self._uploads.add(name, data)

    def staged(self, upload_id: str) -> Staged:
        """An upload that waits.

        Raises:
            UnknownUpload: none such waits.
        """
        return self._uploads.get(upload_id)

    def duplicates(self, staged: Staged) -> tuple[Duplicate, ...]:
        """The documents that an upload repeats, the likest first."""
        return duplicates(staged, self._served.documents(), self._served.files())

    def discard(self, upload_id: str) -> None:
        """Throw an upload away.

        Raises:
            UnknownUpload: this is no id.
        """
        self._uploads.discard(upload_id)

    def accept(self, upload_id: str, replaces: str = "") -> str:
        """Take an upload into the corpus, in place of a document where one is named; rebuild.

        The name that its file has in the corpus.

        Raises:
            AdministrationError: it gave no document, is there already, or cannot be written.
            UnknownDocument: there is no document to replace.
        """
        with self._moving:
            staged = self._uploads.get(upload_id)
            if staged.document is None:
                raise AdministrationError(staged.problem)
            for same in self.duplicates(staged):
                if same.whole:
                    raise AdministrationError(
                        f"《{same.document.title}》的内容已经收录，与这份文件相同，不必再收录。"
                    )
            if replaces:
                old = self._served.document(replaces)
                names = self._files_of(old)
                folder = Path(names[0]).parent.as_posix()
                leave = partial(self._files.put_away, old, names)
                name = self._files.bring(staged.path, folder, leave)
            else:
                name = self._files.bring(staged.path)
            self._uploads.discard(upload_id)
        log.info("管理：收录“%s”%s", name, f"，替换 {replaces}" if replaces else "")
        self._rebuilder.start(file=name)
        return name

    # Withdrawing --------------------------------------------------------------------------------

    def withdraw(self, document_id: str) -> Withdrawn:
        """Move a document's files out of the corpus; rebuild.

        Raises:
            UnknownDocument: no document has this id.
            AdministrationError: it is the last one, or its files cannot be moved.
        """
        document = self._served.document(document_id)
        with self._moving:
            names = self._files_of(document)
            if not any(f.document_id for f in self._served.files() if f.name not in names):
                raise AdministrationError(
                    f"《{document.title}》是唯一的文件，撤下后没有文件可以作答，请先收录其他文件。"
                )
            found = self._files.put_away(document, names)
        log.info("管理：撤下“%s”", "、".join(found.files))
        self._rebuilder.start()
        return found

    def withdrawn(self) -> tuple[Withdrawn, ...]:
        """What has been withdrawn and not restored, the latest first."""
        return self._files.withdrawn()

    def restore(self, name: str) -> tuple[str, ...]:
        """Move what was withdrawn back into the corpus; rebuild. The names of the files there.

        Raises:
            AdministrationError: nothing such was withdrawn, or it cannot be moved.
        """
        with self._moving:
            names = self._files.give_back(name)
        log.info("管理：恢复“%s”", "、".join(names))
        self._rebuilder.start(file=names[0] if names else "")
        return names

    # The index ----------------------------------------------------------------------------------

    def rebuild(self, *, force: bool = False) -> None:
        """Bring the index up to date in the background; ``force`` reads every file again."""
        self._rebuilder.start(force=force)

    def progress(self) -> Progress:
        """How far the build is."""
        return self._rebuilder.progress()

    def wait(self, seconds: float | None = None) -> Progress:
        """How far the build is once it has ended, or after so many seconds."""
        return self._rebuilder.wait(seconds)

    def document_of(self, file: str) -> Document | None:
        """The document that a file of the corpus gave, or that it repeats; None for none."""
        by_name = {f.name: f for f in self._served.files()}
        found = by_name.get(file)
        if found is not None and found.copy_of:
            found = by_name.get(found.copy_of)
        known = {d.id: d for d in self._served.documents()}
        return known.get(found.document_id) if found else None

    def health(self) -> Health:
        """What the running index is made of, and what it could not read."""
        info = self._served.info()
        name = versions.current_or_none(self._index)
        try:
            written = (self._index / name / versions.MANIFEST).stat().st_mtime if name else None
        except OSError:  # another process has just made a newer one
            written = None
        return Health(
            info.get("documents", 0),
            info.get("clauses", 0),
            info.get("encoder", ""),
            tuple(info.get("problems", ())),
            tuple(info.get("notices", ())),
            clock.at(written) if written else None,
        )

    def _files_of(self, document: Document) -> list[str]:
        """The files that give a document, and their copies, which would give it again."""
        files = self._served.files()
        own = [f.name for f in files if f.document_id == document.id]
        found = own + [f.name for f in files if f.copy_of in own]
        if not any(map(self._files.has, found)):
            raise AdministrationError(
                f"《{document.title}》的文件已不在文件夹中，请等索引更新后再试。"
            )
        return found


def _builder(settings: Settings, served: Served, encoder: Encoder | None) -> Build:
    def build(force: bool) -> None:
        tell("读取文件")
        building.build(settings, encoder=encoder, force=force)
        tell("换上新的索引")
        served.refresh()

    return build
