"""The house's laws: floors, owners, sizes. Each law is a function from sources to its violations.

A law is tried twice: on the code as it is, where it must find nothing, and on a few lines that
break it, where it must find exactly that.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "assistant"

# A module imports only from lower floors. Halves order neighbours on one floor: 2 < 2.5 < 3.
# A module in a folder is named with it ("reading.loaders"), the folder's __init__ by the folder.
FLOORS: dict[str, float] = {
    # 0 words
    "errors": 0,
    "validity": 0,
    "clock": 0,
    "stages": 0,
    "progress": 0.1,
    "decoding": 0.1,
    "model": 0.1,
    "answer": 0,
    "text": 0.2,
    "revision": 0,
    "processes": 0.1,
    "settings": 0.5,
    "vocabulary": 0.5,
    "characters": 0.5,
    "spelling": 0.6,
    # 1 reading
    "reading": 1,
    "reading.source": 1,
    "reading.lines": 1,
    "reading.dates": 1,
    "reading.doc_numbers": 1,
    "reading.numbering": 1,
    "reading.note_words": 1,
    "reading.unit_names": 1,
    "reading.industry_areas": 0.95,
    "reading.industries": 1,
    "reading.records": 1,
    "reading.sidecar": 1,
    "reading.editions": 1,
    "reading.wrapping": 1.05,
    "reading.hard_wraps": 1.07,
    "reading.glyphs": 1.07,
    "reading.grids": 1.08,
    "reading.mentions": 1.05,
    "reading.web_header": 1.05,
    "reading.passing_notes": 1.05,
    "reading.classification": 1.05,
    "reading.signature": 1.05,
    "reading.titles": 1.05,
    "reading.formats": 1,
    "reading.formats.archive": 1.1,
    "reading.formats.html_table": 1.1,
    "reading.formats.markup": 1.15,
    "reading.formats.word_numbering": 1.15,
    "reading.formats.word_styles": 1.15,
    "reading.formats.word_lines": 1.17,
    "reading.formats.pdf_page": 1.15,
    "reading.formats.pdf_text": 1.17,
    "reading.formats.plain": 1.2,
    "reading.formats.markdown": 1.25,
    "reading.formats.webpage": 1.25,
    "reading.formats.word": 1.25,
    "reading.formats.pdf": 1.25,
    "reading.formats.ofd": 1.25,
    "reading.formats.libreoffice": 1.3,
    "reading.loaders": 1.4,
    "reading.notes": 1.1,
    "reading.unit_levels": 1.1,
    "reading.validity_terms": 1.1,
    "reading.links": 1.1,
    "reading.relations": 1.1,
    "reading.clause_nodes": 1.2,
    "reading.clause_labels": 1.3,
    "reading.provisions": 1.1,
    "reading.metadata": 1.2,
    "reading.responsibility": 1.2,
    "reading.glued_numbers": 1.3,
    "reading.contents": 1.3,
    "reading.imprint": 1.3,
    "reading.annexes": 1.3,
    "reading.paragraph_groups": 1.3,
    "reading.clause_tree": 1.3,
    "reading.numbering_report": 1.3,
    "reading.structure": 1.5,
    "reading.ingest": 1.2,
    "reading.files": 1.5,
    "reading.corpus": 1.7,
    # 2 indexing
    "indexing": 2,
    "indexing.static_encoder": 2,
    "indexing.model_prompts": 2,
    "indexing.pretrained": 2,
    "indexing.transformer_encoder": 2.05,
    "indexing.encoder": 2.1,
    "indexing.recall": 2,
    "indexing.cells": 2.03,
    "indexing.dense": 2.05,
    "indexing.counting": 2,
    "indexing.bags": 2.03,
    "indexing.passages": 2,
    "indexing.versions": 2,
    "indexing.lexical": 2.1,
    "indexing.manifest": 2.1,
    "indexing.passage_index": 2.15,
    "indexing.index": 2.2,
    "indexing.excerpt": 2.3,
    "indexing.building": 2.4,
    # 2.5 ranking
    "ranking": 2.5,
    "ranking.features": 2.55,
    "ranking.reranker": 2.5,
    "ranking.ranker": 2.6,
    "ranking.search": 2.7,
    # 3 understanding: what is asked
    "understanding": 3,
    "understanding.units": 3,
    "understanding.personal_numbers": 3,
    "understanding.areas": 3,
    "understanding.details": 3,
    "understanding.document_facts": 3,
    "understanding.quantities": 3,
    "understanding.document_mentions": 3,
    "understanding.injection": 3,
    "understanding.romanised": 3,
    "understanding.clause_references": 3,
    "understanding.english_terms": 3,
    "understanding.modality": 3,
    "understanding.english_phrase": 3.02,
    "understanding.english": 3.05,
    "understanding.corrections": 3.05,
    "understanding.question": 3.1,
    "understanding.comparison": 3.15,
    "understanding.followup": 3.2,
    # 3 retrieval: the clauses that fit
    "retrieval": 3,
    "retrieval.occurrences": 3,
    "retrieval.nearness": 3,
    "retrieval.retriever": 3.02,
    "retrieval.filters": 3.1,
    "retrieval.routes": 3.5,
    # 3 wording: an LLM's words
    "wording": 3,
    "wording.breaker": 3,
    "wording.model_failures": 3,
    "wording.prompt_files": 3,
    "wording.sentence_stream": 3,
    "wording.chat_model": 3.05,
    "wording.query_rewriting": 3.1,
    "wording.generation": 3.25,
    # 3 checking
    "checking": 3,
    "checking.bare_text": 3,
    "checking.alignment": 3.05,
    "checking.entailment": 3.1,
    "checking.verification": 3.3,
    # 3 answering
    "answering": 3,
    "answering.polar": 3.03,
    "answering.short_answers": 3.03,
    "answering.premises": 3.05,
    "answering.drafting": 3.2,
    "answering.passages": 3.3,
    "answering.force": 3.3,
    "answering.refusing": 3.3,
    "answering.joining": 3.3,
    "answering.provision_answers": 3.35,
    "answering.exclusions": 3.35,
    "answering.english_gloss": 3.35,
    "answering.clause_openings": 3.35,
    "answering.lookups": 3.4,
    "answering.gate": 3.5,
    "answering.unit_tasks": 3.5,
    "answering.overview": 3.5,
    "answering.industry_answers": 3.5,
    "answering.openings": 3.5,
    "understanding.projects": 3.05,
    "answering.unit_partners": 3.55,
    "answering.tallies": 3.55,
    "answering.industry_map": 3.05,
    "answering.project_matches": 3.1,
    "answering.project_matching": 3.3,
    "answering.extraction": 3.6,
    "answering.compound": 3.65,
    "answering.comparison_answers": 3.65,
    "parts": 3.8,
    "replies": 3.9,
    # 4 one object
    "scopes": 3.9,
    "rendering": 4,
    "finishing": 4.1,
    "restoring": 4.1,
    "catalogue": 4.2,
    "administration.administration": 4.6,
    "ledger": 4,
    "ledger.entries": 4,
    "ledger.masking": 4,
    "ledger.pseudonyms": 4,
    "ledger.tables": 4,
    "ledger.engines": 4.1,
    "ledger.exporting": 4.1,
    "ledger.writer": 4.1,
    "ledger.store": 4.2,
    "ledger.ledger": 4.3,
    "administration.rebuilding": 4.5,
    "administration.uploads": 4.5,
    "administration.corpus_files": 4.55,
    # 4 who may call, and what is measured
    "redis_connections": 4,
    "access": 4,
    "access.addresses": 4,
    "access.permissions": 4,
    "access.quotas": 4,
    "access.windows": 4,
    "access.keys": 4.1,
    "access.rate_limits": 4.4,
    "monitoring": 4,
    "monitoring.metrics": 4,
    "monitoring.logs": 4.35,
    "service": 4.5,
    # 5 faces
    "faces": 5,
    "faces.middleware": 5,
    "faces.middleware.requests": 5.25,
    "faces.middleware.authentication": 5.25,
    "faces.middleware.request_limits": 5.25,
    "faces.middleware.json_bodies": 5.25,
    "faces.middleware.head_requests": 5.25,
    "faces.middleware.forwarded_headers": 5.25,
    "faces.middleware.security_headers": 5.25,
    "faces.middleware.installing": 5.4,
    "faces.operations": 5.35,
    "faces.mcp_tools": 5.3,
    "faces.mcp_alias": 5.3,
    "faces.mcp_server": 5.5,
    "faces.chat.private_events": 5.25,
    "faces.listening": 5,
    "faces.background": 5.1,
    "faces.forwarding": 5.5,
    "faces.workers": 5.6,
    "faces.arguments": 5.1,
    "faces.operating_options": 5.15,
    "faces.operating": 5.78,
    "diagnosis": 5.6,
    "diagnosis.findings": 5.6,
    "diagnosis.installation": 5.65,
    "diagnosis.configuration": 5.65,
    "diagnosis.knowledge": 5.65,
    "diagnosis.stores": 5.65,
    "diagnosis.exposure": 5.7,
    "diagnosis.services": 5.7,
    "diagnosis.examination": 5.75,
    "faces.site": 5,
    "faces.chat": 5,
    "faces.admin": 5,
    "administration": 4.5,
    "faces.contract": 5,
    "faces.wechat": 5,
    "faces.wechat.crypto": 5,
    "faces.wechat.phrases": 5,
    "faces.pending": 5,
    "faces.wechat.plain_text": 5,
    "faces.wechat.sending": 5,
    "faces.wechat.messages": 5.05,
    "faces.wechat.channel": 5.05,
    "faces.wechat.jobs": 5.05,
    "faces.wechat.menu": 5.05,
    "faces.wechat.callback": 5.1,
    "faces.wechat.conversation": 5.2,
    "faces.wechat.streams": 5.2,
    "faces.wechat.exchange": 5.3,
    "faces.wechat.mp": 5.5,
    "faces.wechat.wecom_app": 5.5,
    "faces.wechat.aibot": 5.5,
    "faces.wechat.mounting": 5.6,
    "faces.conversations": 5.05,
    "faces.telling": 5,
    "faces.rest": 5,
    "faces.rest.examples": 5,
    "faces.event_stream": 5.1,
    "faces.rest.bodies": 5.1,
    "faces.rest.scope": 5.1,
    "faces.openai_wire": 5.2,
    "faces.rest.description": 5.25,
    "faces.dify_wire": 5.25,
    "faces.rest.questions": 5.3,
    "faces.rest.lookups": 5.3,
    "faces.openai_api": 5.3,
    "faces.dify_api": 5.3,
    "faces.history": 5,
    "faces.chat.suggestions": 5,
    "faces.site.html": 5.1,
    "faces.site.source_text": 5.1,
    "faces.chat.next_questions": 5,
    "faces.site.spreadsheets": 5,
    "faces.chat.conversation_export": 5.2,
    "faces.chat.word_export": 5.25,
    "faces.chat.downloads": 5.5,
    "faces.site.investor_sheets": 5.3,
    "faces.site.missing_page": 5.5,
    "faces.site.investor_page": 5.5,
    "faces.site.excerpts": 5.1,
    "faces.site.clause_trees": 5.15,
    "faces.site.unit_views": 5.2,
    "faces.site.unit_sheets": 5.25,
    "faces.site.unit_pages": 5.5,
    "faces.site.library_page": 5.4,
    "faces.admin.sessions": 5.2,
    "faces.admin.gate": 5.3,
    "faces.admin.feedback": 5.4,
    "faces.admin.uploads": 5.4,
    "faces.admin.pages": 5.5,
    "faces.chat.scope_choice": 5.15,
    "faces.chat.source_panel": 5.15,
    "faces.chat.turns": 5.15,
    "faces.site.templates": 5.15,
    "faces.batch": 5.2,
    "faces.command_line": 5.2,
    "faces.chat.shell": 5.2,
    "faces.problems": 5.2,
    "faces.wire": 5.2,
    "faces.readable": 5.2,
    "faces.chat.events": 5.3,
    "faces.chat.layout": 5.5,
    "faces.api": 5.5,
    "faces.site.pages": 5.5,
    "faces.langchain_tools": 5.5,
    "faces.application": 5.65,
    "faces.server": 5.7,
    "faces.cli": 5.8,
    "__main__": 5.9,
    # apart: makes the weights; nothing of the product imports it
    "training": 9,
    "training.recipe": 9,
    "training.sources": 9,
    "training.vocabulary": 9,
    "training.official_pairs": 9.1,
    "training.official_nouns": 9.1,
    "training.export": 9,
    "training.ranking": 9,
    "training.questions": 9.1,
    "training.sampling": 9.2,
    "training.contrast": 9.4,
    "training.finetuning": 9.5,
    "training.stages": 9.6,
    "training.cross_validation": 9.7,
    "training.__main__": 9.7,
}
PLANNED: set[str] = set()  # in the table, not written yet

# A heavy library has one owner. Nobody else imports it, at the top or inside.
# The web framework is the faces': each of them speaks it.
WEB = {
    "faces.api",
    "faces.event_stream",
    "faces.rest",
    "faces.openai_api",
    "faces.dify_api",
    "faces.problems",
    "faces.application",
    "faces.server",
    "faces.middleware",
    "faces.operations",
    "faces.forwarding",
    "faces.mcp_server",
    "faces.mcp_alias",
    "diagnosis.exposure",
    "faces.admin",
    *(f"faces.wechat.{part}" for part in ("callback", "exchange", "mounting")),
    *(f"faces.wechat.{part}" for part in ("mp", "wecom_app", "aibot")),
    "faces.chat.downloads",
    "faces.chat.layout",
    "faces.site.missing_page",
    "faces.site.pages",
    "faces.site.templates",
    "faces.site.investor_page",
    "faces.site.library_page",
    "faces.site.unit_pages",
}
OWNERS: dict[str, set[str]] = {
    "sentence_transformers": {"indexing.pretrained", "training"},
    "transformers": {"training"},
    "torch": {"indexing.pretrained", "training"},
    "faiss": {"indexing.recall", "indexing.cells", "indexing.dense"},
    "lightgbm": {"training"},
    "opencc": set(),
    "pypinyin": set(),
    "bm25s": {"indexing.lexical"},
    "jieba": {"text"},
    "rjieba": {"text"},
    "gradio": {"faces.chat.events", "faces.chat.layout", "faces.mcp_server"},
    "jinja2": {"faces.site.templates"},
    "xlsxwriter": {"faces.site.spreadsheets"},
    "sqlalchemy": {"ledger"},
    "itsdangerous": {"faces.admin.sessions"},
    "limits": {"access", "faces.admin.sessions"},
    "mcp": {"faces.mcp_server"},
    "packaging": {"diagnosis.installation"},
    "dotenv": {"diagnosis.configuration"},
    "prometheus_client": {"monitoring.metrics"},
    "structlog": {"monitoring.logs"},
    "fastapi": WEB,
    "starlette": WEB,
    "uvicorn": {"faces.server", "faces.forwarding"},
    "langchain_core": {"faces.langchain_tools"},
    "langchain_openai": {"wording.chat_model"},
    "langsmith": {"wording.chat_model"},
    "openai": {"wording.chat_model", "wording.model_failures"},
    "scipy": {"training"},
    "sklearn": {"training"},
    "defusedxml": {"reading.formats.archive", "faces.wechat.messages"},
    "cryptography": {"faces.wechat.crypto"},
    "redis": {"redis_connections", "access.rate_limits", "faces.pending", "diagnosis.stores"},
    "httpx": {"faces.wechat.sending", "faces.forwarding"},
    "wechatpy": set(),
    "lxml": {"reading.formats.markup"},
    "pypdfium2": {"reading.formats.pdf_page", "reading.formats.pdf_text"},
    "langchain_text_splitters": set(),
    "docx": {"faces.chat.word_export"},
    "yaml": {
        "understanding.english_terms",
        "wording.prompt_files",
        "reading.sidecar",
        "reading.unit_names",
        "vocabulary",
    },
    "pydantic_settings": {"settings"},
}
# The others read nothing. The commands of training set the one variable that tokenizers is told its
# threads by; a worker sets the one by which prometheus_client knows that there are others.
ENVIRONMENT_TOUCHERS = {
    "settings",
    "faces.workers",
    "training.__main__",
    "training.cross_validation",
}
PRINTERS = {"faces.cli"}

FILE_LINES = 300
FUNCTION_LINES = 50
NAMES_THAT_SAY_NOTHING = {"util", "utils", "common", "helper", "helpers", "manager", "misc"}
PICKLES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


@dataclass(frozen=True)
class Module:
    """One source file, by the name the tables use."""

    name: str
    source: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)


@dataclass(frozen=True)
class Import:
    """One imported dotted name; for ``from a import b`` both the origin ``a`` and ``a.b``."""

    origin: str
    name: str
    relative: bool
    line: int


def modules_under(folder: Path) -> list[Module]:
    return [
        Module(_dotted(path.relative_to(folder)), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
    ]


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(module: Module) -> Iterator[Import]:
    """Every import, wherever it stands: at the top, in a function, under TYPE_CHECKING."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, alias.name, relative=False, line=node.lineno)
        elif isinstance(node, ast.ImportFrom):
            origin, relative = node.module or "", node.level > 0
            for alias in node.names:
                yield Import(origin, f"{origin}.{alias.name}", relative, node.lineno)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Import(first.value, first.value, first.value.startswith("."), node.lineno)


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


