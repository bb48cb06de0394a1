"""One process over the real index: `python app.py` in a subprocess, asked over HTTP."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assistant.faces.server import STOP_SECONDS
from tests.worker_servers import eventually, free_port

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120  # a loaded two-core machine imports gradio and builds the index in this time

NEW_DOCUMENT = """关于建设琉璃文化展示馆的通知
淄政字〔2023〕7号
各区县人民政府：
现就有关事项通知如下。
一、重点任务
（一）建设琉璃文化展示馆
在博山区建设琉璃文化展示馆，面积三千平方米。（责任单位：市文化和旅游局）
淄博市人民政府
2023年3月1日
"""


class Served:
    """A running `python app.py` with folders of its own, and a client for it."""

    def __init__(self, folder: Path, corpus: Path) -> None:
        self.corpus, self.index, self.log = corpus, folder / "index", folder / "log"
        self.port = free_port()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=START_SECONDS)
        self._output = self.log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(self.port), *self.places()],
            cwd=ROOT,
            env={**os.environ, "RATE_LIMIT_USER": "none"},  # the tests ask until something changes
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def places(self) -> list[str]:
        return ["--corpus", str(self.corpus), "--index", str(self.index)]

    def wait_until_ready(self) -> None:
        """Return when it answers; the address is taken first, so a client only has to wait."""
        stop = time.monotonic() + START_SECONDS
        while time.monotonic() < stop:
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            try:
                if self.client.get("/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        pytest.fail(self.log.read_text(encoding="utf-8"))

    def ask(self, question: str) -> dict[str, object]:
        response = self.client.post("/v1/answers", json={"question": question})
        assert response.status_code == 200, response.text
        found: dict[str, object] = response.json()
        return found

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=20)
        self.client.close()
        self._output.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    corpus = folder / "corpus"
    shutil.copytree(ROOT / "corpus", corpus)
    running = Served(folder, corpus)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()


# The real thing ---------------------------------------------------------------------------------


def test_a_question_is_answered_over_http(served: Served) -> None:
    answer = served.ask("智能装备产业重点发展什么？")
    assert answer["status"] == "answered"
    assert "千亿级新能源汽车产业集群" in json.dumps(answer, ensure_ascii=False)
    assert answer["responsible_units"]


def test_a_citation_leads_to_its_clause(served: Served) -> None:
    answer = served.ask("生物医药依托哪个园区发展？")
    citations = answer["citations"]
    assert isinstance(citations, list)
    clause_id = citations[0]["clause"]["id"]
    clause = served.client.get(f"/v1/clauses/{clause_id}").json()["clause"]
    assert citations[0]["quote"] in clause["text"]
    page = served.client.get(f"/clauses/{clause_id}")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_all_faces_stand_side_by_side(served: Served) -> None:
    assert "text/html" in served.client.get("/").headers["content-type"]
    assert served.client.get("/v1/units").json()["count"] > 10
    assert served.client.get("/v1/nothing").json()["error"]["code"] == "unknown_route"
    assert served.client.get("/v1/answers").status_code == 405
    assert served.client.get("/openapi.json").json()["paths"]["/v1/answers"]


def test_bad_input_is_refused_and_the_service_goes_on(served: Served) -> None:
    def status(**body: object) -> int:
        return served.client.post("/v1/answers", json=body).status_code

    assert status(question="") == 400
    assert status(question="问" * 100_000) == 413
    assert status(question="问" * 5_000) == 413
    assert status() == 400
    assert status(question="😀\x00\u202e") in {200, 400}
    assert status(question="What is the weather in Paris today?") == 200
    assert served.client.get("/v1/clauses/nothing").status_code == 404
    assert served.client.get("/v1/units/市玄学局/tasks").status_code == 404
    assert served.ask("智能装备产业重点发展什么？")["status"] == "answered"


def test_nothing_that_is_asked_is_logged(served: Served) -> None:
    served.client.get("/v1/search", params={"q": "不可外传的检索"})
    served.client.get("/", params={"q": "不可外传的提问"})
    served.ask("不可外传的问题")
    said = served.log.read_text(encoding="utf-8")
    assert re.search(r"request request_id=\w+ method=GET route=/v1/search status=200 ", said)
    assert "不可外传" not in said
    assert "%E4%B8%8D%E5%8F%AF" not in said, "nor in the form it has in an address"
    assert "127.0.0.1:" not in said.replace(f"127.0.0.1:{served.port}", ""), "nor who asks"


def test_nobody_is_taken_for_a_proxy_unasked(served: Served) -> None:
    body = {"query": "智能装备产业重点发展什么？", "user": "甲", "response_mode": "blocking"}
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    told = served.client.post("/v1/chat-messages", json=body, headers=forged).text
    assert f"http://127.0.0.1:{served.port}/" in told
    assert "https://127.0.0.1" not in told


def test_a_taken_port_is_said_at_once(served: Served) -> None:
    started = time.monotonic()
    second = subprocess.run(
        [sys.executable, "-m", "assistant", "serve", "--port", str(served.port), *served.places()],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    said = second.stderr.decode("utf-8")
    assert said.startswith(f"端口127.0.0.1:{served.port}已被占用")
    assert said.count("\n") == 1
    assert time.monotonic() - started < 10, "nothing slow is loaded first"
    assert served.client.get("/healthz").status_code == 200


def test_a_new_document_is_answered_without_a_restart(served: Served) -> None:
    def told() -> bool:
        citations = served.ask("琉璃文化展示馆面积多大？")["citations"]
        return "在博山区建设琉璃文化展示馆" in json.dumps(citations, ensure_ascii=False)

    assert not told()
    (served.corpus / "new.txt").write_text(NEW_DOCUMENT, encoding="utf-8")
    assert eventually(told, 30)
    documents = served.client.get("/v1/documents").json()["documents"]
    assert "淄政字〔2023〕7号" in [document["doc_number"] for document in documents]


def test_a_vanished_corpus_is_logged_and_the_old_index_serves_on(served: Served) -> None:
    hidden = served.corpus.with_name("hidden")
    served.corpus.rename(hidden)
    try:
        said = "继续使用原有索引"
        assert eventually(lambda: said in served.log.read_text(encoding="utf-8"), 30)
        assert served.ask("智能装备产业重点发展什么？")["status"] == "answered"
    finally:
        hidden.rename(served.corpus)


def test_sigterm_ends_it_cleanly_even_with_a_request_under_way(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as half_sent:
        half_sent.sendall(b"POST /v1/answers HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
        time.sleep(0.5)
        started = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(timeout=STOP_SECONDS + 20) == 0
        assert time.monotonic() - started < STOP_SECONDS + 10
    said = served.log.read_text(encoding="utf-8")
    assert "Finished server process" in said
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", served.port))


@pytest.mark.parametrize(("corpus", "workers"), [("missing", 1), ("empty", 1), ("empty", 2)])
def test_without_documents_it_does_not_start(tmp_path: Path, corpus: str, workers: int) -> None:
    (tmp_path / "empty").mkdir()
    found = subprocess.run(
        [
            *(sys.executable, "app.py", "--port", str(free_port())),
            *("--corpus", str(tmp_path / corpus), "--index", str(tmp_path / "index")),
        ],
        cwd=ROOT,
        env={**os.environ, "WORKERS": str(workers), "REDIS_URL": "redis://127.0.0.1:1"},
        capture_output=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert found.returncode == 1
    said = found.stderr.decode("utf-8")
    assert said.endswith("。\n")
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert str(tmp_path / corpus) in said
