"""The part of an index that holds some of its documents, as if there were no others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from assistant.indexing.dense import DenseStore
from assistant.indexing.index import Index, indexed, unit_table
from assistant.indexing.passage_index import PassageIndex


def excerpt(index: Index, chosen: Collection[str]) -> Index:
    """The index of the documents of these ids; nothing is cut into tokens or embedded again.

    What comes of it is what an index of these documents alone would give: rows, statistics, unit
    and industry tables.
    """
    documents = tuple(d for d in index.documents if d.id in chosen)
    of = {d.id: d for d in documents}
    places = np.flatnonzero([c.document_id in of for c in index.rows])
    rows = tuple(index.rows[at] for at in places.tolist())
    passages = [indexed(c, of[c.document_id], titled=index.several) for c in rows]
    clauses = {c.id for d in documents for c in d.clauses}
    return replace(
        index,
        documents=documents,
        rows=rows,
        search=PassageIndex.of(
            passages,
            index.lexical.bags.taken(places),
            DenseStore.build(index.dense.vectors(places)),
        ),
        units=unit_table(documents),
        industries=tuple(e for e in index.industries if e.clause_id in clauses),
        digests=index.digests[places],
    )