# The laws ---------------------------------------------------------------------------------------


def broken_floors(modules: list[Module], floors: dict[str, float]) -> list[str]:
    known = {module.name for module in modules} | set(floors)
    faults = (
        f"{module.name}:{found.line} {fault}"
        for module in modules
        if module.name
        for found in imports_of(module)
        if (fault := _floor_fault(module.name, found, known, floors))
    )
    return list(dict.fromkeys(faults))


def _floor_fault(
    importer: str, found: Import, known: set[str], floors: dict[str, float]
) -> str | None:
    if found.relative:
        return f"imports relatively: {found.name}"
    if found.origin.partition(".")[0] != PACKAGE:
        return None
    target = next(
        (
            name
            for dotted in (found.name, found.origin)
            if (name := dotted.removeprefix(PACKAGE).removeprefix(".")) in known and name
        ),
        None,
    )
    if target is None:
        return f"imports from the package root, or what is not there: {found.name}"
    here, there = floors.get(importer), floors.get(target)
    if here is None or there is None:
        return f"imports {target}, and one of the two has no floor"
    if here <= there:
        return f"(floor {here:g}) imports {target} (floor {there:g}): not a lower floor"
    return None


def broken_root(modules: list[Module]) -> list[str]:
    """The package root imports nothing of the package: importing any module costs only itself."""
    return [
        f"__init__:{found.line} imports {found.name}"
        for module in modules
        if not module.name
        for found in imports_of(module)
        if found.relative or found.origin.partition(".")[0] == PACKAGE
    ]


