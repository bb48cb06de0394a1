"""Many conversations at once over Gradio's queue, as its own page speaks it; loopback only.

A conversation is a session of its own: it sends what a browser would (the question, the values of
the other inputs as the page's config and the answers before gave them, nothing for a gr.State) and
reads the events of its session until its question is done. An answer is whole when its cards are
there; its event ends later, with the questions that may follow. What was shown is held afterwards
to the answers that the same questions get when they are asked alone.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks.answers import spread
from tests.benchmarks.processes import Failed
from tests.benchmarks.web_talks import FOLLOW_UP, Script, faults

if TYPE_CHECKING:
    import httpx

QUESTION, SOURCE = "question", "source"  # elem_id of the box and of what is no conversation
PATIENCE = 30.0  # seconds between two bytes of a server

_WHOLE = re.compile(r'class="(?:cards|refusal)\b')


@dataclass(frozen=True, slots=True)
class Event:
    """How a page sends a question: component ids, and the values that its inputs begin with."""

    fn_index: int
    question: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shown: tuple[int, ...]
    values: Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class Load:
    """The seconds to each whole answer and to the end of its event, those of all together, and
    every fault in words."""

    seconds: tuple[float, ...]
    ends: tuple[float, ...]
    wall: float
    faults: tuple[str, ...]


def asking_event(config: Mapping[str, Any]) -> Event:
    """The event that the question box starts; in a plain gr.ChatInterface, that of its API.

    Raises:
        Failed: the page has no such event.
    """
    components = {c["id"]: c for c in config["components"]}
    named = {c["props"].get("elem_id"): number for number, c in components.items()}
    boxes = {number for number, c in components.items() if c["type"] == "textbox"}
    box = named.get(QUESTION)
    for event in config["dependencies"]:
        if box is not None:
            starts = [box, "submit"] in event["targets"]
        else:
            starts = event["api_visibility"] == "public"
        asked = [i for i in event["inputs"] if i in (boxes if box is None else {box})]
        if not (starts and asked and event["backend_fn"]):
            continue
        outputs = tuple(event["outputs"])
        pages = {i for i in outputs if components[i]["type"] == "html"} - {named.get(SOURCE)}
        talk = tuple(i for i in outputs if i in pages)
        values = {i: _default(components[i]) for i in (*event["inputs"], *outputs)}
        return Event(
            event["id"], asked[0], tuple(event["inputs"]), outputs, talk or outputs, values
        )
    raise Failed("the page has no event that takes a question")


def summary(loads: Sequence[Load]) -> dict[str, Any]:
    """Milliseconds to the whole answer, answers a second, faults; of all the loads together."""
    times = [1000 * seconds for load in loads for seconds in load.seconds]
    ends = [1000 * seconds for load in loads for seconds in load.ends]
    wall = sum(load.wall for load in loads)
    return {
        "answers": len(times),
        **(spread(times) if times else dict.fromkeys(("p50", "p95", "max"))),
        "end_p95": spread(ends)["p95"] if ends else None,
        "per_second": round(len(times) / wall, 1) if wall else None,
        "faults": [fault for load in loads for fault in load.faults],
    }


def converse(
    address: str, talks: Sequence[Script], *, together: bool, remembers: bool, limit: float
) -> Load:
    """Hold the conversations, all at once or one after another, and look at what was shown.

    Those that are not over after ``limit`` seconds are ended, which is a fault. An app that does
    not remember, an echo, shows only the last turn.

    Raises:
        Failed: the page takes no question, or its config cannot be read.
    """
    return asyncio.run(_converse(address, talks, together, remembers, limit))


async def _converse(
    address: str, talks: Sequence[Script], together: bool, remembers: bool, limit: float
) -> Load:
    import httpx

    found: list[str] = []
    bounds = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=address, timeout=PATIENCE, limits=bounds, trust_env=False
    ) as client:
        try:
            config = (await client.get("/config")).raise_for_status().json()
        except httpx.HTTPError as error:
            raise Failed(f"{address}/config: {error}") from error
        event, prefix = asking_event(config), config.get("api_prefix", "")
        conversations = [_Conversation(client, prefix, event, talk) for talk in talks]
        started = time.perf_counter()
        try:
            async with asyncio.timeout(limit):
                if together:
                    await asyncio.gather(*(one.hold() for one in conversations))
                else:
                    for one in conversations:
                        await one.hold()
        except TimeoutError:
            found.append(f"{len(talks)} conversations took more than {limit:.0f} s")
        wall = time.perf_counter() - started
    everyone = {turn.question for talk in talks for turn in talk} - {FOLLOW_UP}
    for one in conversations:
        found += one.failed
        for number, shown in enumerate(one.shown):
            turns = one.talk[: number + 1] if remembers else one.talk[number : number + 1]
            found += faults(shown, turns, everyone - {turn.question for turn in one.talk})
    seconds = tuple(s for one in conversations for s in one.seconds)
    ends = tuple(s for one in conversations for s in one.ends)
    return Load(seconds, ends, wall, tuple(found))


class _Conversation:
    """One session: what it has sent, what it was shown, how long each answer took."""

    def __init__(self, client: httpx.AsyncClient, prefix: str, event: Event, talk: Script) -> None:
        self.talk = talk
        self.seconds: list[float] = []
        self.ends: list[float] = []
        self.shown: list[str] = []
        self.failed: list[str] = []
        self._client, self._prefix, self._event = client, prefix, event
        self._session = uuid.uuid4().hex
        self._values = dict(event.values)

    async def hold(self) -> None:
        """Ask every question of the script; the first failure ends the conversation."""
        import httpx

        for turn in self.talk:
            try:
                await self._ask(turn.question)
            except (httpx.HTTPError, Failed) as error:
                self.failed.append(f"“{turn.question}”: {type(error).__name__} {error}")
                return

    async def _ask(self, question: str) -> None:
        event = self._event
        self._values[event.question] = question
        body = {
            "data": [self._values[i] for i in event.inputs],
            "fn_index": event.fn_index,
            "trigger_id": event.question,
            "event_data": None,
            "session_hash": self._session,
        }
        started = time.perf_counter()
        joined = await self._client.post(f"{self._prefix}/queue/join", json=body)
        joined.raise_for_status()
        whole = await self._follow(joined.json()["event_id"])
        ended = time.perf_counter()
        self.seconds.append((whole or ended) - started)
        self.ends.append(ended - started)
        self.shown.append("\n".join(str(self._values[i]) for i in event.shown))

    async def _follow(self, event_id: str) -> float | None:
        """Take every message until the event is over; when the answer was first whole.

        Raises:
            Failed: the event ends with an error, or its stream without it.
        """
        whole: float | None = None
        data: list[Any] = []
        over = False
        async with self._client.stream(
            "GET", f"{self._prefix}/queue/data", params={"session_hash": self._session}
        ) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                message = json.loads(line.removeprefix("data:")) if line else {}
                kind = message.get("msg")
                if kind == "unexpected_error":
                    raise Failed(str(message.get("message")))
                if kind not in ("process_generating", "process_completed"):
                    continue
                if message.get("event_id") != event_id or not message["success"]:
                    raise Failed(str(message["output"]))
                over = kind == "process_completed"
                data = _grown(data, message["output"]["data"], over)
                self._take(data)
                now = str(self._values[self._event.shown[-1]])
                if whole is None and _WHOLE.search(now):
                    whole = time.perf_counter()
        if not over:
            raise Failed("the stream ended before the answer")
        return whole

    def _take(self, data: Sequence[Any]) -> None:
        """Keep what the outputs are now, as a browser does; an update may bring no value."""
        for number, value in zip(self._event.outputs, data, strict=True):
            if not (isinstance(value, dict) and value.get("__type__") == "update"):
                self._values[number] = value
            elif "value" in value:
                self._values[number] = value["value"]


def _grown(before: Sequence[Any], sent: Sequence[Any], over: bool) -> list[Any]:
    """The outputs after a message: the first and the last are sent whole, the others as changes."""
    from gradio_client.utils import apply_diff  # type: ignore[import-untyped]

    if over or not before:
        return list(sent)
    return [apply_diff(old, change) for old, change in zip(before, sent, strict=True)]


def _default(component: Mapping[str, Any]) -> Any:
    props = component["props"]
    value = props.get("value", props.get("default_value"))  # the latter of a gr.BrowserState
    return "" if value is None and component["type"] == "textbox" else value
