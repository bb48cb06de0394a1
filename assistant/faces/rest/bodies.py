"""What the REST API is sent: bodies of requests, and the parameters that several routes share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from assistant.faces.history import well_formed
from assistant.model import DocumentKind
from assistant.retrieval.filters import Filters, IssuerLevel
from assistant.settings import MAX_EARLIER_QUESTIONS
from assistant.validity import DocumentStatus

MAX_OFFSET = 100_000
MOST_NAME_CHARS = 200

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _as_written(value: object) -> object:
    """A day as 2024-05-01 only: pydantic would take 0 and "0" for a day of 1970."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        return value
    raise PydanticCustomError("date_type", "not a date")


Text = Annotated[str, AfterValidator(well_formed)]
Name = Annotated[str, Field(max_length=MOST_NAME_CHARS), AfterValidator(well_formed)]
Day = Annotated[date, BeforeValidator(_as_written)]
Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET, description="从第几条开始（从 0 起）")]


class TurnBody(BaseModel):
    """One turn of a conversation; only those of role ``user`` count."""

    role: str
    content: Text | None = None


class QuestionBody(BaseModel):
    """A question, what was asked before it, and what the answer may come from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "智能装备产业重点发展什么？"},
                {"question": "由谁负责？", "history": ["智能装备产业重点发展什么？"]},
                {"question": "氢能产业由谁牵头？", "documents": ["淄政字〔2022〕40号"]},
            ]
        }
    )

    question: Text = Field(description="问题")
    history: list[Text | TurnBody] = Field(
        default_factory=list,
        description=(
            "此前的提问，由早到晚；也可以是含 role 与 content 的对象，只计 role 为 user 的。"
            f"取最近{MAX_EARLIER_QUESTIONS}条"
        ),
    )
    as_of: Day | None = Field(
        None, description="按哪一天的有效文件回答，默认为今天", examples=["2024-05-01"]
    )
    documents: list[Name] = Field(
        default_factory=list,
        max_length=100,
        description="只依据这些文件回答：文件的编号、文号或标题；默认依据全部文件",
        examples=[["淄政字〔2022〕40号"]],
    )
    unit: Name = Field(
        "", description="只依据给这个单位安排了任务的文件回答", examples=["市科技局"]
    )
    area: Name = Field(
        "", description="只依据在这个区域支持产业的文件回答", examples=["淄川经济开发区"]
    )
    industry: Name = Field("", description="只依据支持这个产业的文件回答", examples=["生物医药"])
    user: Name = Field("", description="提问者在调用方的标识，用于问答记录，只保存不可逆的摘要")


class FeedbackBody(BaseModel):
    """What a user says of an answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"answer_id": "ans_5d0c2f", "rating": "up"},
                {
                    "answer_id": "ans_5d0c2f",
                    "rating": "down",
                    "reason": "引用的条款不对",
                    "correction": "应为二（三）",
                },
            ]
        }
    )

    answer_id: Annotated[Text, Field(min_length=1)] = Field(description="Answer 对象的 id")
    rating: Literal["up", "down"] = Field(description="up 有用，down 没用")
    reason: Text = Field("", description="原因，不超过 100 字")
    correction: Text = Field("", description="更正意见，不超过 2000 字")
    user: Name = Field("", description="评价者在调用方的标识，只保存不可逆的摘要")


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted."""

    limit: int
    offset: int

    def cut(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """The wanted part."""
        return items[self.offset : self.offset + self.limit]

    def of(self, count: int) -> dict[str, int | None]:
        """The fields of a Page for a list of ``count`` items."""
        after = self.offset + self.limit
        return {
            "count": count,
            "limit": self.limit,
            "offset": self.offset,
            "next_offset": after if after < count else None,
        }


def window(
    limit: Annotated[int, Query(ge=1, le=1000, description="最多返回几条")] = 200,
    offset: Offset = 0,
) -> Window:
    """The page of a list that a request asks for."""
    return Window(limit, offset)


def filters(
    document: Annotated[
        list[Text] | None, Query(description="文件的编号、文号或标题；可重复，满足其一即可")
    ] = None,
    level: Annotated[
        list[IssuerLevel] | None, Query(description="发文机关的级别；可重复，满足其一即可")
    ] = None,
    status: Annotated[
        list[DocumentStatus] | None,
        Query(description="文件在 as_of 当天的效力状态；可重复，满足其一即可"),
    ] = None,
    as_of: Annotated[
        Day | None,
        Query(
            description="按哪一天判断效力，默认为今天；不给 status 时，去掉当天无效的文件",
            examples=["2024-05-01"],
        ),
    ] = None,
    unit: Annotated[
        Text, Query(description="责任单位的简称、全称或别名", examples=["市科技局"])
    ] = "",
    area: Annotated[Text, Query(description="区域", examples=["淄川经济开发区"])] = "",
    kind: Annotated[
        list[DocumentKind] | None, Query(description="文件类别；可重复，默认只检索正式文件")
    ] = None,
) -> Filters:
    """What the hits of a search must satisfy; of several values of one field, any one."""
    return Filters(
        documents=tuple(document or ()),
        issuer_levels=tuple(level or ()),
        statuses=tuple(status or ()),
        as_of=as_of,
        unit=unit,
        area=area,
        kinds=tuple(kind or ()),
    )