def broken_owners(modules: list[Module], owners: dict[str, set[str]]) -> list[str]:
    faults = (
        f"{module.name}:{found.line} imports {library}; its owners are {sorted(owners[library])}"
        for module in modules
        for found in imports_of(module)
        if (library := found.origin.partition(".")[0]) in owners
        and not found.relative
        and not _within(module.name, owners[library])
    )
    return list(dict.fromkeys(faults))


def _within(name: str, allowed: set[str]) -> bool:
    """Whether ``name`` is one of the allowed modules or lies in one of the allowed folders."""
    return any(name == owner or name.startswith(f"{owner}.") for owner in allowed)


def broken_environment(modules: list[Module]) -> list[str]:
    readers = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
    return [
        f"{module.name}:{node.lineno} touches the environment"
        for module in modules
        if module.name not in ENVIRONMENT_TOUCHERS
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Attribute) and node.attr in readers)
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and any(alias.name in readers for alias in node.names)
        )
    ]


def broken_sizes(modules: list[Module]) -> list[str]:
    faults = []
    for module in modules:
        lines = len(module.source.splitlines())
        if lines > FILE_LINES:
            faults.append(f"{module.name} has {lines} lines")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES:
                    faults.append(f"{module.name}.{node.name} has {length} lines")
    return faults


