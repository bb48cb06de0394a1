"""Questions put to some of the documents only: their parts, made when first asked for and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection

from assistant.errors import UnknownDocument
from assistant.indexing.excerpt import excerpt
from assistant.indexing.index import Index
from assistant.model import reference
from assistant.parts import Parts

KEPT = 8
_NAMED = 2  # documents that a note names before it counts them


class Scopes:
    """The parts of one index and of the excerpts of it that were asked for last.

    An answer in a scope is what these documents alone would give; only what is in force is judged
    by all. Safe to share between threads.
    """

    def __init__(self, whole: Parts, assemble: Callable[[Index, Parts], Parts]) -> None:
        self.whole = whole
        self._assemble = assemble
        self._made: OrderedDict[frozenset[str], Parts] = OrderedDict()
        self._making = threading.Lock()

    def parts(self, documents: Collection[str] = ()) -> Parts:
        """The parts for the documents of these ids; all when none is named.

        Raises:
            UnknownDocument: there is no document of an id.
        """
        known = self.whole.lookups.documents
        for document in documents:
            if document not in known:
                raise UnknownDocument(document)
        chosen = frozenset(documents)
        if not chosen or len(chosen) == len(known):
            return self.whole
        with self._making:
            found = self._made.get(chosen)
            if found is None:
                found = self._assemble(excerpt(self.whole.index, chosen), self.whole)
            self._made[chosen] = found
            self._made.move_to_end(chosen)
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        return found


def scope_note(parts: Parts) -> str:
    """Says to the reader that only some documents were searched."""
    documents = parts.index.documents
    named = "、".join(reference(d.title, d.doc_number) for d in documents[:_NAMED])
    more = f"等{len(documents)}份文件" if len(documents) > _NAMED else ""
    return f"只在所选范围内查找：{named}{more}。"
