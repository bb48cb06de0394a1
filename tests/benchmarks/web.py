"""The web face in a real browser and under load, ``python -m tests.benchmarks.web``.

Beside it in the same run: a bare Gradio app that echoes (gr.ChatInterface as it comes), in a
process of its own; the two are measured in turn. Everything happens on the loopback address; the
browser can resolve no other name, and a request for one is counted.

In Debian's Chromium: cold is a new browser context, warm the same page opened again in it. The page
is there when its question box and, where it has one, its welcome are visible: seen in the frame
that draws them, as are the first words and the whole answer (its cards) after Enter. Requests and
bytes are those of the network until half a second after the page is there.

Under load: 50 conversations at once, four questions each, every answer held to the one that the
same questions get when asked alone; next to one conversation at a time. The load is made on the
same processors. Without a browser only the load is measured. Exit status 1: a wrong answer, an
error, or a request that leaves the machine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from assistant.service import PolicyAssistant
from assistant.settings import load as load_settings
from tests.benchmarks import web_browser
from tests.benchmarks.answers import DATA, read_rows
from tests.benchmarks.processes import Failed
from tests.benchmarks.reporting import circumstances, store, table
from tests.benchmarks.web_load import Load, converse, summary
from tests.benchmarks.web_servers import Server, echo, product, resident_mib, serving, status
from tests.benchmarks.web_talks import Script, Turn, expected, scripts

PRODUCT, ECHO = "product", "bare echo"
FACES = {PRODUCT: web_browser.PRODUCT, ECHO: web_browser.ECHO}
QUESTIONS = ("智能装备产业由谁负责？", "生物医药怎么发展？", "2025年的目标是什么？")
PAGES = ("/industries", "/units", "/documents")
LIMIT = 240.0  # seconds for everything; what does not fit is repeated less often
ALONE = 5  # conversations one after another, for the figures of one
SPENT = ("p50", "p95", "max", "end_p95")  # of a summary: milliseconds
PATIENCE = 30.0  # seconds for what is not measured

Samples = dict[str, dict[str, list[float]]]  # of each measure those of each app
Servers = dict[str, Server]


# In the browser ---------------------------------------------------------------------------------


def browse(servers: Servers, repeat: int, until: float) -> tuple[Samples, list[str]]:
    """Views and answers of both apps in turn, after one round that does not count."""
    samples: Samples = defaultdict(lambda: defaultdict(list))
    foreign: set[str] = set()
    with web_browser.opened_browser() as browser:
        for turn in range(repeat + 1):
            for name, server in servers.items():
                measured, elsewhere = visit(browser, name, server.address)
                foreign |= {f"{name}: {url}" for url in elsewhere}
                for measure, values in measured.items() if turn else ():
                    samples[measure][name] += values
            if turn and time.monotonic() > until:
                break
    return samples, sorted(foreign)


def visit(browser: Any, name: str, address: str) -> tuple[dict[str, list[float]], list[str]]:
    """One new visitor: the page, the page again, a few questions."""
    face = FACES[name]
    with web_browser.context_of(browser, face.content, face.ready) as context:
        first, cold, elsewhere = web_browser.view(context, address)
        first.close()
        page, warm, again = web_browser.view(context, address)
        found = {f"cold: {measure}": [value] for measure, value in cold.items()}
        found |= {f"warm: {measure}": [value] for measure, value in warm.items()}
        for question in QUESTIONS:
            for measure, value in web_browser.ask(page, face, question).items():
                found.setdefault(measure, []).append(value)
    return found, elsewhere + again


def browse_pages(
    address: str, paths: Sequence[str], repeat: int, until: float
) -> tuple[dict[str, dict[str, float] | None], list[str]]:
    """Medians for each page that is rendered on the server, without a cache; None: not found."""
    found: dict[str, dict[str, float] | None] = {}
    foreign: set[str] = set()
    with web_browser.opened_browser() as browser:
        for path in paths:
            views: list[dict[str, float]] = []
            while status(address + path) == 200 and len(views) < repeat:
                with web_browser.context_of(browser, "main, body", "body") as context:
                    _, figures, elsewhere = web_browser.view(context, address, path)
                views.append(figures)
                foreign |= {f"{PRODUCT}: {url}" for url in elsewhere}
                if time.monotonic() > until:
                    break
            columns = views[0] if views else {}
            found[path] = {m: statistics.median(v[m] for v in views) for m in columns} or None
    return found, sorted(foreign)


def compared(samples: Samples) -> dict[str, dict[str, Any]]:
    """Of each measure: the runs, both medians and ranges, and the ratio of the medians."""
    result: dict[str, dict[str, Any]] = {}
    for measure, own in samples.items():
        medians = {name: statistics.median(values) for name, values in own.items()}
        ratio = medians[PRODUCT] / medians[ECHO] if medians.get(ECHO) else None
        ranges = {name: [min(values), max(values)] for name, values in own.items()}
        runs = min(map(len, own.values()))
        result[measure] = {"runs": runs, "median": medians, "range": ranges, "ratio": ratio}
    return result


# Under load -------------------------------------------------------------------------------------


def under_load(
    servers: Servers, talks: Mapping[str, Sequence[Script]], rounds: int, until: float
) -> dict[str, dict[str, Any]]:
    """The figures of each app: one conversation at a time, all at once, memory before and after."""
    loads: dict[tuple[str, bool], list[Load]] = defaultdict(list)
    for name, server in servers.items():  # what is loaded late is loaded now
        converse(server.address, talks[name][:1], together=False, remembers=False, limit=PATIENCE)
    before = {name: resident_mib(server.pid) for name, server in servers.items()}
    for turn in range(rounds):
        for together in (False, True):
            for name, server in servers.items():
                held = talks[name] if together else talks[name][:ALONE]
                left = max(10.0, until - time.monotonic())
                loads[name, together].append(
                    converse(
                        server.address,
                        held,
                        together=together,
                        remembers=name == PRODUCT,
                        limit=left,
                    )
                )
        if turn + 1 < rounds and time.monotonic() > until:
            break
    return {
        name: {
            "one": summary(loads[name, False]),
            "at once": summary(loads[name, True]),
            "MiB before": before[name],
            "MiB after": resident_mib(server.pid),
        }
        for name, server in servers.items()
    }


# The report -------------------------------------------------------------------------------------


def browser_report(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The medians of both apps with their ranges, and how many times the echo's ours is."""

    def shown(part: Mapping[str, Any], name: str) -> list[str]:
        if name not in part["median"]:
            return ["–", "–"]
        least, most = part["range"][name]
        return [f"{part['median'][name]:.0f}", f"{least:.0f}–{most:.0f}"]

    rows = [
        [
            measure,
            str(part["runs"]),
            *shown(part, PRODUCT),
            *shown(part, ECHO),
            times(part["ratio"]),
        ]
        for measure, part in found.items()
    ]
    return table(["in the browser", "runs", PRODUCT, "range", ECHO, "range", "ratio"], rows)