def broken_excepts(modules: list[Module]) -> list[str]:
    return [
        f"{module.name}:{node.lineno} catches everything"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _catches_all(node.type)
    ]


def _catches_all(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(k, ast.Name) and k.id in {"Exception", "BaseException"} for k in kinds)


def broken_names(modules: list[Module]) -> list[str]:
    return [
        f"{module.name} says nothing by its name"
        for module in modules
        if NAMES_THAT_SAY_NOTHING & {w for part in module.name.split(".") for w in part.split("_")}
    ]


def broken_pickles(modules: list[Module]) -> list[str]:
    imported = [
        f"{module.name}:{found.line} imports {found.origin}"
        for module in modules
        for found in imports_of(module)
        if found.origin.partition(".")[0] in PICKLES
    ]
    allowed = [
        f"{module.name}:{node.value.lineno} allows pickles"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.keyword)
        and node.arg == "allow_pickle"
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    ]
    return imported + allowed


def broken_prints(modules: list[Module]) -> list[str]:
    return [
        f"{module.name}:{node.lineno} prints"
        for module in modules
        if module.name not in PRINTERS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]


# The code as it is ------------------------------------------------------------------------------

PRODUCT = modules_under(ROOT / PACKAGE)
APP = [Module(p.stem, p.read_text(encoding="utf-8")) for p in sorted(ROOT.glob("*.py"))]
TESTS = [
    module for module in modules_under(ROOT / "tests") if not module.name.startswith("benchmarks")
]
BENCHMARKS = modules_under(ROOT / "tests" / "benchmarks")


