"""The benchmark of the web: its client against a real Gradio page, its checks and its tables."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from assistant.answer import Answer, AskedQuestion
from assistant.faces.chat.layout import mount_chat
from assistant.settings import Settings
from tests.benchmarks import web, web_load, web_servers, web_talks
from tests.benchmarks.processes import Failed
from tests.benchmarks.web_load import Load
from tests.benchmarks.web_talks import FOLLOW_UP, Script, Turn
from tests.fakes import FakeAssistant, FakeLedger

TALK = (Turn("甲产业怎么发展？", "发展甲产业。[1]"), Turn(FOLLOW_UP, "由市科技局负责。[1][2]"))
SHOWN = (
    "<section><p>您问：甲产业怎么发展？</p><p>发展 甲产业。<a href='#'>[1]</a></p></section>"
    "<section><p>您问：那由谁负责？</p><p>由<b>市科技局</b>负责。<a>1</a><a>2</a></p></section>"
)

# What was shown ---------------------------------------------------------------------------------


def test_a_conversation_that_shows_its_turns_in_order_is_right() -> None:
    assert web_talks.faults(SHOWN, TALK, ["乙产业怎么发展？"]) == []


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (SHOWN.replace("市科技局", "市教育局"), "由市科技局负责"),
        (SHOWN.replace("甲产业怎么发展？", ""), "甲产业怎么发展"),
        (SHOWN.partition("</section>")[2] + SHOWN.partition("</section>")[0], FOLLOW_UP),
        (SHOWN + "<p>乙产业怎么发展？</p>", "of another: 乙产业怎么发展？"),
        ("", "甲产业怎么发展"),
    ],
    ids=["another unit", "no question", "another order", "another's question", "nothing"],
)
def test_what_is_missing_or_of_another_is_said(shown: str, said: str) -> None:
    (fault,) = web_talks.faults(shown, TALK, ["乙产业怎么发展？"])
    assert said in fault


def test_a_question_that_is_only_offered_is_nobodys() -> None:
    offered = '<ul><li><button data-ask="乙产业怎么发展？">乙产业怎么发展？</button></li></ul>'
    assert web_talks.faults(SHOWN + offered, TALK, ["乙产业怎么发展？"]) == []


def test_a_conversation_has_two_questions_of_its_own() -> None:
    assert web_talks.scripts(["甲", "甲", "乙", "丙", "丁", "戊"], 2) == [
        ["甲", FOLLOW_UP, "乙", FOLLOW_UP],
        ["丙", FOLLOW_UP, "丁", FOLLOW_UP],
    ]
    with pytest.raises(ValueError, match="4 questions, not 3"):
        web_talks.scripts(["甲", "乙", "丙"], 2)


def test_what_is_expected_knows_the_questions_before_and_what_a_refusal_says() -> None:
    assistant = FakeAssistant()
    told, refused = web_talks.expected(assistant, ["智能装备", "天气"])
    assert told.answer.startswith("打造千亿级")
    refusal = assistant.ask("天气").refusal
    assert refusal is not None
    assert refused == Turn("天气", refusal.reason)
    assert assistant.asked[1][1] == ("智能装备",)


# The page's config ------------------------------------------------------------------------------


def event(number: int, target: object, inputs: Sequence[int], **more: object) -> dict[str, Any]:
    made = {"id": number, "targets": [target], "inputs": list(inputs), "outputs": [5, 9]}
    return {**made, "backend_fn": True, "api_visibility": "private", **more}


def component(number: int, kind: str, **props: object) -> dict[str, Any]:
    return {"id": number, "type": kind, "props": props}


PAGE = [
    component(1, "state"),
    component(3, "checkbox", value=True),
    component(4, "browserstate", default_value=[]),
    component(5, "html", elem_id="talk-now"),
    component(6, "textbox", elem_id="question"),
    component(7, "textbox", value="另一个框"),
    component(9, "html", elem_id="source"),
]


def test_the_event_of_the_question_box_is_found_with_the_values_of_its_inputs() -> None:
    events = [
        event(0, [None, "load"], [1]),
        event(1, [7, "submit"], [7]),
        event(2, [6, "submit"], [6], backend_fn=False),
        event(3, [6, "submit"], [3, 6, 1, 4]),
    ]
    found = web_load.asking_event({"components": PAGE, "dependencies": events})
    assert (found.fn_index, found.question, found.inputs) == (3, 6, (3, 6, 1, 4))
    assert (found.outputs, found.shown) == ((5, 9), (5,))
    assert found.values == {3: True, 6: "", 1: None, 4: [], 5: None, 9: None}


def test_a_page_without_our_box_is_asked_through_what_it_offers() -> None:
    events = [event(0, [7, "submit"], [7]), event(1, [8, "click"], [7, 1], api_visibility="public")]
    others = [c for c in PAGE if c["props"].get("elem_id") is None]
    others += [component(5, "json"), component(9, "state")]
    found = web_load.asking_event({"components": others, "dependencies": events})
    assert (found.fn_index, found.question, found.shown) == (1, 7, (5, 9))


def test_a_page_that_takes_no_question_is_said() -> None:
    with pytest.raises(Failed, match="takes a question"):
        web_load.asking_event({"components": PAGE, "dependencies": [event(0, [7, "submit"], [7])]})


# The real page ----------------------------------------------------------------------------------


class Following(FakeAssistant):
    """Completes the follow-up from the question before it; an error in the code for 坏."""

    def ask(self, question: str, history: Sequence[str] = (), **options: Any) -> Answer:
        if "坏" in question:
            raise RuntimeError(question)
        whole = f"{history[-1]}{question}" if question == FOLLOW_UP and history else question
        answer = super().ask(whole, history, **options)
        return replace(answer, question=AskedQuestion(question, whole))


class Mixing(Following):
    """Takes every follow-up for one on the first question that anybody asked."""

    def ask(self, question: str, history: Sequence[str] = (), **options: Any) -> Answer:
        first = [self.asked[0][0]] if self.asked else []
        return super().ask(question, first, **options)


@contextmanager
def served(assistant: FakeAssistant) -> Iterator[str]:
    import uvicorn

    app = mount_chat(FastAPI(), assistant, Settings(), FakeLedger())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([taken],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


def talks() -> list[Script]:
    asked = ("智能装备怎么发展？", "生物医药怎么发展？", "今天天气怎么样？", "谁管生物医药")
    return [web_talks.expected(Following(), script) for script in web_talks.scripts(asked, 2)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(Following()) as found:
        yield found


@pytest.mark.parametrize("together", [False, True])
def test_every_conversation_of_the_chat_keeps_its_own_history(address: str, together: bool) -> None:
    held = web_load.converse(address, talks(), together=together, remembers=True, limit=30)
    assert held.faults == ()
    assert len(held.seconds) == 8
    assert all(0 < whole <= end for whole, end in zip(held.seconds, held.ends, strict=True))
    assert max(held.ends) <= held.wall


def test_a_chat_that_mixes_its_conversations_is_found_out() -> None:
    with served(Mixing()) as address:
        held = web_load.converse(address, talks(), together=False, remembers=True, limit=30)
    assert held.faults
    assert all(fault.startswith(f"not shown for “{FOLLOW_UP}”") for fault in held.faults)


def test_an_error_ends_its_conversation_and_is_said(address: str) -> None:
    bad = (Turn("智能装备有何任务？", ""), Turn("坏", ""), Turn("生物医药靠什么？", ""))
    held = web_load.converse(address, [bad, *talks()], together=True, remembers=True, limit=30)
    assert len(held.seconds) == 9
    (fault,) = held.faults
    assert fault.startswith("“坏”: Failed")


def test_what_is_not_over_in_its_time_is_a_fault(address: str) -> None:
    held = web_load.converse(address, talks(), together=True, remembers=True, limit=0)
    assert (held.seconds, held.faults) == ((), ("2 conversations took more than 0 s",))


def test_an_address_where_nobody_listens_is_said() -> None:
    nobody = f"http://127.0.0.1:{web_servers.free_port()}"
    assert web_servers.status(f"{nobody}/config") == 0
    with pytest.raises(Failed, match="config"):
        web_load.converse(nobody, talks(), together=False, remembers=True, limit=5)


def test_the_status_of_a_page_is_known_with_and_without_the_page(address: str) -> None:
    assert web_servers.status(f"{address}/config") == 200
    assert web_servers.status(f"{address}/gradio_api/nothing-is-here") == 404


def test_the_memory_of_a_process_is_read_and_of_none_is_unknown() -> None:
    own = web_servers.resident_mib(os.getpid())
    assert own is None or 10 < own < 100_000
    assert web_servers.resident_mib(2**30) is None


# Tables -----------------------------------------------------------------------------------------


def test_the_summary_is_of_all_loads_together() -> None:
    found = web_load.summary([Load((0.1, 0.2), (0.5,), 0.5, ()), Load((0.3,), (), 0.5, ("wrong",))])
    assert found == {
        "answers": 3, "p50": 200.0, "p95": 290.0, "max": 300.0, "end_p95": 500.0, "per_second": 3.0, "faults": ["wrong"],
    }  # fmt: skip
    none = web_load.summary([Load((), (), 0.0, ("refused",))])
    assert (none["answers"], none["p50"], none["per_second"]) == (0, None, None)


def test_a_ratio_is_of_the_medians_and_unknown_without_a_base() -> None:
    found = web.compared(
        {
            "paint": {web.PRODUCT: [300.0, 100.0, 200.0], web.ECHO: [50.0, 150.0, 100.0]},
            "KiB": {web.PRODUCT: [30.0], web.ECHO: [0.0]},
        }
    )
    assert found["paint"]["ratio"] == 2.0
    assert found["paint"]["range"][web.PRODUCT] == [100.0, 300.0]
    assert found["paint"]["runs"] == 3
    told = web.browser_report(found).splitlines()
    assert told[2].split() == ["paint", "3", "200", "100–300", "100", "50–150", "2.00×"]
    assert told[3].split()[-1] == "–"


def test_a_page_that_is_not_there_has_no_figures() -> None:
    told = web.pages_report({"/units": None, "/industries": {"paint ms": 12.4}}).splitlines()
    assert told[2].split() == ["/units", "404"]
    assert told[3].split() == ["/industries", "12"]
    assert "404" in web.pages_report({"/units": None})


def test_the_table_of_the_load_divides_many_by_one() -> None:
    one = web_load.summary([Load((0.1,), (0.2,), 0.1, ())])
    many = web_load.summary([Load((0.4, 0.4), (0.4,), 0.5, ("wrong",))])
    told = web.load_report({web.PRODUCT: {"one": one, "at once": many}}, 50).splitlines()
    assert told[3].split()[-6:] == ["400", "400", "400", "400", "4.0", "1"]
    assert told[4].split()[-5:] == ["4.00×", "4.00×", "4.00×", "2.00×", "0.40×"]
    empty = web_load.summary([Load((), (), 0.0, ("refused",))])
    assert "–" in web.load_report({web.PRODUCT: {"one": empty, "at once": empty}}, 50)


def test_the_arguments_are_counts() -> None:
    with pytest.raises(SystemExit):
        web.main(["--repeat", "0"])
