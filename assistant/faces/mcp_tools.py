"""The tools of the MCP server: five functions, each of which returns a JSON string.

The JSON is what REST returns for the same. Their docstrings are Chinese, because they are what the
model that calls the tools reads: Gradio takes the descriptions of tool and parameters from them.
"""

# ruff: noqa: D415 - ruff knows no Chinese full stop

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, get_type_hints

from pydantic import TypeAdapter

from assistant.answer import Answer
from assistant.errors import PolicyAssistantError, QuestionError, UnknownClause
from assistant.faces import problems
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.history import earlier_questions, well_formed
from assistant.faces.rest.bodies import window
from assistant.faces.rest.scope import chosen_documents, documents_called
from assistant.faces.wire import (
    ClauseDetail,
    DocumentSummary,
    IndustryList,
    SearchResult,
    UnitTasks,
)
from assistant.model import Clause
from assistant.rendering import clause_url
from assistant.retrieval.filters import Filters
from assistant.settings import Settings
from assistant.text import fold
from assistant.validity import UNKNOWN

CHANNEL = "mcp"
MAX_HITS = 50
INSTRUCTIONS = (
    "这里查的是已收录的政策文件。回答用户时逐字引用工具给出的原文，并写明文件、条款和责任单位；"
    "工具答复文件没有写的，就如实转告，不要用别处的知识补充。"
)
user: ContextVar[str] = ContextVar("user", default="")  # who calls, as the ledger is told

_NOTHING: list[str] = []
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_KINDS: Mapping[object, tuple[Callable[[object], bool], str]] = {
    str: (lambda value: isinstance(value, str), "文字"),
    int: (lambda value: isinstance(value, int) and not isinstance(value, bool), "整数"),
    list[str]: (
        lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value),
        "由文字组成的列表",
    ),
}

_P = ParamSpec("_P")


def failure(code: str, message: str) -> str:
    """What a tool returns instead of a result."""
    problem = {"status": "error", "error": {"code": code, "message": message}}
    return json.dumps(problem, ensure_ascii=False)


def _saying_errors(run: Callable[_P, str]) -> Callable[_P, str]:
    """A tool whose deliberate errors are JSON too: the model reads why instead of failing."""

    @wraps(run)
    def said(*args: _P.args, **kwargs: _P.kwargs) -> str:
        try:
            return run(*args, **kwargs)
        except PolicyAssistantError as error:
            return failure(problems.kind_of(error).code, problems.told(error))

    return said