def expect_none(faults: list[str]) -> None:
    assert not faults, "\n" + "\n".join(faults)


def test_every_module_has_a_floor_and_every_floor_its_module() -> None:
    written = {module.name for module in PRODUCT if module.name}
    assert written - set(FLOORS) == set(), "give these a floor in FLOORS"
    assert set(FLOORS) - written == PLANNED, "these are in FLOORS but not in assistant/"


def test_a_module_imports_only_from_lower_floors() -> None:
    expect_none(broken_floors(PRODUCT, FLOORS))


def test_the_package_root_imports_nothing_of_the_package() -> None:
    expect_none(broken_root(PRODUCT))


def test_a_heavy_library_is_imported_by_its_owner_only() -> None:
    expect_none(broken_owners([m for m in PRODUCT if m.name] + APP, OWNERS))


def test_an_owner_is_a_module_of_the_table() -> None:
    named = set().union(*OWNERS.values()) | ENVIRONMENT_TOUCHERS | PRINTERS
    assert named <= set(FLOORS)


def test_only_settings_touch_the_environment() -> None:
    expect_none(broken_environment(PRODUCT + APP))


def test_files_and_functions_fit_a_glance() -> None:
    expect_none(broken_sizes(PRODUCT + APP))


def test_nothing_is_caught_blindly() -> None:
    expect_none(broken_excepts(PRODUCT + APP + TESTS + BENCHMARKS))