def pages_report(found: Mapping[str, Mapping[str, float] | None]) -> str:
    """One line a page; of a page that is not there, that it is not."""
    measures = list(next((part for part in found.values() if part), {"status": 404}))
    rows = [
        [path, *(f"{part[m]:.0f}" if part else "404" for m in measures)]
        for path, part in found.items()
    ]
    return table(["page, cold", *measures], rows)


def load_report(found: Mapping[str, Mapping[str, Any]], count: int) -> str:
    """One conversation against many, and the ratio of the two, for each app."""
    rows = []
    for name, part in found.items():
        one, many = part["one"], part["at once"]
        for label, line in ((f"{name}: 1 at a time", one), (f"{name}: {count} at once", many)):
            spent = [f"{line[k]:.0f}" if line[k] else "–" for k in SPENT]
            rate, wrong = str(line["per_second"] or "–"), str(len(line["faults"]))
            rows.append([label, str(line["answers"]), *spent, rate, wrong])
        ratios = [times(quotient(many[k], one[k])) for k in (*SPENT, "per_second")]
        rows.append([f"{name}: ratio", "", *ratios, ""])
    header = "conversations,answers,p50 ms,p95 ms,max,p95 to end,a second,faults"
    return table(header.split(","), rows)


def quotient(value: float | None, base: float | None) -> float | None:
    """How many times the base the value is; None where either is not known."""
    return value / base if value is not None and base else None


