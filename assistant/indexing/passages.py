"""What is searched: a passage, where it stands, and how much it has to say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.text import CN_NUMERAL, words

_KINDS = (  # by the ending of the title: rank of the text, highest first
    (re.compile(r"(?:宪法|法典|(?<![办方做])法)(?:修正案.*)?$"), 1.0),
    (re.compile(r"(?:解释.*|批复|纪要)$"), 0.75),
    (re.compile(r"条例$"), 0.5),
)
_VERSION = re.compile(r"\s*[（(][^（）()]*(?:修正|修订|试行|暂行)[^（）()]*[)）]$")
_ARTICLE = re.compile(rf"第(?:{CN_NUMERAL}|\d+)条")
_OTHER = 0.25
_LOCAL = 0.2  # what a place has issued, of the rank that the same kind has for the whole country
_PLACE = re.compile(
    r"(?!中华人民共和国|全国|国家)[\u4e00-\u9fff]{2,6}?"
    r"(?:省|自治区|自治州|(?<!城)市(?![场容政])|县|盟|旗|特区)"
)
_REGION_KIND = re.compile(r"(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)$")
_REGIONS = frozenset(
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 "
    "湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆 "
    "香港 澳门 台湾".split()
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document.

    ``title`` and ``path`` are the names above it, ``document`` is the same for its neighbours in
    one document (those stand next to each other), ``authority`` in [0, 1] is how high its issuer
    and kind rank among texts that say the same.
    """

    text: str
    title: str = ""
    path: tuple[str, ...] = ()
    document: str = ""
    authority: float = 0.0

    @property
    def heading(self) -> str:
        """All names above it, from the title down, a line each."""
        return "\n".join(name for name in (self.title, *self.path) if name)

    @property
    def is_article(self) -> bool:
        """Whether it is an article (第X条) of a law or of another text in articles."""
        return bool(_ARTICLE.match(self.path[-1] if self.path else self.text))

    @property
    def whole(self) -> str:
        """What is indexed: its heading, then its words."""
        return f"{self.heading}\n{self.text}"


def authority(title: str, issuer: str = "") -> float:
    """How high a text ranks, in [0, 1]: law, judicial interpretation, regulation, other texts.

    The order is that of the Legislation Law (立法法); what a place has issued comes after what
    holds in the whole country.
    """
    bare = _VERSION.sub("", title)
    rank = next((value for pattern, value in _KINDS if pattern.search(bare)), _OTHER)
    local = _PLACE.match(bare) or _PLACE.match(issuer) or any(is_region(n) for n in (bare, issuer))
    return rank * (_LOCAL if local else 1.0)


def is_region(name: str) -> bool:
    """Whether a name begins with a province or city that is written without 省 or 市 (上海口岸)."""
    first = words(name)[:1]
    return bool(first) and _REGION_KIND.sub("", first[0]) in _REGIONS