def test_a_module_is_named_after_what_it_does() -> None:
    expect_none(broken_names(PRODUCT + APP + TESTS + BENCHMARKS))


def test_nothing_is_pickled() -> None:
    expect_none(broken_pickles(PRODUCT + APP + TESTS + BENCHMARKS))


def test_only_the_command_line_and_the_benchmarks_print() -> None:
    expect_none(broken_prints(PRODUCT + APP + TESTS))


# Each law bites ---------------------------------------------------------------------------------

HOUSE = {"model": 0.0, "text": 0.0, "index": 2.0, "reading": 1.0, "reading.loaders": 1.0}


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("model", "from assistant.indexing.index import Index"),
        ("model", "import assistant.indexing.index"),
        ("model", "from assistant import index"),
        ("model", "def f():\n    from assistant.indexing.index import Index"),
        ("model", "import importlib\nimportlib.import_module('assistant.indexing.index')"),
        ("model", "from assistant.text import tokens"),
        ("reading", "from assistant.reading.loaders import read"),
        ("reading.loaders", "from assistant.reading import loaders"),
        ("index", "from assistant import PolicyAssistant"),
        ("index", "import assistant"),
        ("index", "from . import model"),
        ("index", "from .model import Clause"),
        ("index", "from assistant.unheard import word"),
    ],
)
def test_the_floors_bite(importer: str, line: str) -> None:
    assert len(broken_floors([Module(importer, line)], HOUSE)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "from assistant import model",
        "from assistant.model import Clause, Document",
        "import assistant.reading.loaders",
        "from assistant.reading import loaders",
        "import numpy",
    ],
)
def test_the_floors_let_pass_what_is_lower(line: str) -> None:
    assert broken_floors([Module("index", line)], HOUSE) == []


