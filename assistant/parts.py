"""Everything that belongs to one version of an index, put together; replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant import vocabulary
from assistant.answering.extraction import Answerer
from assistant.answering.industry_map import IndustryMap
from assistant.answering.lookups import Lookups
from assistant.answering.project_matching import ProjectMatcher
from assistant.checking.entailment import SentenceCheck
from assistant.indexing.index import Index
from assistant.model import Encoder
from assistant.ranking.reranker import Reranker
from assistant.reading import unit_names
from assistant.reading.files import Stamp
from assistant.retrieval.filters import RowMasks
from assistant.retrieval.retriever import Retriever
from assistant.retrieval.routes import RoutedSearch
from assistant.settings import Settings
from assistant.understanding.areas import AreaFinder
from assistant.understanding.corrections import speller_for
from assistant.understanding.english import EnglishReader
from assistant.understanding.followup import Conversation
from assistant.understanding.question import Reader
from assistant.understanding.units import UnitFinder, UnitName, directory
from assistant.wording.chat_model import ChatModel
from assistant.wording.generation import Composer
from assistant.wording.query_rewriting import Rewriter


@dataclass(frozen=True, slots=True)
class Parts:
    """What reads, searches, answers and checks questions on one index.

    ``composer`` and ``rewriter`` are None where no LLM is set; ``stamp`` is how the corpus looked.
    """

    index: Index
    retriever: Retriever
    lookups: Lookups
    reader: Reader
    conversation: Conversation
    answerer: Answerer
    search: RoutedSearch
    names: Mapping[str, UnitName]
    check: SentenceCheck
    matcher: ProjectMatcher
    composer: Composer | None
    rewriter: Rewriter | None
    stamp: Stamp

    def name_of(self, unit: str) -> UnitName:
        """A unit with its other names."""
        return self.names.get(unit, UnitName(unit))


def assemble(
    index: Index,
    stamp: Stamp,
    encoder: Encoder,
    settings: Settings,
    *,
    reranker: Reranker | None = None,
    chat: ChatModel | None = None,
    whole: Parts | None = None,
) -> Parts:
    """The parts for an index; for an excerpt, ``whole`` are those of the index it was taken from.

    From the whole come the names of units and what is in force: a document that is left out may
    have repealed one that is not.

    Raises:
        SettingsError: a table of names or a prompt cannot be read.
    """
    words = vocabulary.shipped()
    spellings = unit_names.load(settings.unit_names_file)
    names = whole.names if whole else directory(index.documents, spellings)
    retriever = Retriever(index, encoder, words, reranker, settings.reranker_depth)
    lookups = Lookups(index, whole.lookups.relations if whole else None)
    listed = [names.get(n, UnitName(n)) for n in (whole.index if whole else index).units]
    issuers = [d.issuer for d in lookups.official]
    units = UnitFinder(listed, words.unit_names, words.generic, issuers, spellings)
    areas = _areas(index, names, issuers)
    reader = Reader(units, areas, words, retriever.known, lookups.official)
    masks = RowMasks(index, lookups.relations, units, areas)
    speller = speller_for(index, units, areas)
    english = EnglishReader((*areas.areas, *units.written, *units.issuing), speller.tokens)
    check = SentenceCheck(_written(names, index, areas))
    return Parts(
        index=index,
        retriever=retriever,
        lookups=lookups,
        reader=reader,
        conversation=Conversation(reader, speller.corrected, english),
        answerer=Answerer(index, retriever, lookups, masks, settings.refusal_threshold),
        search=RoutedSearch(reader, lookups, masks, retriever),
        names=names,
        check=check,
        matcher=ProjectMatcher(retriever, areas, _industries(index)),
        composer=Composer.open(chat, check, settings.prompts_dir) if chat else None,
        rewriter=Rewriter.open(chat, settings.prompts_dir) if chat else None,
        stamp=stamp,
    )


def _areas(index: Index, names: Mapping[str, UnitName], issuers: list[str]) -> AreaFinder:
    return AreaFinder(
        [a for e in index.industries for a in e.areas],
        {alias: n.name for n in names.values() for alias in n.aliases},
        issuers,
    )


def _industries(index: Index) -> IndustryMap:
    return IndustryMap.of(index.industries, index.documents, {})


def _written(names: Mapping[str, UnitName], index: Index, areas: AreaFinder) -> set[str]:
    """Every way in which units and areas are written: none may stand for another."""
    known = {w for n in names.values() for w in (n.name, n.full_name, *n.aliases) if w}
    listed = (a for d in index.documents for c in d.clauses for a in c.responsibility.assignments)
    return known | set(index.units) | set(areas.areas) | {a.unit for a in listed}
