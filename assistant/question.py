"""What is asked: a document's facts, a clause, a unit's tasks, who is responsible, industries.

Rules over the words of the question and the names that the index knows; no model. A follow-up is
completed from the questions before it, and the completed question is shown to the user.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from assistant.areas import AreaFinder
from assistant.text import CN_NUMERAL, clean, fold, is_place, words
from assistant.units import Mention, UnitFinder
from assistant.vocabulary import Vocabulary


class Kind(StrEnum):
    """What a question wants to know."""

    FACT = "fact"
    DEFINITION = "definition"
    UNIT = "unit"
    TASKS = "tasks"
    META = "meta"
    CLAUSE = "clause"
    WHERE = "where"
    PURPOSE = "purpose"
    ASSISTANT = "assistant"
    INDUSTRIES = "industries"


class Detail(StrEnum):
    """A thing that only an explicit mention in the clause can answer."""

    AMOUNT = "amount"
    RATE = "rate"
    DURATION = "duration"
    DATE = "date"
    CONTACT = "contact"
    PERSON = "person"
    PROCEDURE = "procedure"
    SUBSIDY = "subsidy"
    PENALTY = "penalty"


@dataclass(frozen=True, slots=True)
class Question:
    """A question, understood. ``topic`` is its text without the words that only ask."""

    text: str
    kind: Kind
    topic: str
    rewritten: str | None = None
    units: tuple[Mention, ...] = ()
    areas: tuple[str, ...] = ()
    clause_numbers: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()


_WHO = re.compile(
    r"(?:由|是|归|找|问|属于?|有)?(?:谁|哪一?[个些家几]{0,2}(?:市级|市直|具体)?(?:单位|部门|局|委办局|委|机构|责任单位|牵头单位|责任部门))"
    r"(?:来|去|在)?(?:牵头|负责|主管|管理|管|抓|落实|承担|保障|推进|承办|配合|的责任|的活儿?|参与)*"
    r"|(?:责任|牵头|配合|负责|主管|落实)(?:的)?(?:单位|部门)(?:都?(?:是|有))?(?:谁|哪[些个几家]*)?|谁"
    r"|牵头的?是?(?:哪家|谁)|归(?:哪|谁)[^，。？?]{0,4}管|哪家(?:单位)?(?:负责|牵头|管)"
)
_ALL_TASKS = re.compile(
    r"(?:任务|职责|工作|事项)(?:清单|列表|一览|汇总|总表)|(?:哪些|什么|几|多少|所有|全部|啥).{0,4}(?:任务|工作|事|活|职责|条款|[项条件])"
)
_TASKS = re.compile(
    r"负责|承担|参与|牵头|配合|任务|职责|分工|工作|要做|要干|管什么|管啥|管哪|哪几[项条件]|哪些[事活]|干什么|做什么|什么活|干啥|有关|事项|条款|涉及"
)
_WHEN = r"(?:几几年|什么时[候间]|啥时候?|何时|几时|哪[一]?[年天日]|几[号月]|哪年哪月)"
_ISSUED = r"(?:印发|出台|成文|公布|下发|签发|制定|发布|发文|发出|发|出)"
_FACTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("doc_number", re.compile(r"文号|发文字号|字号|第?几号文|文件编?号")),
    (
        "issued_on",
        re.compile(
            rf"几几年|{_WHEN}[^，。？?]{{0,6}}{_ISSUED}(?:的|出来|布)?|{_ISSUED}(?:的|于)?(?:是|在)?{_WHEN}"
            r"|(?:发文|成文|印发|发布|出台|公布|落款|签发)的?(?:日期|时间)"
        ),
    ),
    (
        "issuer",
        re.compile(
            r"(?:谁|哪[个一]?(?:家|级)?(?:市|省|区|县)?级?(?:单位|部门|政府|机关))(?:制定|印发|发布|出台|下发|发|出)(?:的|布|出|文)*"
            r"|发文(?:机关|单位|机构)|印发(?:机关|单位)|落款(?:单位|是谁)?$|(?:制定|发布)(?:机关|单位)"
        ),
    ),
    ("recipients", re.compile(r"主送|(?:印|下|转)?发给(?:谁|哪|了)?|受文|收文|送给?哪些|给哪些单位")),
    ("title", re.compile(r"(?:文件|意见|通知|政策|办法|方案|标题)的?(?:全称|全名|标题|名称|名字)|叫什么(?:名字|名)?|标题")),
    (
        "remark",
        re.compile(
            r"(?:是否|能否|能不能|可以|可不可以|是不是|能|是|会)(?:对外|向社会)?公开(?:的|发布)?|公开发布|公开(?:吗|属性|方式)|附注|保密"
        ),
    ),
    ("status", re.compile(r"有效期|失效|现行有效|还有效|是否有效|废止|过期|(?:何时|什么时候)(?:生效|施行)")),
    ("count", re.compile(r"(?:几|多少)(?:个部分|部分|大部分|章|条款)|(?:文件|全文|意见).{0,4}(?:几|多少)条$")),
)
_SURE = re.compile(r"几号文|(?:文件|意见|通知|政策)的?(?:全称|全名|标题|名称)|文号|发文字号|主送|发文机关|成文日期|落款|附注|(?:文|文件|意见|通知)(?:是|都)?(?:印|下|转)?发给")
_ABOUT_DOCUMENT = re.compile(
    r"这[份个项篇]|该|此|本|文件|意见|政策|通知|办法|方案|公文|规定|文(?:是|号|字|的)?|《[^》]*》|是|什么|多少|哪|的|吗|了|呢|？|\?|，|,|。|、|和|请问|我们?|这|能|和|给|发|对|谁|里|上|下|级|一|到底|想知道|知道|时候|政府|单位|都|有|在"
)
_CLAUSE_REF = re.compile(
    rf"(?:第(?P<part>{CN_NUMERAL}|\d+)部分)?[的，,]?第?(?P<one>{CN_NUMERAL}|\d+)?[、,，.]?"
    rf"[（(](?P<two>{CN_NUMERAL}|\d+)[)）](?:第?(?P<three>\d+)[.．、条项])?"
)
_ORDINAL_REF = re.compile(
    rf"第(?P<first>{CN_NUMERAL}|\d+)(?P<kind>部分|大?条|章|款)(?:之(?P<sub>{CN_NUMERAL}))?(?:的?第(?P<second>{CN_NUMERAL}|\d+)[条款项点])?"
)
_WHERE = re.compile(
    r"哪[一]?[个些]?(?:园区|片区|区|镇|县|街道|地方|板块|开发区|功能区|区域|地)|哪里|哪儿|去哪|放哪|放在哪|落在哪|什么地方|何处|在哪"
)
_INDUSTRY = re.compile(
    r"产业|行业|投资|招商|主导|定位|赛道|发展(?:什么|哪些|啥)|支持(?:什么|哪些|啥)|做什么(?:项目|生意)|适合"
)
_DEFINITION = re.compile(
    r"什么是|是什么意思|啥意思|是指什么|指的?是?什么|含义|怎么理解|何为|什么叫|是什么[？?。]?$|名词解释|意思是"
)
_ASSISTANT = re.compile(
    r"^(?:请问)?(?:你|您|你们)(?:是谁|是什么|叫什么|会什么|能做什么|能干什么|可以做什么)"
    r"|(?:你们?|这个)的?(?:系统|机器人|助手|软件|小程序|程序|模型).{0,8}(?:谁|哪|什么).{0,8}(?:开发|做|研发|维护|模型)"
)
_PURPOSE = re.compile(r"为什么|为啥|为何|目的|图个?啥|图什么|背景|出于什么|意义|初衷|缘由")
_DETAILS: tuple[tuple[Detail, re.Pattern[str]], ...] = (
    (
        Detail.AMOUNT,
        re.compile(
            r"多少个?(?:钱|万|亿|元|资金|经费|补贴|奖励|补助)|(?:资金|经费|费用|奖金|罚款|补贴)是?多少|几(?:万|个亿|亿|千|百)(?:元|块)?|金额|额度|(?:补贴|奖励|补助|收费|资助|学费|工资)标准"
            r"|(?:补贴?|奖励?|给|拿|领|贷|投|补助|发|交|罚|报销)[^，。？?]{0,5}多少|价格|票价|房价|租金|工资|单价|总投资|收费|多少$|值多少"
        ),
    ),
    (
        Detail.RATE,
        re.compile(
            r"百分之几|百分之多少|几个百分点|税率|利率|比例是?多少|增长多少|增速|达到多少|多少个百分点"
        ),
    ),
    (Detail.DURATION, re.compile(r"几年|几个月|多久|多长时间|几天|多少[天年]|期限|多少个月")),
    (
        Detail.DATE,
        re.compile(
            r"截止|截至什么|几月几[号日]|哪[天年月]|(?:什么时候|何时|啥时候|几时|几点)|时间表|哪一[年天]"
        ),
    ),
    (
        Detail.CONTACT,
        re.compile(
            r"电话|联系方式|手机|邮箱|传真|微信号|网址|地址|邮编|邮政编码|哪栋楼|几楼|哪座楼|办公地点|在哪办公|栋楼"
        ),
    ),
    (
        Detail.PERSON,
        re.compile(
            r"(?:局长|区长|市长|县长|镇长|书记|主任|负责人|组长|领导|科长|处长|厅长|部长|联系人|董事长|专班成员)[^，。？?]{0,4}(?:是谁|叫什么|姓|是哪位|名字|有谁)"
            r"|谁(?:是|当|担任)[^，。？?]{0,14}(?:长|书记|主任|负责人|联系人)|哪位领导"
        ),
    ),
    (
        Detail.PROCEDURE,
        re.compile(
            r"(?:怎么|如何|怎样|在?哪里?|去哪儿?|到哪)(?:去)?(?:申请|申报|办理|报名|注册|审批|领取?|登记)|(?:什么|哪些|啥)(?:材料|手续|条件|流程|证件)"
            r"|(?:申请|申报|办理|审批|报名|落户)[^，。？?]{0,4}(?:流程|材料|条件|手续|步骤|要求|入口|需要)|流程|准备(?:什么|哪些)|找谁办手续"
        ),
    ),
    (Detail.SUBSIDY, re.compile(r"补贴|补助|奖励|资助|奖金|津贴|安家费|报销|贴息")),
    (Detail.PENALTY, re.compile(r"罚款|罚多少|处罚|会罚|被罚")),
)
_PRONOUN = re.compile(
    r"它们?|这个|那个|这一?[条项块]|那一?[条项块]|上述|其中|该[条项]|这些|那些|这(?=归|由|是|谁|要|有|的)|其(?=责任|牵头|负责)|此项|前面(?:说的|那个)?"
)
_LEAD_IN = re.compile(r"^(?:那么?|还有|另外|然后|接着|请问|再问一?下?|换成?|如果是|要是)[，,]?")
_ENDS_SHORT = re.compile(r"(?:呢|怎么样|怎么说|如何|方面|的话)?[呢？?。！!]*$")


class Reader:
    """Understands questions with the names of one index."""

    def __init__(
        self,
        units: UnitFinder,
        areas: AreaFinder,
        vocabulary: Vocabulary,
        known: str,
        titles: str = "",
    ) -> None:
        self.titles = titles
        self.units = units
        self.areas = areas
        self.vocabulary = vocabulary
        self.known = known

    def understand(self, text: str, history: Sequence[str] = ()) -> Question:
        """The question, completed from ``history`` (earlier questions, oldest first) if it must be."""
        asked = clean(text)
        before = ""
        for earlier in history:
            before = self._complete(clean(earlier), before) or clean(earlier)
        completed = self._complete(asked, before) if before else None
        found = self._read(completed or asked)
        return replace(found, text=asked, rewritten=completed)

    def _read(self, text: str) -> Question:
        units = tuple(self.units.find(text))
        areas = self.areas.find(text)
        topic = self.topic(text, units)
        numbers = clause_numbers(text)
        facts = document_facts(text, bool(self._terms(self._untitled(topic))))
        kind = self._kind(text, units, areas, topic, numbers, facts)
        details = tuple(d for d, pattern in _DETAILS if pattern.search(text))
        return Question(text, kind, topic, None, units, areas, numbers, facts, details)

    def _kind(
        self,
        text: str,
        units: Sequence[Mention],
        areas: Sequence[str],
        topic: str,
        numbers: Sequence[str],
        facts: Sequence[str],
    ) -> Kind:
        if _ASSISTANT.search(text):
            return Kind.ASSISTANT
        if facts or numbers:
            return Kind.META if facts else Kind.CLAUSE
        if _PURPOSE.search(text) and not self._terms(_PURPOSE.sub(" ", self._untitled(topic))):
            return Kind.PURPOSE
        bare = self._without(topic, units)
        asks_industry = bool(_INDUSTRY.search(text))
        if areas and asks_industry and not self._terms(self._without_areas(bare)):
            return Kind.INDUSTRIES
        if units and self._asks_tasks(text, bare):
            return Kind.TASKS
        if _WHERE.search(text) and not _WHO.search(_WHERE.sub("", text)):
            return Kind.WHERE
        if _WHO.search(text) or (units and _TASKS.search(text)):
            return Kind.UNIT
        if areas and asks_industry:
            return Kind.INDUSTRIES
        return Kind.DEFINITION if _DEFINITION.search(text) else Kind.FACT

    def _asks_tasks(self, text: str, bare: str) -> bool:
        """Whether a question that names units wants their tasks and has no topic beside them."""
        terms = self._terms(bare)
        if not terms:
            return bool(_TASKS.search(text))
        foreign = not any(t in self.known or self.vocabulary.knows(t) for t in terms)
        return foreign and bool(_ALL_TASKS.search(text))

    def topic(self, text: str, units: Sequence[Mention] = ()) -> str:
        """The question without the words that ask who is responsible, and without units."""
        shell = _WHO.sub(" ", text)
        for unit in units:
            shell = shell.replace(unit.written, " ")
        return shell if self._terms(shell) or not self._terms(text) else text

    def _untitled(self, text: str) -> str:
        """The text without the topic words that a document's title holds."""
        for term in self._terms(text):
            if term in self.titles:
                text = text.replace(term, " ")
        return text

    def _terms(self, text: str) -> tuple[str, ...]:
        return self.vocabulary.terms(text, self.known)

    def _without(self, text: str, units: Sequence[Mention]) -> str:
        for unit in units:
            text = text.replace(unit.written, " ")
        return _TASKS.sub(" ", text)

    def _without_areas(self, text: str) -> str:
        return _INDUSTRY.sub(" ", self.areas.replaced(text))

    def _complete(self, text: str, before: str) -> str | None:
        """A follow-up made whole with the subject of the question before it; None if it is whole."""
        if not before:
            return None
        short = _LEAD_IN.sub("", text)
        subject = self.subject(before)
        own = self._terms(_PRONOUN.sub(" ", self.topic(short)))
        units = self.units.find(short)
        if _PRONOUN.search(short) and subject and not units and not own:
            return _PRONOUN.sub(lambda _: subject, short, count=1)
        if not own and not units:
            return self._with_subject(short, subject)
        if re.search(r"呢[？?。！!]*$", text) and len(short) <= 24:
            return self._in_place_of(short, subject, before)
        return None

    def _with_subject(self, short: str, subject: str) -> str | None:
        if not subject or document_facts(short, False) or clause_numbers(short):
            return None
        joint = "" if short.startswith("的") else "的" if _WHO.match(short) else "，"
        return f"{subject}{joint}{short}"

    def _in_place_of(self, short: str, subject: str, before: str) -> str | None:
        """工业互联网呢？ after 自动驾驶重点做什么？: the new subject takes the old one's place."""
        new = re.sub(r"(?:这?方面|这?一?块|这?部分|领域)?(?:的话)?呢[？?。！!]*$", "", short)
        if not new or not subject or subject == new:
            return None
        if self.areas.find(new) and self.areas.find(before) and not self._terms(self.areas.replaced(new)):
            return self.areas.replaced(before, new)
        if subject not in before:
            return None
        old_units, new_units = self.units.find(before), self.units.find(new)
        if new_units and old_units:
            return before.replace(old_units[0].written, new_units[0].written, 1)
        return before.replace(subject, new, 1)

    def subject(self, text: str) -> str:
        """The stretch of a question that names its topic, from its first topic word to its last."""
        units = self.units.find(text)
        topic = _DEFINITION.sub(" ", self.topic(text, units))
        terms = self._terms(topic)
        if not terms:
            return units[0].written if units else ""
        flat, spans = fold(text), []
        for term in terms:
            at = flat.find(term)
            if at >= 0 and len(flat) == len(text):
                spans.append((at, at + len(term)))
        if not spans:
            return terms[0]
        first, last = min(spans)[0], max(end for _, end in spans)
        stretch = text[first:last]
        return (
            stretch
            if len(stretch) <= 20 and not re.search(r"[，。？?！]", stretch)
            else text[slice(*spans[0])]
        )


