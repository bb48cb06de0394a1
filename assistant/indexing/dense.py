"""Nearest unit vectors by inner product; with :mod:`assistant.indexing.cells` the owner of faiss.

Up to ``exact_rows`` every row is compared. Above that an inverted file of 8-bit codes is searched,
and as many of its cells are read as a measured recall of 0.98 takes. Both are mapped into memory
when loaded. A search runs on the thread that asks for it, and threads may share a store.
"""

from __future__ import annotations

import json
from math import ceil, sqrt
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from assistant.indexing import cells
from assistant.indexing.recall import ROUNDING, Reference, disturbed, products

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

EXACT_ROWS = 100_000
RECALL = 0.98
RECALL_OF_STORED = 0.99  # of the rounded vectors' best; rounding costs about as much again
_ENGINE, _IDS, _CODES, _FACTS = "vectors.faiss", "ids.npy", "codes.npy", "dense.json"
_SPARE = 16  # rows asked for beyond the limit, to see whether the last place is tied
_GAIN = 0.001  # less recall from twice the cells: the rest is lost to 8 bits
_BLOCK = 8192
_SAMPLE = 200
_SEED = 7


class DenseStore:
    """Cosine similarity of a question's vector to the vector of every row.

    ``ids`` name the rows for good: rows move when others come and go, their ids do not.
    ``measured`` is recall@10 of the search: against exact after ``build``, against an exact search
    of the stored 8-bit vectors after ``updated``, which has no others.
    """

    def __init__(
        self,
        engine: Any,
        *,
        ids: Rows | None = None,
        codes: cells.Codes | None = None,
        exact_rows: int = EXACT_ROWS,
        measured: float = 1.0,
        next_id: int = 0,
    ) -> None:
        self.engine = engine
        self.rows = int(engine.ntotal)
        self.dimension = int(engine.d)
        self.ids = np.arange(self.rows, dtype=np.int64) if ids is None else ids
        self.exact_rows = exact_rows
        self.measured = measured
        self._next_id = max(next_id, int(self.ids.max(initial=-1)) + 1)
        self._codes = codes
        self._plain = _view(engine) if codes is None else None

    @classmethod
    def build(
        cls, vectors: Vectors, *, ids: Rows | None = None, exact_rows: int = EXACT_ROWS
    ) -> Self:
        """Index float32 vectors of shape (rows, dimension) and unit length; row i is vector i.

        Raises ValueError when ``ids`` are not as many as the rows, or not distinct.
        """
        import faiss

        if ids is not None and (len(ids) != len(vectors) or len(np.unique(ids)) != len(ids)):
            raise ValueError("ids must be distinct, one for each row")
        if len(vectors) > exact_rows:
            engine, codes = cells.filled(cells.trained(vectors), vectors)
            store = cls(engine, ids=ids, codes=codes, exact_rows=exact_rows)
            queries = store._queries(_SAMPLE)
            store._calibrate(store._reference(queries, 10, vectors), RECALL)
            return store
        engine = faiss.IndexFlatIP(vectors.shape[1])
        engine.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(engine, ids=ids, exact_rows=exact_rows)

    def _calibrate(self, reference: Reference, enough: float) -> None:
        """Read twice the cells until recall is enough, or until more cells do not help."""
        self.measured = reference.reached(self.search)
        while self.measured < enough and self.probes < self._all:
            before, self.engine.nprobe = self.probes, min(2 * self.probes, self._all)
            wider = reference.reached(self.search)
            if wider - self.measured < _GAIN:
                self.engine.nprobe = before
                return
            self.measured = wider

    @property
    def exact(self) -> bool:
        """Whether a search compares every row, in float32."""
        return self._codes is None

    @property
    def probes(self) -> int:
        """How many cells a search reads; 0 when it is exact."""
        return 0 if self.exact else int(self.engine.nprobe)

    @property
    def _all(self) -> int:
        return 0 if self.exact else int(self.engine.nlist)

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of some rows, shape (len(rows), dimension); rounded if not exact."""
        if self._plain is not None:
            return self._plain[rows]
        return cells.decoded(self.engine, self._codes[rows])  # type: ignore[index]

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        """Cosines of some rows to a vector of shape (dimension,), shape (len(rows),)."""
        return products(self.vectors(rows), vector)

    def scores(self, vector: Vectors) -> Vectors:
        """Cosine of every row, shape (rows,); takes milliseconds for each ten thousand rows."""
        found = np.zeros(self.rows, dtype=np.float32)
        for start in range(0, self.rows, _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, self.rows))
            found[rows] = self.cosines(vector, rows)
        return found

    def search(
        self, vector: Vectors, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Rows, Vectors]:
        """Rows and cosines of the ``limit`` nearest rows, best first, equal ones in row order.

        ``allowed``, of shape (rows,), leaves out rows before the search: there are fewer than
        ``limit`` results only where fewer are allowed.
        """
        reachable = self.rows if allowed is None else int(np.count_nonzero(allowed))
        limit = min(limit, reachable)
        if limit <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        mask = allowed if reachable < self.rows else None
        rows = self._candidates(vector, limit, mask, self._cells_to_read(reachable))
        if len(rows) < limit and not self.exact:
            rows = self._candidates(vector, limit, mask, self._all)
        cosines = self.cosines(vector, rows)
        best = np.lexsort((rows, -cosines))[:limit]
        return rows[best], cosines[best]

    def _cells_to_read(self, reachable: int) -> int:
        """The fewer rows are allowed, the more cells are read: the best are further apart."""
        wider = ceil(self.probes * sqrt(self.rows / reachable))
        return min(self._all, wider)

    def _candidates(
        self, vector: Vectors, limit: int, allowed: NDArray[np.bool_] | None, read: int
    ) -> Rows:
        """At least the ``limit`` best rows of the cells read, with all that may equal the last."""
        asked, wanted = vector[None, :], min(limit + _SPARE, self.rows)
        chosen = self._chosen(allowed, read)
        cosines, rows = self.engine.search(asked, wanted, params=chosen)
        found: Rows = rows[0][rows[0] >= 0]
        if len(found) < wanted or wanted == self.rows:
            return found
        edge = float(cosines[0, limit - 1]) - ROUNDING
        if cosines[0, -1] < edge:
            return found
        tied: Rows = self.engine.range_search(asked, edge, params=chosen)[2]
        return tied

    def _chosen(self, allowed: NDArray[np.bool_] | None, read: int) -> Any:
        """The search parameters for so many cells (0: no cells) and the allowed rows."""
        import faiss

        # faiss's type hints know its C++ signatures only
        flat: Any = faiss.SearchParameters
        inverted: Any = faiss.SearchParametersIVF
        bitmap: Any = faiss.IDSelectorBitmap
        only = {}
        if allowed is not None:
            only["sel"] = bitmap(np.packbits(allowed, bitorder="little"))
        return inverted(nprobe=read, **only) if read else flat(**only)

    def recall(
        self,
        sample: int = _SAMPLE,
        limit: int = 10,
        *,
        queries: Vectors | None = None,
        vectors: Vectors | None = None,
    ) -> float:
        """Share of the exact ``limit`` best rows that a search finds, in [0, 1].

        The queries are ``sample`` seeded rows with noise of their own length, unless given. Exact
        is what ``vectors``, the ones that were indexed, say; without them the stored ones do. A row
        that equals the last of the exact ones counts as one of them.
        """
        asked = self._queries(sample) if queries is None else queries
        return self._reference(asked, limit, vectors).reached(self.search)

    def _queries(self, sample: int, among: Rows | None = None) -> Vectors:
        """Like questions about a seeded sample of some rows, or of all."""
        rows = np.random.default_rng(_SEED).permutation(self.rows if among is None else among)
        return disturbed(self.vectors(np.sort(rows[:sample])), _SEED)

    def _reference(self, queries: Vectors, limit: int, vectors: Vectors | None) -> Reference:
        limit = min(limit, self.rows)
        if vectors is not None:
            return Reference.of(vectors, queries, limit)
        found, _ = self.engine.search(queries, limit, params=self._chosen(None, self._all))
        return Reference(queries, limit, found[:, -1])

    def updated(self, before: Rows, vectors: Vectors) -> Self:
        """A store whose row i is row ``before[i]`` of this one, or the next of ``vectors`` at -1.

        A row keeps its id (when asked for twice, the first of the two does); a new one gets an id
        that none has had. The cells stay as trained until the rows have doubled or halved; how many
        are read is measured anew, on the new rows as on all, since new topics have no cells.
        """
        new = before < 0
        ids = self._carried(before)
        facts: dict[str, Any] = {"ids": ids, "exact_rows": self.exact_rows}
        if self._codes is not None and cells.still_suits(self.engine, len(before)):
            taken = before.copy()
            taken[new] = self.rows + np.arange(np.count_nonzero(new))
            engine, codes = cells.regathered(self.engine, self._codes, taken, vectors)
            made = type(self)(engine, codes=codes, **facts)
            asked = [made._queries(_SAMPLE), made._queries(_SAMPLE, np.flatnonzero(new))]
            made._calibrate(made._reference(np.concatenate(asked), 10, None), RECALL_OF_STORED)
        else:
            joined = np.empty((len(before), self.dimension), dtype=np.float32)
            joined[~new], joined[new] = self.vectors(before[~new]), vectors
            made = type(self).build(joined, **facts)
        made._next_id = max(made._next_id, self._next_id)
        return made

    def _carried(self, before: Rows) -> Rows:
        ids = np.full(len(before), -1, dtype=np.int64)
        kept = np.flatnonzero(before >= 0)
        _, first = np.unique(before[kept], return_index=True)
        ids[kept[first]] = self.ids[before[kept[first]]]
        unnamed = ids < 0
        ids[unnamed] = self._next_id + np.arange(np.count_nonzero(unnamed))
        return ids

    def save(self, folder: Path) -> None:
        """Write faiss's own format, arrays (.npy) and facts (.json) into a new folder."""
        import faiss

        folder.mkdir()
        faiss.write_index(self.engine, str(folder / _ENGINE))
        np.save(folder / _IDS, self.ids, allow_pickle=False)
        if self._codes is not None:
            np.save(folder / _CODES, self._codes, allow_pickle=False)
        facts = {
            "exact_rows": self.exact_rows,
            "measured": self.measured,
            "next_id": self._next_id,
        }
        (folder / _FACTS).write_text(json.dumps(facts), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Map what ``save`` wrote into memory.

        Raises OSError, ValueError, TypeError or RuntimeError (of faiss) when it cannot be read.
        """
        import faiss

        engine = faiss.read_index(str(folder / _ENGINE), faiss.IO_FLAG_MMAP_IFC)
        ids = np.load(folder / _IDS, allow_pickle=False)
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        inverted = isinstance(engine, faiss.IndexIVF)
        codes = np.load(folder / _CODES, mmap_mode="r", allow_pickle=False) if inverted else None
        if len(ids) != engine.ntotal or (codes is not None and len(codes) != len(ids)):
            raise ValueError("rows of the dense index do not match")
        return cls(engine, ids=ids, codes=codes, **facts)


def _view(engine: Any) -> Vectors:
    """The vectors of a flat index, without a copy."""
    import faiss

    if not engine.ntotal:
        return np.zeros((0, engine.d), dtype=np.float32)
    found: Vectors = faiss.rev_swig_ptr(engine.get_xb(), engine.ntotal * engine.d)
    return found.reshape(engine.ntotal, engine.d)
