"""A tiny folder of training data: articles, lay questions in other words, pairs, two policies."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from assistant.training.finetuning import Tuning
from assistant.training.ranking import Trees
from assistant.training.recipe import Recipe

SUBJECTS = "养老 教育 环保 交通 科技 农业 住房 医疗 文化 消防 就业 能源".split()
LAY = "老人 上学 污染 坐车 发明 种地 买房 看病 演出 着火 打工 用电".split()
ACTS = "补贴 检查 许可 登记 规划 处罚 培训 统计".split()
RECIPE = Recipe(vocabulary=400, dimension=32, steps=30, batch_size=32)
TUNING = Tuning(steps=40, batch_size=40, hard=4)
TREES = Trees(trees=20, depth=2, smallest_leaf=5)
Row = dict[str, object]


def articles() -> list[Row]:
    """An article of each subject and act, in that order; the last belongs to no whole country."""
    rows: list[Row] = [
        {
            "id": f"law{s}_{a}",
            "law": f"{subject}条例",
            "article": f"第{a}条",
            "path": ["第一章 总则"],
            "text": f"{subject}主管部门负责{act}工作，{subject}单位按照{act}要求办理，报告情况。",
            "national": True,
        }
        for s, subject in enumerate(SUBJECTS)
        for a, act in enumerate(ACTS)
    ]
    return [*rows, {**rows[-1], "id": "local", "law": "某市条例", "national": False}]


def questions() -> list[Row]:
    """A lay question on each article: only from examples does one learn what 老人 is about."""
    return [
        {
            "query_id": s * len(ACTS) + a,
            "question": f"{lay}{act}",
            "gold": [f"law{s}_{a}"],
            "answer": f"您好，{lay}的{act}按照{subject}条例办理，请问{act}部门。"
            if a % 2
            else None,
        }
        for s, (subject, lay) in enumerate(zip(SUBJECTS, LAY, strict=True))
        for a, act in enumerate(ACTS)
    ]


def write_lines(path: Path, rows: list[Row]) -> None:
    """Write JSON Lines, gzipped where the name says so; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def write_policies(folder: Path) -> None:
    """One policy to learn from, and one that only measures."""
    lines = ["关于加快发展的意见", "一、总体要求", "坚持稳中求进，推动高质量发展，扩大有效投资。"]
    lines += [
        f"（{n}）加强{subject}工作。完善{subject}体系，健全机制。"
        for n, subject in zip("一二三四五六七八九十", SUBJECTS, strict=False)
    ]
    folder.mkdir(parents=True)
    (folder / "gov_001.txt").write_text("\n".join(lines), encoding="utf-8")
    measured = "测量专用\n这一段只用于测量，不得用于训练。"
    (folder / "ncp_001.txt").write_text(measured, encoding="utf-8")


def write_data(folder: Path) -> Path:
    """Everything that a training run reads; one question is among the pairs, too."""
    write_lines(folder / "laws" / "articles.jsonl.gz", articles())
    write_lines(folder / "stard" / "train.jsonl", questions())
    asked = str(questions()[0]["question"])
    news: list[Row] = [
        {"query": f"{lay}的消息", "positive": f"今天有{lay}的新闻报道，{lay}的事情大家都关心。"}
        for lay in LAY
    ]
    legal: list[Row] = [
        {"query": f"{subject}归谁管？", "positive": f"{subject}归{subject}主管部门管，由其负责。"}
        for subject in SUBJECTS
    ]
    leak: Row = {"query": asked, "positive": "泄露了答案的短文。"}
    write_lines(folder / "pairs" / "news.jsonl.gz", [*news, leak])
    write_lines(folder / "pairs" / "lecoqa.jsonl.gz", [*legal, leak])
    write_policies(folder / "policies")
    return folder
