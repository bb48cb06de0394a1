"""Results as a plot, ``python -m tests.benchmarks.retrieval_plot RESULT.json… --out FILE.svg``.

A block for each set: quality to the left with the difference to BM25 over jieba's words and its
95 % interval, the 95th percentile of the time of a question to the right on a logarithmic axis.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from tests.benchmarks.ranking_figures import DEPTH
from tests.benchmarks.retrieval_systems import CHARACTERS, OURS, TOKENS, WORDS

Row = dict[str, Any]
LABELS = {
    OURS: "政策问答助手（本项目）",
    TOKENS: "bm25s，本项目分词",
    WORDS: "BM25，jieba 分词",
    CHARACTERS: "BM25，单字＋双字",
}
SETS = {
    "stard": "法律条文 · STARD，口语化提问找法条",
    "ncp": "政府网页 · NCP，提问找段落",
}
WIDTH, MARGIN = 960, 32
NAMES, LEFT, RIGHT = 232, 250, 184  # widths: names, bars of quality, points of time
GAP = 172  # for the value and its interval
LINE, BAR = 34, 16
HEAD, FOOT, TITLE = 84, 52, 74
AFTER = 34  # below the bars: the numbers of the axis, then air
INK, SOFT, FAINT = "#1c2430", "#66707f", "#e7eaef"
OWN, OTHER = "#c8402f", "#9aa8ba"
FONT = "system-ui,-apple-system,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif"


@dataclass(frozen=True, slots=True)
class Bar:
    """One system of one set, as drawn."""

    label: str
    own: bool
    quality: float
    interval: str
    milliseconds: float
    questions: int


def bars(part: Mapping[str, Any], measure: str) -> list[Bar]:
    """The systems of a set, the best first."""
    found: list[Bar] = []
    for name, one in part["systems"].items():
        difference = one["against"].get(WORDS, {}).get("passages", {}).get(measure)
        found.append(
            Bar(
                LABELS.get(name, name),
                name == OURS,
                one["passages"][measure],
                "{:+.1f} [{:+.1f}, {:+.1f}]".format(*difference).replace("-", "−")
                if difference
                else "",
                one["p95_ms"],
                one["questions"],
            )
        )
    return sorted(found, key=lambda bar: -bar.quality)


def draw(sets: Mapping[str, Row], measure: str = "MRR@10") -> str:
    """The whole plot as SVG."""
    blocks: list[str] = []
    top = TITLE
    for name, part in sets.items():
        drawn = bars(part, measure)
        blocks.append(_block(name, part, drawn, measure, top))
        top += HEAD + LINE * len(drawn) + AFTER
    height = top + FOOT
    note = (
        "同一次运行、同一台机器、单线程、同样的文本；同行方案用相同的词元和相同的向量。"
        f"每问取前{DEPTH}条；方括号内为与“{LABELS[WORDS]}”之差的 95% 配对自助区间。"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" font-family="{FONT}" role="img">',
            "<title>检索评测：质量与耗时</title>",
            f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="12" fill="#fff" '
            f'stroke="{FAINT}"/>',
            _text(MARGIN, 44, "检索：质量与耗时", 21, weight=600),
            *blocks,
            _text(MARGIN, height - 26, note, 11.5, fill=SOFT),
            "</svg>\n",
        ]
    )


def _block(name: str, part: Row, drawn: Sequence[Bar], measure: str, top: int) -> str:
    base, _, size = name.partition("-")
    label = SETS.get(base, base) + (f"（{size}）" if size else "")
    counts = f"{part['passages']:,} 条 · {part['questions']:,} 问"
    left, right = MARGIN + NAMES, MARGIN + NAMES + LEFT + GAP
    first = top + HEAD
    bottom = first + LINE * len(drawn)
    top_quality = _step_above(max(bar.quality for bar in drawn))
    decades = _decades([bar.milliseconds for bar in drawn])
    lines = [
        f'<line x1="{MARGIN}" y1="{top}" x2="{WIDTH - MARGIN}" y2="{top}" stroke="{FAINT}"/>',
        _text(MARGIN, top + 32, label, 15.5, weight=600),
        _text(WIDTH - MARGIN, top + 32, counts, 12.5, fill=SOFT, anchor="end"),
        _text(left, top + 62, f"{measure} × 100，越高越好", 12.5, fill=SOFT),
        _text(right, top + 62, "每问耗时 p95，越低越好（对数轴）", 12.5, fill=SOFT),
    ]
    lines += [
        _tick(left + LEFT * tick / top_quality, first, bottom, str(tick))
        for tick in range(0, top_quality + 1, 20)
    ]
    for power in range(decades[0], decades[1] + 1):
        at = right + RIGHT * (power - decades[0]) / (decades[1] - decades[0])
        lines.append(_tick(at, first, bottom, _time(10.0**power)))
    for number, bar in enumerate(drawn):
        middle = first + LINE * number + LINE / 2
        share = (math.log10(bar.milliseconds) - decades[0]) / (decades[1] - decades[0])
        lines += [
            *_name(bar, middle, part["questions"]),
            _bar(left, middle, LEFT * bar.quality / top_quality, bar.own),
            *_value(left + LEFT * bar.quality / top_quality, middle, bar),
            _point(right, middle, RIGHT * share, bar.own),
            _text(right + RIGHT * share + 11, middle + 4.5, _time(bar.milliseconds), 12.5,
                  weight=600 if bar.own else 400),
        ]  # fmt: skip
    return "\n".join(lines)


def _name(bar: Bar, middle: float, questions: int) -> list[str]:
    weight = 600 if bar.own else 400
    if bar.questions == questions:
        return [_text(MARGIN, middle + 4.5, bar.label, 13.5, weight=weight)]
    return [
        _text(MARGIN, middle - 1, bar.label, 13.5, weight=weight),
        _text(MARGIN, middle + 12.5, f"抽 {bar.questions} 问", 10.5, fill=SOFT),
    ]


def _value(at: float, middle: float, bar: Bar) -> list[str]:
    weight = 600 if bar.own else 400
    found = [_text(at + 8, middle + 4.5, f"{bar.quality:.1f}", 12.5, weight=weight)]
    if bar.interval:
        found.append(_text(at + 42, middle + 4.5, bar.interval, 10.5, fill=SOFT))
    return found


def _bar(left: float, middle: float, length: float, own: bool) -> str:
    return (
        f'<rect x="{left:.1f}" y="{middle - BAR / 2:.1f}" width="{max(length, 2):.1f}" '
        f'height="{BAR}" rx="3" fill="{OWN if own else OTHER}"/>'
    )


def _point(left: float, middle: float, length: float, own: bool) -> str:
    """A point on a logarithmic axis, where the length of a bar would mean nothing."""
    color = OWN if own else OTHER
    return (
        f'<line x1="{left:.1f}" y1="{middle:.1f}" x2="{left + length:.1f}" y2="{middle:.1f}" '
        f'stroke="{color}" stroke-width="1.5" stroke-opacity=".45"/>'
        f'<circle cx="{left + length:.1f}" cy="{middle:.1f}" r="5.5" fill="{color}"/>'
    )


def _tick(at: float, top: float, bottom: float, label: str) -> str:
    line = f'<line x1="{at:.1f}" y1="{top}" x2="{at:.1f}" y2="{bottom}" stroke="{FAINT}"/>'
    return line + _text(at, bottom + 14, label, 10.5, fill=SOFT, anchor="middle")


def _text(
    at: float, base: float, words: str, size: float, *, fill: str = INK, weight: int = 400,
    anchor: str = "start",
) -> str:  # fmt: skip
    return (
        f'<text x="{at:.1f}" y="{base:.1f}" font-size="{size}" fill="{fill}" '
        f'font-weight="{weight}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def _time(milliseconds: float) -> str:
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.3g} s"
    return f"{milliseconds:.2g} ms" if milliseconds < 100 else f"{milliseconds:.0f} ms"


def _step_above(value: float) -> int:
    """The next multiple of 20, at least 20."""
    return max(20, 20 * math.ceil(value / 20))


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten that hold all values, the lowest below all of them."""
    low = math.floor(math.log10(min(values) * 0.8))
    return low, max(low + 1, math.ceil(math.log10(max(values))))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the plot; 0, or 2 after one sentence about input that cannot be drawn."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.retrieval_plot")
    parser.description = __doc__
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULT.json")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.svg")
    parser.add_argument("--measure", default="MRR@10", choices=["MRR@10", "R@10", "nDCG@10"])
    options = parser.parse_args(arguments)
    sets: dict[str, Row] = {}
    for path in options.results:
        try:
            sets |= json.loads(path.read_text(encoding="utf-8"))["sets"]
        except (OSError, ValueError, KeyError, TypeError):
            print(f"“{path}”不是检索评测的结果，请给出 --json 写出的文件。", file=sys.stderr)
            return 2
    if options.out.suffix != ".svg":
        print("--out 只能是 .svg 文件。", file=sys.stderr)
        return 2
    options.out.write_text(draw(sets, options.measure), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
