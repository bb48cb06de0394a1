"""An inverted file (IVF) over 8-bit codes: vectors sorted into cells, few of which are searched.

The codes are kept twice: in faiss's lists, cell by cell, for the search, and here as one matrix by
row, for whoever asks for the vectors of given rows (faiss takes 3 µs for each).
"""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Codes = NDArray[np.uint8]  # shape (rows, dimension)

_CELLS_BY_ROOT = 1.5  # cells = 1.5·√rows: the cost of choosing cells stays below that of reading
_SAMPLE = 64  # training vectors a cell; k-means gains nothing from more
_LEAST = 39  # faiss calls fewer training vectors a cell too few
_ROUNDS = 10
_SEED = 1234
_PROBED = 6  # one cell in six is read at first
_REGROWN = sqrt(2)  # cells that are off by this factor: the rows have doubled or halved


def cells_for(rows: int) -> int:
    """How many cells suit so many rows, at least 1."""
    return max(1, min(round(_CELLS_BY_ROOT * sqrt(rows)), rows // _LEAST))


def still_suits(engine: Any, rows: int) -> bool:
    """Whether the cells of an index do for so many rows without new training."""
    ratio: float = cells_for(rows) / engine.nlist
    return 1 / _REGROWN <= ratio <= _REGROWN


def trained(vectors: Vectors) -> Any:
    """An empty index whose cells and 8-bit ranges are learnt from a seeded sample of vectors."""
    rows, dimension = vectors.shape
    cells = cells_for(rows)
    chosen = np.random.default_rng(_SEED).permutation(rows)[: cells * _SAMPLE]
    engine = _empty(dimension, cells)
    engine.train(np.ascontiguousarray(vectors[np.sort(chosen)]))
    return engine


def filled(engine: Any, vectors: Vectors) -> tuple[Any, Codes]:
    """A trained index with the vectors in it, row i being vector i, and their codes by row."""
    return _listed(engine, *_placed(engine, vectors))


def regathered(
    engine: Any, codes: Codes, rows: NDArray[np.int64], vectors: Vectors
) -> tuple[Any, Codes]:
    """An index with the same cells: its row i is row ``rows[i]`` of the old rows, then vectors."""
    places, added = _placed(engine, vectors)
    old = len(codes)
    known = rows < old
    found = np.empty((len(rows), codes.shape[1]), dtype=np.uint8)
    found[known] = codes[rows[known]]
    found[~known] = added[rows[~known] - old]
    return _listed(engine, np.concatenate([_places(engine), places])[rows], found)


def decoded(engine: Any, codes: Codes) -> Vectors:
    """The vectors that codes stand for."""
    found: Vectors = engine.sq.decode(np.ascontiguousarray(codes))
    return found


def _empty(dimension: int, cells: int) -> Any:
    import faiss

    engine = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        cells,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,  # codes of the vectors themselves, so that they mean the same in every cell
    )
    engine.cp.niter, engine.cp.seed, engine.cp.spherical = _ROUNDS, _SEED, True
    engine.cp.min_points_per_centroid = 1
    engine.nprobe = max(1, cells // _PROBED)
    return engine


def _placed(engine: Any, vectors: Vectors) -> tuple[NDArray[np.int64], Codes]:
    """The nearest cell of each vector, and its code."""
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if not len(vectors):
        return np.zeros(0, np.int64), np.zeros((0, engine.d), np.uint8)
    _, nearest = engine.quantizer.search(vectors, 1)
    return nearest[:, 0], engine.sq.compute_codes(vectors)


def _places(engine: Any) -> NDArray[np.int64]:
    """The cell of each row of an index."""
    import faiss

    places = np.zeros(engine.ntotal, dtype=np.int64)
    for cell in range(engine.nlist):
        size = engine.invlists.list_size(cell)
        if size:
            places[faiss.rev_swig_ptr(engine.invlists.get_ids(cell), size)] = cell
    return places


def _listed(like: Any, places: NDArray[np.int64], codes: Codes) -> tuple[Any, Codes]:
    """An index with the training of another and the given codes in the given cells."""
    import faiss

    engine = _empty(like.d, like.nlist)
    engine.quantizer.add(like.quantizer.reconstruct_n(0, like.nlist))
    faiss.copy_array_to_vector(faiss.vector_to_array(like.sq.trained), engine.sq.trained)
    engine.is_trained = True
    order = np.argsort(places, kind="stable")
    bounds = np.searchsorted(places[order], np.arange(like.nlist + 1))
    for cell, (start, end) in enumerate(pairwise(bounds.tolist())):
        rows = order[start:end]
        block = np.ascontiguousarray(codes[rows])
        engine.invlists.add_entries(cell, len(rows), faiss.swig_ptr(rows), faiss.swig_ptr(block))
    engine.ntotal = len(places)
    return engine, codes
