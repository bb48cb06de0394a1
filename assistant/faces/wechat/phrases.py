"""What a conversation says of itself: welcome, help, excuses. Pure."""

from __future__ import annotations

from collections.abc import Sequence

PREPARING = "正在整理答案，回复任意文字查看。"
STILL_PREPARING = "答案还在整理，请稍后再回复任意文字查看。"
LOST = "刚才的问题没有整理出答案，请再问一次。"
BUSY = "现在提问的人较多，请过一会儿再问。"
FAILED = "服务内部出错，没有得出答案，请稍后再问。"
EMPTY = "没有收到文字，请输入要查询的内容，例如“哪些单位负责人才引进？”。"
UNHEARD_VOICE = "没有听清这段语音，请改用文字提问。"
UNSUPPORTED = "目前只能回答文字提问，请把要查询的内容写成文字发来。"
NOTHING_LEFT = "没有还未看完的内容，请直接提问；发送“帮助”查看用法。"
AI_LABEL = "（人工智能生成合成）"  # while the sentences of an LLM still come in
EXPIRED = "这次回答已经过期，请重新提问。"


def too_often(seconds: int) -> str:
    """What is said instead of an answer to who asks too often."""
    return f"提问太频繁，请在{seconds}秒后再试。"


def welcome(examples: Sequence[str], unit: str = "", area: str = "") -> str:
    """What a new user reads: what this is, what to ask, which words there are."""
    return f"您好，这里是政策问答助手。\n{guide(examples, unit, area)}"


def guide(examples: Sequence[str], unit: str = "", area: str = "") -> str:
    """How to use it; the examples come from the documents that are there."""
    lines = ["直接发送问题即可" + ("，例如：" if examples else "。")]
    lines += [f"· {example}" for example in examples]
    lines.append(f"发送“责任单位 {unit or '单位名称'}”，查看一个单位的任务。")
    lines.append(f"发送“产业 {area or '区域或产业名称'}”，查看支持的产业。")
    lines.append("发送“帮助”，查看这段说明。")
    lines.append("回答引用文件原文，仅供参考，以文件原文为准；文件没有写的，会直接说没有。")
    return "\n".join(lines)


def which_unit(names: Sequence[str]) -> str:
    """What is said to 责任单位 without a name."""
    known = f"，例如：{'、'.join(names)}" if names else ""
    return f"请在“责任单位”后面写上单位名称{known}。"


def unknown_industry(name: str, areas: Sequence[str]) -> str:
    """What is said to 产业 with a name that no document has."""
    known = f"；也可以按区域查，例如：产业 {'、'.join(areas)}" if areas else ""
    return f"已收录的文件没有提到“{name[:20]}”，请换一个说法再查{known}。"


def which_area(names: Sequence[str]) -> str:
    """What is said to 产业 without a name."""
    known = f"，例如：{'、'.join(names)}" if names else ""
    return f"请在“产业”后面写上区域或产业的名称{known}。"