Law = Callable[[list[Module]], list[str]]


def _owners(modules: list[Module]) -> list[str]:
    return broken_owners(modules, OWNERS)


@pytest.mark.parametrize(
    ("law", "name", "source"),
    [
        (broken_root, "", "from assistant.service import PolicyAssistant"),
        (_owners, "service", "import faiss"),
        (_owners, "encoder", "from torch.nn import Module"),
        (_owners, "index", "def f():\n    import sentence_transformers"),
        (_owners, "textual", "import jieba.posseg"),
        (broken_environment, "index", "import os\nos.environ['HOME']"),
        (broken_environment, "index", "import os\nos.getenv('HOME')"),
        (broken_environment, "index", "from os import environ"),
        (broken_sizes, "index", "x = 1\n" * 301),
        (broken_sizes, "index", "def f():\n" + "    x = 1\n" * 50),
        (broken_sizes, "index", "class C:\n    async def f():\n" + "        x = 1\n" * 50),
        (broken_excepts, "index", "try:\n    x = 1\nexcept:\n    x = 2"),
        (broken_excepts, "index", "try:\n    x = 1\nexcept Exception:\n    x = 2"),
        (broken_excepts, "index", "try:\n    x = 1\nexcept (OSError, BaseException):\n    x = 2"),
        (broken_names, "text_utils", ""),
        (broken_names, "common.words", ""),
        (broken_pickles, "index", "import pickle"),
        (broken_pickles, "index", "from joblib import dump"),
        (broken_pickles, "index", "import numpy as np\nnp.load('a.npz', allow_pickle=True)"),
        (broken_prints, "index", "print('done')"),
    ],
)
def test_the_law_bites(law: Law, name: str, source: str) -> None:
    assert len(law([Module(name, source)])) == 1


@pytest.mark.parametrize(
    ("law", "name", "source"),
    [
        (_owners, "training.pairs", "import torch"),
        (_owners, "indexing.dense", "import faiss"),
        (broken_environment, "settings", "import os\nos.environ['HOME']"),
        (broken_sizes, "index", "x = 1\n" * 300),
        (broken_sizes, "index", "def f():\n" + "    x = 1\n" * 49),
        (broken_excepts, "index", "try:\n    x = 1\nexcept OSError:\n    x = 2"),
        (broken_pickles, "index", "import numpy as np\nnp.load('a.npz', allow_pickle=False)"),
        (broken_prints, "faces.cli", "print('done')"),
    ],
)
def test_the_law_lets_pass_what_is_right(law: Law, name: str, source: str) -> None:
    assert law([Module(name, source)]) == []