def times(ratio: float | None) -> str:
    """A ratio as the tables show it."""
    return "–" if ratio is None else f"{ratio:.2f}×"


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Everything, on an index that is built for it.

    Raises:
        Failed: a server does not answer, or its page takes no question.
        ValueError: there are not enough questions for so many conversations.
    """
    begun = time.monotonic()
    index, state = folder / "index", folder / "state"
    settings = load_settings({"index_dir": index, "state_dir": state})
    rows = [row for path in sorted(DATA.glob("questions_seed_*.jsonl")) for row in read_rows(path)]
    asked = [row["question"] for row in rows if row["clauses"] and not row.get("history")]
    assistant = PolicyAssistant.open(settings)
    own = [expected(assistant, script) for script in scripts(asked, options.conversations)]
    talks = {PRODUCT: own, ECHO: [tuple(Turn(turn.question, "") for turn in talk) for talk in own]}
    documents = [f"/documents/{document.id}" for document in assistant.documents()[:1]]
    found: dict[str, Any] = {
        "follow_ups": len({turn.answer for talk in own for turn in talk[1::2]})
    }
    with ExitStack() as started:
        servers: Servers = {}
        for name, command in {PRODUCT: product(index), ECHO: echo()}.items():
            servers[name] = started.enter_context(serving(command, state))
        if web_browser.CHROMIUM.exists():
            samples, foreign = browse(servers, options.repeat, begun + 0.5 * LIMIT)
            pages, more = browse_pages(
                servers[PRODUCT].address, [*PAGES, *documents], options.repeat, begun + 0.6 * LIMIT
            )
            found |= {"browser": compared(samples), "pages": pages, "elsewhere": foreign + more}
        found["load"] = under_load(servers, talks, options.rounds, begun + LIMIT)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 1 at a wrong answer, an error, or a request that leaves the machine."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.web", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="visits of each app")
    parser.add_argument("--conversations", type=int, default=50, metavar="N")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="of the load")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--save", action="store_true", help="keep it in tests/benchmarks/results/")
    options = parser.parse_args(arguments)
    if min(options.repeat, options.conversations, options.rounds) < 1:
        parser.error("--repeat, --conversations and --rounds are at least 1")
    with tempfile.TemporaryDirectory() as name:
        try:
            found = measure(options, Path(name))
        except (Failed, ValueError) as error:
            print(error, file=sys.stderr)
            return 1
    if "browser" in found:
        print(
            browser_report(found["browser"]), pages_report(found["pages"]), sep="\n\n", end="\n\n"
        )
    else:
        print(f"there is no Chromium at {web_browser.CHROMIUM}: only the load is measured\n")
    print(load_report(found["load"], options.conversations))
    for label, part in found["load"].items():
        before, after = part["MiB before"], part["MiB after"]
        if before and after:
            print(f"{label}: {before:.0f} MiB before the load, {after:.0f} MiB after it")
    print(f"different answers to the follow-ups: {found['follow_ups']}")
    elsewhere = found.get("elsewhere", [])
    print(f"requests to elsewhere: {', '.join(elsewhere) or 'none'}")
    wrong = [fault for k in ("one", "at once") for fault in found["load"][PRODUCT][k]["faults"]]
    for fault in wrong[:10]:
        print(fault)
    store(
        "web", {"benchmark": "web", **circumstances(), **found}, out=options.json, save=options.save
    )
    return int(bool(wrong) or any(url.startswith(PRODUCT) for url in elsewhere))


if __name__ == "__main__":
    raise SystemExit(main())