def document_facts(text: str, has_topic: bool) -> tuple[str, ...]:
    """Which facts of a document are asked for; none when the question has a topic of its own."""
    found = tuple(name for name, pattern in _FACTS if pattern.search(text))
    if not found:
        return ()
    if _SURE.search(text):
        return found
    rest = text
    for _, pattern in _FACTS:
        rest = pattern.sub(" ", rest)
    rest = re.sub(r"\s+", "", _ABOUT_DOCUMENT.sub("", rest))
    return found if len(rest) <= 3 or not has_topic else ()


def clause_numbers(text: str) -> tuple[str, ...]:
    """The numbers of a clause that the question names, from the top: 二（四） → ("二", "四")."""
    found = _CLAUSE_REF.search(text)
    if found:
        given = (found["part"] or found["one"], found["two"], found["three"])
        return tuple(number for number in given if number)
    ordinal = _ORDINAL_REF.search(text)
    if ordinal:
        kind = "条" if ordinal["kind"] in ("条", "大条") else ordinal["kind"]
        first = (
            f"第{ordinal['first']}条"
            if kind == "条" and not ordinal["second"]
            else ordinal["first"]
        )
        if kind == "条" and ordinal["sub"]:
            first += f"之{ordinal['sub']}"
        return (first, ordinal["second"]) if ordinal["second"] else (first,)
    return ()


_PLACE = re.compile(r"[\u4e00-\u9fff]{2,3}(?:[市县镇乡]|(?<![新园景社小校片城港库山灾林牧矿厂特辖发范假税贸行能务心领验])区)")


def unknown_place(text: str, known: str, vocabulary: Vocabulary) -> str:
    """A town or district that the question names and that no document mentions; '' if none."""
    pieces = words(text)
    pairs = [
        name + kind
        for name, kind in zip(pieces, pieces[1:], strict=False)
        if len(name) == 2 and kind in "市县区镇乡" and vocabulary.terms(name)
    ]
    for word in (*pieces, *pairs):
        first = text.startswith(word) and is_place(word) and not vocabulary.knows(word)
        named = _PLACE.fullmatch(word) or first
        if named and word not in known:
            return word
    return ""


def without_place(text: str) -> str:
    """The question without the words that ask where."""
    return _WHERE.sub(" ", text)