class PolicyTools:
    """The tools over one assistant; they may be called from several threads."""

    def __init__(self, assistant: Assistant, settings: Settings, ledger: Ledger) -> None:
        self._assistant, self._ledger = assistant, ledger
        self._max_chars = settings.max_question_chars
        self._base = settings.public_base_url
        self._answer = TypeAdapter(Answer)
        self.all: Mapping[str, Callable[..., str]] = {
            tool.__name__: tool
            for tool in (
                self.ask_policy,
                self.search_clauses,
                self.get_clause,
                self.tasks_of_unit,
                self.supported_industries,
            )
        }

    def fault(self, name: str, given: Mapping[str, object]) -> str:
        """What is wrong with the arguments of a call, as a failure; empty where nothing is."""
        tool = self.all.get(name)
        if tool is None:
            return failure(
                "unknown_tool", f"没有工具“{name[:40]}”，可用的有{'、'.join(self.all)}。"
            )
        said = next(_faults(tool, given), "")
        return failure(problems.MALFORMED.code, said) if said else ""

    def ask_policy(
        self,
        question: str,
        history: list[str] = _NOTHING,
        as_of: str = "",
        documents: list[str] = _NOTHING,
    ) -> str:
        """依据已收录的政策文件回答一个问题，返回带原文引用的回答（JSON）。

        向用户转述时逐字引用 citations 中的 quote，写明文件标题、文号、条款（label）和责任单位。
        status 不是 answered 时没有可引用的依据：照实转告 answer.text，不要自行补充或猜测。
        warnings 中的提醒要一并转告。

        Args:
            question: 要问的问题，一次只问一件事，写出单位、区域或产业的名称。
            history: 用户此前的提问，由早到晚；问题独立成句时不填。
            as_of: 按哪一天有效的文件回答，形如 2024-05-01；不填为今天。
            documents: 只依据这些文件回答：编号、文号或标题；不填为全部文件。
        """
        try:
            answer = self._assistant.ask(
                well_formed(question),
                earlier_questions(history, self._max_chars),
                as_of=_day(as_of),
                documents=chosen_documents(self._assistant, named=documents),
            )
        except PolicyAssistantError as error:
            shown = PolicyAssistantError(problems.told(error))
            answer = self._assistant.failed(well_formed(question), shown)
        else:
            self._ledger.record(answer, channel=CHANNEL, user=user.get())
        return self._answer.dump_json(answer).decode()

    @_saying_errors
    def search_clauses(
        self, query: str, limit: int = 10, unit: str = "", area: str = "", as_of: str = ""
    ) -> str:
        """检索条款，按相关程度返回原文（JSON）；要直接的回答请用 ask_policy。

        hits 中每项的 clause 有原文 text、位置 label、责任单位 responsibility，引用时逐字照录。

        Args:
            query: 检索的内容，词语或句子。
            limit: 最多返回几条，1 至 50。
            unit: 只要由这个单位负责的条款：简称、全称或别名；不填不限。
            area: 只要与这个区域有关的条款；不填不限。
            as_of: 去掉这一天无效的文件，形如 2024-05-01；不填不去掉。
        """
        if not 1 <= limit <= MAX_HITS:
            raise QuestionError(f"参数“limit”应为 1 至 {MAX_HITS} 的整数。")
        wanted = Filters(as_of=_day(as_of), unit=well_formed(unit), area=well_formed(area))
        found = self._assistant.search(well_formed(query), limit + 1, wanted)
        return SearchResult(
            query=well_formed(query),
            hits=found[:limit],
            limit=limit,
            offset=0,
            next_offset=limit if len(found) > limit else None,
        ).model_dump_json()

    @_saying_errors
    def get_clause(self, clause_id: str, document: str = "") -> str:
        """按编号返回一个条款的原文、位置、责任单位和规范的引用写法（JSON）。

        原文在 clause.text，应逐字引用；引用写法在 citation，永久链接在 url。

        Args:
            clause_id: 条款编号，见其他工具的结果；填了 document 时也可以是 二（四） 这样的位置。
            document: 条款所在的文件：编号、文号或标题；clause_id 是编号时不填。
        """
        found = self._clause(well_formed(clause_id), well_formed(document))
        holder = self._assistant.document(found.document_id)
        standing = self._assistant.standings().get(holder.id, UNKNOWN)
        return ClauseDetail(
            clause=found,
            document=DocumentSummary.of(holder, standing),
            citation=holder.cite(found),
            url=clause_url(found.id, self._base),
        ).model_dump_json()

    @_saying_errors
    def tasks_of_unit(self, unit: str) -> str:
        """返回一个单位负责的全部任务及其条款原文（JSON），不会遗漏。

        role 是它的身份：lead 牵头，cooperate 配合，responsible 负责，local 属地；basis 是依据。
        已收录的文件没有列出这个单位时 status 为 error，照实转告，不要自行补充。

        Args:
            unit: 单位的简称、全称或别名，如 市科技局。
        """
        summary, tasks = self._assistant.tasks_of(well_formed(unit))
        return UnitTasks(unit=summary, count=len(tasks), tasks=tasks).model_dump_json()

    @_saying_errors
    def supported_industries(self, area: str = "", industry: str = "") -> str:
        """返回文件写明支持的产业：产业、区域、所在条款（JSON）。

        count 为 0 表示文件没有写，照实转告；条款的原文用 get_clause 取。

        Args:
            area: 区域，如 淄川经济开发区；不填为全部区域。
            industry: 产业，如 生物医药；不填为全部产业。
        """
        found = self._assistant.industries(area=well_formed(area), industry=well_formed(industry))
        page = window()
        return IndustryList(industries=page.cut(found), **page.of(len(found))).model_dump_json()

    def _clause(self, wanted: str, document: str) -> Clause:
        if not document.strip():
            return self._assistant.clause(wanted.strip())
        holders = [self._assistant.document(i) for i in documents_called(self._assistant, document)]
        for clause in (clause for holder in holders for clause in holder.clauses):
            if wanted.strip() == clause.id or fold(wanted) == fold(clause.label):
                return clause
        raise UnknownClause(wanted)


def _day(written: str) -> date | None:
    """The day, or None where none is written."""
    if not written.strip():
        return None
    try:
        if _DAY.fullmatch(written.strip()):
            return date.fromisoformat(written.strip())
    except ValueError:
        pass  # 2024-02-30
    raise QuestionError("参数“as_of”应为日期，例如 2024-05-01。")


def _faults(tool: Callable[..., str], given: Mapping[str, object]) -> Any:
    """A sentence for each argument that is missing, foreign or of another type."""
    parameters = inspect.signature(tool).parameters
    hints = get_type_hints(tool)
    for name, parameter in parameters.items():
        if name not in given and parameter.default is parameter.empty:
            yield f"缺少参数“{name}”。"
    for name, value in given.items():
        if name not in parameters:
            yield f"没有参数“{name[:40]}”，可用的有{'、'.join(parameters)}。"
            continue
        fits, kind = _KINDS[hints[name]]
        if not fits(value):
            yield f"参数“{name}”应为{kind}。"
