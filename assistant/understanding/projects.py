"""What a project is about (我的项目是…): its words, without sums and what any company says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.retrieval.retriever import Topic
from assistant.text import is_place

_BREAK = re.compile(r"[，。；、：！？,.;:!?\s（）()《》“”\"'/+]+|[和及与或]|以及|并且|还有")
_AMOUNT = re.compile(
    r"(?:约|近|超|超过|不低于|总)?(?:\d[\d,.]*|[一二两三四五六七八九十百千]+)\s*(?:多|余)?"
    r"(?:[万亿千百]*(?:美元|欧元|港币|人民币|元|块|吨|台|套|件|辆|头|只|亩|平方米|平米|平|公顷|人|家|名|年|轮|个|%|％|MW|GW|kW)"
    r"|[万亿]+)",
    re.IGNORECASE,
)
_ROUND = re.compile(r"(?:天使|种子|pre-?|[a-e])\+?轮", re.IGNORECASE)
MOST_WORDS = 30  # of one project; a whole brochure says what it is about in the first ones
OF_ANY_COMPANY = frozenset(
    "公司 企业 集团 股份 有限 有限公司 责任公司 上市 上市公司 龙头 领先 行业 "
    "行业领先 品牌 知名 加盟 连锁 门店 开店 开一家 一家 我司 本公司 总公司 分公司 "
    "子公司 民营 国有 外资 独资 合资 投资 投资人 投资者 投资额 总投资 注册 "
    "注册资本 资本 资金 融资 贷款 营收 收入 产值 利润 税收 纳税 订单 客户 市场 "
    "业务 主营 经营 主要 从事 专业 专门 专注 产品 技术 团队 人员 员工 专家 专利 "
    "经验 历史 成立 创立 创办 创业 拟 拟投资 计划 打算 准备 建厂 建设 新建 扩建 "
    "扩产 搬迁 改造 搬迁改造 落地 选址 用地 土地 厂房 车间 工厂 厂 生产 生产线 "
    "产线 制造 制造商 加工 加工厂 深加工 来料加工 组装 研发 开发 设计 测试 试验 "
    "销售 出口 进口 运营 服务 提供 供应 供应商 基地 中心 园区 产业园 产业 项目 "
    "工作室 俱乐部 平台 机会 看看 年产 产能 规模 设备 器材 设施 配套 系统 "
    "解决方案 方案 智能化 数字化 自动化 现代化 高端 先进 新型 国内 国际 国外 全国 "
    "全球 老板 股东 合伙 合伙人 朋友 负责人 大型 小型 中型 "
    "中小 第三方 第一 发行 承办 举办 组织 管理 咨询 充足 来自 "
    "合作 交流 参与 推广 联合 需求 优势 资源 环境 传统 "
    "智慧 智能 数字 绿色 生态 特色 创新 优质 综合 城市 农村 社区".split()
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing that a project is about, in words with their synonyms and weights."""

    topics: tuple[Topic, ...]

    @property
    def weight(self) -> float:
        """What all its words weigh together."""
        return sum(t.weight for t in self.topics)


def phrases(text: str, topics: Callable[[str], Sequence[Topic]]) -> tuple[Phrase, ...]:
    """What each part of a description is about; nothing where it says only what any would.

    ``topics`` finds the topics of a text; sums, sizes, rounds of funding and the words that tell
    of a company rather than of its trade are left out before and after.
    """
    bare = _ROUND.sub("，", _AMOUNT.sub("，", text))
    found: list[Phrase] = []
    left = MOST_WORDS
    for part in _BREAK.split(bare):
        about = tuple(
            t
            for t in topics(part)
            if t.specific and t.term not in OF_ANY_COMPANY and not _is_beside(t)
        )[:left]
        if about:
            found.append(Phrase(about))
            left -= len(about)
    return tuple(found)


def _is_beside(topic: Topic) -> bool:
    """Whether a word is a number, or a place that the documents do not know as an area."""
    return topic.term.isdigit() or (is_place(topic.term) and not topic.related)
