"""Answers that come whole from the tables: facts, clauses by number, purposes, industries."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answer import Answer, Status
from assistant.answering.drafting import EXPLANATORY_NOTE
from assistant.model import CITABLE, ClauseKind, Document
from assistant.parts import Parts
from assistant.service import PolicyAssistant
from tests.policies import CORPUS, YUNHE_NUMBER, YUNHE_TITLE, settings_for


def text_of(answer: Answer) -> str:
    assert answer.answer
    return answer.answer.text


def labels(answer: Answer) -> list[str]:
    return [citation.clause.label for citation in answer.citations]


@pytest.mark.parametrize(
    ("question", "words", "part"),
    [
        ("文件的文号是什么？", "淄政字〔2022〕40号", "发文字号"),
        ("什么时候印发的？", "2022年4月20日", "落款"),
        ("发文机关是谁？", "淄博市人民政府", "落款"),
        ("主送哪些单位？", "各区县人民政府", "主送机关"),
        ("文件的标题是什么？", "济淄同城化科创大走廊先行区建设的意见", "标题"),
        ("能对外公开吗？", "此件公开发布", "附注"),
    ],
)
def test_facts_of_the_document(
    policy_assistant: PolicyAssistant, question: str, words: str, part: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is Status.ANSWERED
    assert words in text_of(answer)
    assert labels(answer) == [part]
    assert not answer.responsible_units


@pytest.mark.parametrize(
    "question",
    [
        "这个文件还有效吗？",
        "有效期到什么时候",
        "济淄同城化什么时候到期",
        "济淄同城化意见现在还有效吗",
    ],
)
def test_of_an_unknown_force_what_is_known_is_said(
    policy_assistant: PolicyAssistant, question: str
) -> None:
    answer = policy_assistant.ask(question)
    assert answer.status is Status.PARTIAL
    assert "没有写明施行日期、有效期或废止情况；成文日期是2022年4月20日" in text_of(answer)
    assert "没有发现废止或取代的规定" in text_of(answer)
    assert labels(answer) == ["落款"]


def test_a_heading_over_others_is_told_with_all_its_parts(
    policy_assistant: PolicyAssistant,
) -> None:
    answer = policy_assistant.ask("总体要求是什么")
    assert labels(answer) == ["一（一）", "一（二）"]


def test_how_many_parts_a_clause_has(policy_assistant: PolicyAssistant, seed: Document) -> None:
    top = next(c for c in seed.clauses if c.label == "二（二）")
    answer = policy_assistant.ask("二（二）有几条")
    assert f"下面有{len(seed.children(top.id))}条：" in text_of(answer)


def test_the_part_of_a_unit_in_a_clause(policy_assistant: PolicyAssistant) -> None:
    part = text_of(policy_assistant.ask("二（二）中，哪些和市财政局有关"))
    assert part.startswith("市财政局是二（二）加快发展高端特色产业的责任单位。")
    part = text_of(policy_assistant.ask("二（四）中，哪些和市财政局有关"))
    assert part.startswith("市财政局是二（四）构建现代基础设施网络其中1条列明的单位：")
    none = text_of(policy_assistant.ask("二（二）中，哪些是市交通运输局牵头的"))
    assert none.startswith("市交通运输局不是二（二）加快发展高端特色产业列明的单位。")


def test_how_long_a_document_holds_is_what_it_says_itself(two_cities: PolicyAssistant) -> None:
    answer = two_cities.ask(f"{YUNHE_NUMBER}的有效期是多久？")
    assert "本措施自2023年6月1日起施行，有效期50年" in text_of(answer)
    assert labels(answer) == ["三、附则"]


def test_how_many_parts(policy_assistant: PolicyAssistant, seed: Document) -> None:
    answer = policy_assistant.ask("文件有几个部分？")
    leaves = [c for c in seed.clauses if c.kind in CITABLE and not seed.children(c.id)]
    assert labels(answer) == ["一、总体要求", "二、重点任务", "三、组织保障"]
    assert "3个部分" in text_of(answer)
    assert f"{len(leaves)}条" in text_of(answer)


def test_every_clause_is_found_by_its_own_label(
    policy_assistant: PolicyAssistant, seed: Document
) -> None:
    numbered = [c for c in seed.clauses if c.kind in CITABLE and c.label != "序言"]
    assert len(numbered) == 37
    for clause in numbered:
        answer = policy_assistant.ask(f"{clause.label}说了什么？")
        assert answer.status is Status.ANSWERED, clause.label
        wanted = [
            c.id
            for c in seed.clauses
            if (c.id == clause.id or c.id.startswith(clause.id + "."))
            and c.kind in CITABLE
            and c.body_range[1] > c.body_range[0]
        ]
        assert [c.clause.id for c in answer.citations] == wanted[:12], clause.label


WRITTEN = "二（四） 二、（四） 二(四) 二（4） 2（4） 第二部分（四） 第二部分第四条 第2部分第4条"


@pytest.mark.parametrize("written", WRITTEN.split())
def test_a_clause_number_in_every_written_form(
    policy_assistant: PolicyAssistant, written: str
) -> None:
    answer = policy_assistant.ask(f"{written}的内容是什么？")
    assert labels(answer) == ["二（四）建设综合交通网络", "二（四）优化能源、数字新基建布局"]


def test_a_sub_clause_by_its_place_in_the_clause(policy_assistant: PolicyAssistant) -> None:
    for written in ("二（二）第3项", "二（二）的第三条", "二（二）3."):
        assert labels(policy_assistant.ask(f"{written}讲什么")) == ["二（二）新能源新材料"]


def test_a_number_that_fits_several_clauses_is_asked_back(
    policy_assistant: PolicyAssistant, two_cities: PolicyAssistant
) -> None:
    answer = policy_assistant.ask("（二）说了什么？")
    assert answer.status is Status.CLARIFY
    assert all(label in text_of(answer) for label in ("一（二）", "二（二）", "三（二）"))
    assert labels(policy_assistant.ask("（八）说了什么？")) == ["二（八）"]
    assert two_cities.ask("二（三）说了什么？").status is Status.CLARIFY
    own = two_cities.ask(f"{YUNHE_NUMBER}第（三）条")
    assert labels(own) == ["二(三)"]


def test_a_number_that_no_clause_has_is_refused(policy_assistant: PolicyAssistant) -> None:
    for written in ("十（一）", "第五部分", "二（二十）", "第九十九条"):
        answer = policy_assistant.ask(f"{written}说了什么？")
        assert answer.status is Status.NO_SOURCE, written
        assert written.strip("第部分") in text_of(answer)


STATUTE = """某市茶园保护条例
第一章　总则
第一条　为了保护茶园，制定本条例。
第二条　本市茶园适用本条例。
第二章　附则
第二条之一　野生茶树从其规定。
第三条　本条例自2022年1月1日起施行。
"""


def test_chapters_and_articles(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "law.txt").write_text(STATUTE, encoding="utf-8")
    assistant = PolicyAssistant.open(settings_for(tmp_path))
    for written, wanted in {
        "第二条": ["第二条"],
        "第二条之一": ["第二条之一"],
        "第2条": ["第二条"],
        "第一章": ["第一条", "第二条"],
        "第二章第三条": ["第三条"],
        "第九条": [],
        "第三章": [],
    }.items():
        assert labels(assistant.ask(f"{written}说了什么？")) == wanted, written
    assert "本条例自2022年1月1日起施行" in text_of(assistant.ask("什么时候生效？"))


def test_why_a_document_was_made(
    policy_assistant: PolicyAssistant, two_cities: PolicyAssistant
) -> None:
    assert labels(policy_assistant.ask("为什么要出台这个文件？")) == ["序言"]
    both = two_cities.ask("为什么要出台这些文件？")
    assert labels(both) == ["序言", "序言"]
    (only,) = two_cities.ask(f"为什么制定{YUNHE_NUMBER}？").citations
    assert only.document.title == YUNHE_TITLE


def test_an_explanation_is_a_note_and_no_source(policy_assistant: PolicyAssistant) -> None:
    answer = policy_assistant.ask("“四新”经济是什么意思？")
    (note,) = [w for w in answer.warnings if w.startswith(EXPLANATORY_NOTE)]
    assert "新技术、新产业、新业态、新模式" in note
    assert "新技术、新产业、新业态、新模式" not in text_of(answer)
    assert {c.document.kind for c in answer.citations} == {"official"}


def test_the_longest_term_is_explained(parts: Parts) -> None:
    assert parts.lookups.explanation("工业互联网是什么").startswith(EXPLANATORY_NOTE)
    assert "工业互联网：" in parts.lookups.explanation("工业互联网和孵化器是什么")
    assert parts.lookups.explanation("天气怎么样") == ""


def test_industries_of_an_area_are_all_of_its_sentences(
    policy_assistant: PolicyAssistant, parts: Parts, seed: Document
) -> None:
    assert parts.lookups.areas
    for area in parts.lookups.areas:
        answer = policy_assistant.ask(f"{area}重点发展什么产业？")
        entries = [e for e in parts.index.industries if area in e.areas]
        assert [c.char_range for c in answer.citations] == list(
            dict.fromkeys(e.char_range for e in entries)
        )
        for entry in entries:
            assert entry.industry in "".join(c.quote for c in answer.citations)
    assert all(area in seed.text for area in parts.lookups.areas)


def test_below_is_everything_under_a_clause(parts: Parts, seed: Document) -> None:
    top = next(c for c in seed.clauses if c.label == "二、重点任务")
    below = parts.lookups.below(top)
    assert {c.kind for c in below} <= CITABLE
    assert len(below) == 9 + 19
    assert ClauseKind.NOTE not in {c.kind for c in below}


def test_a_date_in_chinese_numerals_is_read_and_quoted_as_written(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    text = (CORPUS / "zibo-2022-40.txt").read_text(encoding="utf-8")
    written = text.replace("2022年4月20日", "二〇二二年四月二十日")
    (folder / "policy.txt").write_text(written, encoding="utf-8")
    answer = PolicyAssistant.open(settings_for(tmp_path, corpus_dir=folder)).ask("什么时候印发的？")
    assert answer.answer is not None
    assert "2022年4月20日" in answer.answer.text
    assert "二〇二二年四月二十日" in answer.citations[0].quote
