"""A steady mix of requests, as programs and bots send them; what they were answered is kept.

Each request has a moment at which it is due, and its time counts from there: a server that falls
behind is not asked less. What each client is told (ids of answers and of conversations, sealed
replies) is held to what the protocol promises; every fault is kept in words.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from tests.benchmarks.api_apps import ANSWERS, CHAT
from tests.benchmarks.api_clients import WECHAT_SECONDS, opened, wechat_request

PATIENCE = 30.0  # seconds for one response
MOST_UNDER_WAY = 256
MOST_CONVERSATIONS = 50
USERS = 200
RATED = 100  # of the last answers, one is rated
OPERATIONS = ("/readyz", "/metrics")
MIX = {  # of a hundred requests
    "answers": 30,
    "chat": 15,
    "chat, streamed": 10,
    "search": 10,
    "tasks": 5,
    "dify": 8,
    "dify, streamed": 4,
    "wechat": 10,
    "wechat, delivered three times": 3,
    "feedback": 5,
}
REFUSED = (
    "今天天气怎么样？",
    "上海的积分落户要什么条件？",
    "怎样做红烧肉？",
    "明年的股市会涨吗？",
    "最低工资标准是多少？",
    "个人所得税怎么退？",
)


class Wrong(Exception):
    """A response that is not what the protocol promises."""


@dataclass(slots=True)
class Seen:
    """What the clients saw: each time (route, moment due, seconds), and what must be kept."""

    times: list[tuple[str, float, float]] = field(default_factory=list)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)  # channel, id or question
    ratings: Counter[tuple[str, str]] = field(default_factory=Counter)  # channel, id
    faults: list[str] = field(default_factory=list)


class Traffic:
    """Sends requests of every kind to one server."""

    def __init__(
        self, client: httpx.AsyncClient, questions: Sequence[str], units: Sequence[str], seed: int
    ) -> None:
        self.seen = Seen()
        self._client, self._questions, self._units = client, questions, units
        self._random = random.Random(seed)  # noqa: S311 - the same mix each time
        self._last: deque[tuple[str, str]] = deque(maxlen=RATED)
        self._conversations: deque[tuple[str, str]] = deque(maxlen=MOST_CONVERSATIONS)
        self._kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "answers": self._answers,
            "chat": self._chat,
            "chat, streamed": self._chat_streamed,
            "search": self._search,
            "tasks": self._tasks,
            "dify": self._dify,
            "dify, streamed": self._dify_streamed,
            "wechat": self._wechat,
            "wechat, delivered three times": self._wechat_again,
            "feedback": self._feedback,
        }

    def next_kind(self) -> str:
        """What comes next, by ``MIX``."""
        return self._random.choices(list(MIX), list(MIX.values()))[0]

    async def send(self, kind: str, start: float, due: float) -> None:
        """Send one, due so many seconds after ``start``; nothing is raised, faults are kept."""
        loop = asyncio.get_running_loop()
        work = self._kinds.get(kind)
        try:
            async with asyncio.timeout(PATIENCE):
                await (work() if work else self._got(kind))
        except (httpx.HTTPError, Wrong, ValueError, LookupError, TypeError, TimeoutError) as error:
            self.seen.faults.append(f"{kind}: {type(error).__name__} {error}")
            return
        seconds = loop.time() - start - due
        self.seen.times.append((kind, due, seconds))
        if kind.startswith("wechat") and seconds > WECHAT_SECONDS:
            self.seen.faults.append(f"{kind}: {seconds:.1f} s")

    # REST

    async def _answers(self) -> None:
        said = {"question": self._question(), "user": self._user()}
        answer = await self._posted(ANSWERS, said)
        if answer["question"]["text"] != said["question"]:
            raise Wrong("the answer to another question")
        self._answered("api", answer["id"])

    async def _search(self) -> None:
        found = await self._got("/v1/search", q=self._question(), limit="10")
        if "hits" not in found:
            raise Wrong("no hits")

    async def _tasks(self) -> None:
        name = self._random.choice(self._units)
        if not (await self._got(f"/v1/units/{quote(name, safe='')}/tasks"))["tasks"]:
            raise Wrong(f"no tasks of {name}")

    async def _feedback(self) -> None:
        if not self._last:
            return await self._answers()
        channel, answer_id = self._random.choice(self._last)
        if channel == "dify":
            said = {"rating": self._random.choice(["like", "dislike"]), "user": self._user()}
            await self._posted(f"/v1/messages/{answer_id}/feedbacks", said)
        else:
            rating = self._random.choice(["up", "down"])
            said = {"answer_id": answer_id, "rating": rating, "user": self._user()}
            await self._posted("/v1/feedback", said, 202)
            channel = "api"  # where the rating came in
        self.seen.ratings[channel, answer_id] += 1

    # OpenAI's and Dify's protocols

    async def _chat(self) -> None:
        answer = await self._posted(CHAT, self._chat_body())
        self._answered("openai", answer["x_policy"]["id"])

    async def _chat_streamed(self) -> None:
        events = await self._streamed(CHAT, {**self._chat_body(), "stream": True})
        if events[-1] != "[DONE]":
            raise Wrong("the stream is not done")
        chunks = [json.loads(event) for event in events[:-1]]
        (answer,) = [chunk["x_policy"] for chunk in chunks if chunk.get("x_policy")]
        if not "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks):
            raise Wrong("no content")
        self._answered("openai", answer["id"])

    async def _dify(self) -> None:
        said = self._dify_body()
        answer = await self._posted("/v1/chat-messages", said)
        self._talked(said, answer)
        self._answered("dify", answer["message_id"])

    async def _dify_streamed(self) -> None:
        said = {**self._dify_body(), "response_mode": "streaming"}
        last = json.loads((await self._streamed("/v1/chat-messages", said))[-1])
        if last["event"] != "message_end":
            raise Wrong(f"the last event is {last['event']}")
        self._talked(said, last)
        self._answered("dify", last["message_id"])

    def _talked(self, said: dict[str, Any], answer: dict[str, Any]) -> None:
        if said["conversation_id"] not in ("", answer["conversation_id"]):
            raise Wrong("another conversation")
        if not said["conversation_id"]:
            self._conversations.append((said["user"], answer["conversation_id"]))

    # WeChat

    async def _wechat(self) -> None:
        await self._delivered(1)

    async def _wechat_again(self) -> None:
        await self._delivered(3)

    async def _delivered(self, times: int) -> None:
        """One message, so often at once: the same words for each, and one row in the ledger."""
        question = self._question()
        path, body = wechat_request(question, self._user())
        sent = [self._client.post(path, content=body) for _ in range(times)]
        replies = await asyncio.gather(*sent, return_exceptions=True)
        words = set()
        for reply in replies:
            if isinstance(reply, BaseException):
                raise reply
            if reply.status_code != 200:
                raise Wrong(f"{reply.status_code} {reply.text[:100]}")
            words.add(opened(reply.content))
        if len(words) > 1:
            raise Wrong("several answers to one message")
        self.seen.answers["wechat", question] += 1

    # What they share

    def _answered(self, channel: str, answer_id: str) -> None:
        self.seen.answers[channel, answer_id] += 1
        self._last.append((channel, answer_id))

    def _question(self) -> str:
        return self._random.choice(self._questions)

    def _user(self) -> str:
        return f"user-{self._random.randrange(USERS)}"

    def _chat_body(self) -> dict[str, Any]:
        asked = [{"role": "user", "content": self._question()}]
        return {"model": "policy-assistant", "messages": asked, "user": self._user()}

    def _dify_body(self) -> dict[str, Any]:
        user, conversation = self._user(), ""
        if len(self._conversations) == MOST_CONVERSATIONS or self._random.random() < 0.5:
            user, conversation = self._random.choice(self._conversations or [(user, "")])
        return {"query": self._question(), "user": user, "conversation_id": conversation}

    async def _posted(self, path: str, said: dict[str, Any], wanted: int = 200) -> Any:
        response = await self._client.post(path, json=said)
        if response.status_code != wanted:
            raise Wrong(f"{response.status_code} {response.text[:100]}")
        return response.json()

    async def _got(self, path: str, **query: str) -> Any:
        response = await self._client.get(path, params=query)
        if response.status_code != 200:
            raise Wrong(f"{response.status_code} {response.text[:100]}")
        told = response.headers.get("content-type", "")
        return response.json() if "json" in told else response.text

    async def _streamed(self, path: str, said: dict[str, Any]) -> list[str]:
        """The data of every event."""
        async with self._client.stream("POST", path, json=said) as response:
            lines = [line async for line in response.aiter_lines()]
        if response.status_code != 200:
            raise Wrong(f"{response.status_code} {lines[:1]}")
        found = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
        if not found:
            raise Wrong("no events")
        return found


async def steady(traffic: Traffic, rate: float, seconds: float, told: Callable[[], Any]) -> None:
    """Send ``rate`` requests a second, due at even moments; ``told`` is called at each."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    under_way: set[asyncio.Task[None]] = set()
    for number in range(round(rate * seconds)):
        due = number / rate
        await asyncio.sleep(max(0.0, start + due - loop.time()))
        told()
        if len(under_way) >= MOST_UNDER_WAY:
            traffic.seen.faults.append(f"{MOST_UNDER_WAY} requests under way, none sent")
            continue
        task = asyncio.create_task(traffic.send(traffic.next_kind(), start, due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)


async def corpus_questions(client: httpx.AsyncClient, most: int) -> tuple[list[str], list[str]]:
    """Questions about clauses and units of the corpus, refusals among them; units with tasks."""
    listed = (await client.get("/v1/documents", params={"limit": "20"})).raise_for_status().json()
    headings: list[str] = []
    for document in listed["documents"]:
        found = (await client.get(f"/v1/documents/{document['id']}")).raise_for_status().json()
        headings += [entry["heading"] for entry in found["outline"] if entry["heading"]]
    named = (await client.get("/v1/units", params={"limit": "100"})).raise_for_status().json()
    units = [unit["name"] for unit in named["units"] if any(unit["counts"].values())]
    mixed = random.Random(1)  # noqa: S311 - the same questions each time
    half = (most - len(REFUSED)) // 2
    clauses = mixed.sample(sorted(set(headings)), min(half, len(set(headings))))
    asked = [f"{heading}有哪些内容？" for heading in clauses]
    asked += [f"{unit}负责哪些任务？" for unit in units[:half]]
    return [*asked, *REFUSED], units
