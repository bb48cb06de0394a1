"""The whole site on the real assistant, without a browser: links, headers, anchors, HEAD."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from html.parser import HTMLParser
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.faces.application import create_app
from assistant.ledger.ledger import Ledger
from assistant.rendering import clause_url
from assistant.service import PolicyAssistant
from tests.policies import CORPUS, settings_for

SECTIONS = ("/", "/industries", "/units", "/documents")
BEGINNINGS = (*SECTIONS, "/documents?q=高端装备", "/industries?project=新能源汽车电池")
ALIKE = 30  # how many addresses that differ in their query string alone are opened
SITE = "http://testserver"


class Html(HTMLParser):
    """What a page says of itself and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inline = ""
        self._script = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        self.inline += data if self._script else ""

    def having(self, attribute: str) -> list[str]:
        return [own[attribute] for _, own in self.tags if attribute in own]

    def count(self, tag: str, before: str = "") -> int:
        names = [name for name, _ in self.tags]
        return names[: names.index(before) if before else None].count(tag)


class Pages(Mapping[str, Html]):
    """Every page that links lead to; the query string is followed from pages without one only."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        self.responses: dict[str, Response] = {}
        self.found: dict[str, Html] = {}
        self.links: list[tuple[str, str]] = []
        self._alike: Counter[str] = Counter()
        waiting = list(BEGINNINGS)
        for address in waiting:  # it grows while it is walked
            waiting += self._open(address)

    def _open(self, address: str) -> list[str]:
        if address in self.responses:
            return []
        response = self.responses[address] = self._client.get(address)
        if not is_html(response):
            return []
        page = self.found[address] = Html(response.text)
        if urlsplit(address).path == "/":
            return []  # the chat draws its links later
        targets = [urljoin(f"{SITE}{address}", link) for link in linked(page)]
        self.links += [(address, target) for target in targets]
        return [own for own in map(self._followed, targets, [address] * len(targets)) if own]

    def _followed(self, target: str, here: str) -> str:
        parts = urlsplit(target)
        if f"{parts.scheme}://{parts.netloc}" != SITE:
            return ""
        if not parts.query:
            return parts.path
        address = f"{parts.path}?{parts.query}"
        if ("?" in here and here not in BEGINNINGS) or address in self.responses:
            return ""
        self._alike[parts.path] += 1
        return address if self._alike[parts.path] <= ALIKE else ""

    def __getitem__(self, address: str) -> Html:
        return self.found[address]

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def is_html(response: Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/html")


def linked(page: Html) -> list[str]:
    return [*page.having("href"), *page.having("src")]


@pytest.fixture(scope="module")
def client(
    policy_assistant: PolicyAssistant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    settings = settings_for(tmp_path_factory.mktemp("site"), corpus_dir=CORPUS)
    with closing(Ledger.open(settings)) as ledger:
        yield TestClient(create_app(policy_assistant, settings, ledger), follow_redirects=False)


@pytest.fixture(scope="module")
def pages(client: TestClient) -> Pages:
    return Pages(client)


def test_every_link_of_every_page_leads_to_a_page(pages: Pages) -> None:
    assert len(pages.responses) > 200
    assert {a: r.status_code for a, r in pages.responses.items() if r.status_code != 200} == {}


def test_links_lead_to_every_document_clause_and_unit(
    pages: Pages, policy_assistant: PolicyAssistant
) -> None:
    wanted = {f"/documents/{document.id}" for document in policy_assistant.documents()}
    wanted |= {
        f"/clauses/{clause.id}"
        for document in policy_assistant.documents()
        for clause in document.clauses
        if clause.responsibility.assignments
    }
    wanted |= {f"/units/{unit.name}" for unit in policy_assistant.units()}
    assert wanted - {unquote(address) for address in pages.responses} == set()


def test_every_clause_has_a_page(client: TestClient, policy_assistant: PolicyAssistant) -> None:
    for document in policy_assistant.documents():
        for clause in document.clauses:
            assert client.get(clause_url(clause.id)).status_code == 200, clause.id


def test_every_link_within_a_page_has_its_place(pages: Pages) -> None:
    lost = set()
    for here, target in pages.links:
        parts = urlsplit(target)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        page = pages.get(address)
        if parts.fragment and page is not None and unquote(parts.fragment) not in page.having("id"):
            lost.add((here, target))
    assert lost == set()


def test_no_page_uses_an_id_twice(pages: Pages) -> None:
    twice = {
        address: [own for own, times in Counter(page.having("id")).items() if times > 1]
        for address, page in pages.items()
    }
    assert {address: ids for address, ids in twice.items() if ids} == {}


def test_nothing_is_loaded_from_elsewhere_or_runs_within_a_page(pages: Pages) -> None:
    for address, page in pages.items():
        if urlsplit(address).path == "/":
            continue  # Gradio's own page; the browser tests watch what it loads
        assert not page.inline.strip(), address
        assert not [n for _, own in page.tags for n in own if n.startswith("on")], address
        foreign = [u for u in linked(page) if urlsplit(u).scheme or urlsplit(u).netloc]
        assert not foreign, address


def test_without_a_password_nothing_leads_to_the_administration(pages: Pages) -> None:
    assert not [target for _, target in pages.links if urlsplit(target).path.startswith("/admin")]


def test_every_page_has_its_policy(pages: Pages, client: TestClient) -> None:
    absent = client.get("/units/火星局"), client.get("/clauses/nothing")
    for response in (*pages.responses.values(), *absent):
        if not is_html(response):
            continue
        policy = response.headers.get("content-security-policy", "")
        address = str(response.url)
        assert "default-src 'self'" in policy, address
        assert "object-src 'none'" in policy, address
        if response.url.path != "/":  # Gradio writes scripts into its page
            assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0], address
            assert "unsafe-eval" not in policy, address


def test_every_page_is_chinese_has_one_title_and_says_where_one_is(pages: Pages) -> None:
    for address, page in pages.items():
        assert ("html", {"lang": "zh-CN"}) in [
            (t, {"lang": o.get("lang", "")}) for t, o in page.tags
        ]
        assert page.count("title", before="body") == 1, address
        if urlsplit(address).path == "/":
            continue
        assert page.count("h1") == page.count("main") == 1, address
        now = [own["href"] for tag, own in page.tags if tag == "a" and "aria-current" in own]
        section = "/" + address.split("/")[1].partition("?")[0]
        if section in SECTIONS and not address.startswith("/documents/"):
            assert section in [urlsplit(link).path for link in now], address


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?q=谁负责",
        "/industries",
        "/industries.xlsx",
        "/units",
        "/units.xlsx",
        "/units/市财政局",
        "/units/市财政局/tasks.xlsx",
        "/units/compare?a=市财政局&b=市教育局",
        "/documents",
        "/documents/{seed}",
        "/clauses/{seed}:2.1",
        "/units/火星局",
        "/clauses/nothing",
        "/documents/nothing",
        "/static/style.css",
        "/static/nothing.css",
    ],
)
def test_head_says_what_get_says(
    client: TestClient, policy_assistant: PolicyAssistant, address: str
) -> None:
    official = next(d for d in policy_assistant.documents() if d.doc_number)
    asked = quote(address.format(seed=official.id), safe="/?=&:")
    head, whole = client.head(asked), client.get(asked)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "content-security-policy"):
        assert head.headers.get(name) == whole.headers.get(name), name
