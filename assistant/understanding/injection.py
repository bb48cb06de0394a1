"""Questions that want another assistant: to drop its rules, or to show its prompt or its keys."""

from __future__ import annotations

import re

from assistant.text import fold

_RULES = r"(?:指令|指示|规则|设定|提示词?|约束|instructions?|prompts?|guidelines?)"
_SHOWN = r"(?:提示词|提示语|系统提示|系统指令|内部指令|prompt)"
_SECRETS = r"(?:api-?key|api密钥|密钥|口令|密码|源代码|源码)"
_DROP = "(?:忽略|无视|忘记|忘掉|跳过|绕过|不要?(?:再)?遵守)"
_EARLIER = "(?:以上|上述|上面|之前|前面|此前|先前|你的|你们的|原来的?|系统)"
_INJECTION = re.compile(
    rf"{_DROP}[^。？?!]{{0,4}}{_EARLIER}[^。？?!]{{0,6}}{_RULES}"
    rf"|(?:^|[。？?!;,，])(?:请|现在|你)?{_DROP}(?:{_EARLIER}|所有|全部|一切)的?[^，,。？?!]{{0,4}}(?:要求|限制|{_RULES})"
    rf"|(?:忽略|无视)(?:所有|全部|一切)的?{_RULES}|解除你的[^。？?!]{{0,4}}(?:限制|{_RULES})"
    r"|(?:ignore|disregard|forget)[a-z]{0,12}(?:previous|above|all|prior|system|your)"
    rf"[a-z]{{0,20}}(?:rules?|{_RULES})"
    rf"|(?:系统|初始|内部|隐藏|原始|你|你们)的?{_SHOWN}"
    rf"|(?:system|your|initial|hidden)(?:{_SHOWN}|{_SECRETS})|你们?的(?:内部|系统|初始)指令"
    rf"|(?:输出|打印|重复|复述|显示(?!屏)|泄露|告诉我)[^。？?!]{{0,6}}{_SHOWN}"
    r"|(?:print|show|repeat|reveal)(?:me)?(?:the|your)(?:system)?prompt"
    rf"|(?:你|你们)的?(?:后台|系统|内部|数据库)?的?{_SECRETS}"
    r"|(?:扮演|假装(?:你)?是|你现在是|从现在(?:开始|起)你是|actas|pretendtobe)[^。？?!]{0,8}"
    r"(?:没有(?:任何)?(?:限制|约束|审查)|不受(?:任何)?(?:限制|约束|审查)|dan|黑客"
    r"|(?:另一个|其他|别的)(?:助手|模型|ai))"
    r"|越狱模式|开发者模式|jailbreak|developermode|dan模式"
)


def is_injection(text: str) -> bool:
    """Whether a question asks for other rules, for the prompt or for secrets, not for a policy."""
    return bool(_INJECTION.search(fold(text)))
