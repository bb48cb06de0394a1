"""Levels that a list of units leaves out, and the units that have none to leave out."""

from __future__ import annotations

import pytest

from assistant.reading.unit_levels import identified
from assistant.reading.unit_names import issuer_of, load

CASES = [
    ("广东省人民政府", "省卫生健康委 教育厅 团省委 妇联", "省卫生健康委 省教育厅 团省委 省妇联"),
    (
        "福建省人民政府",
        "省金融监管局 工信厅 发改委 人行福州中心支行 财政局",
        "省金融监管局 省工业和信息化厅 省发展改革委 人民银行福州市中心支行 财政局",
    ),
    (
        "三明市人民政府",
        "市金融监管局 人行 银保监分局 投资集团 各县（市、区）人民政府 各银行机构",
        "市金融监管局 人民银行 银保监分局 投资集团 各县（市、区）人民政府 各银行机构",
    ),
    ("三明市人民政府", "市财政局 国资委 税务局", "市财政局 市国资委 市税务局"),
    (
        "",
        "市委组织部 人社局 统战部 住建局",
        "市委组织部 市人力资源社会保障局 市委统战部 市住房城乡建设局",
    ),
    ("", "市财政局 教育厅 教育部 税务总局", "市财政局 教育厅 教育部 税务总局"),
    (
        "",
        "市财政局 遂宁海关 国网遂宁公司 高新区财政局",
        "市财政局 遂宁海关 国网遂宁公司 高新区财政局",
    ),
    ("", "教育局 市财政局", "教育局 市财政局"),
    (
        "淄博市周村区人民政府",
        "教育局 财政局 组织部 市生态环境局周村分局 各镇人民政府",
        "区教育局 区财政局 区委组织部 市生态环境局周村分局 各镇人民政府",
    ),
    (
        "国务院办公厅",
        "发展改革委 教育部 人民银行 各省级人民政府 中国铁路总公司",
        "发展改革委 教育部 人民银行 各省级人民政府 中国铁路总公司",
    ),
    ("东营经济技术开发区管委会", "组宣部 财政局", "组宣部 财政局"),
    (
        "云河市人民政府",
        "市教育局 云河市财政局 区水利局 民政局",
        "市教育局 市财政局 区水利局 区民政局",
    ),
    (
        "云河市人民政府",
        "中山大学 遂宁水投公司 北京铁路局 济南大数据局",
        "中山大学 遂宁水投公司 北京铁路局 济南大数据局",
    ),
]


@pytest.mark.parametrize(("issuer", "written", "expected"), CASES)
def test_elided_levels(issuer: str, written: str, expected: str) -> None:
    found = identified(written.split(), issuer_of(issuer), load())
    assert [name for name, _ in found] == expected.split()


def test_the_level_comes_with_the_name() -> None:
    def levels(issuer: str, written: str) -> list[str]:
        return [level for _, level in identified(written.split(), issuer_of(issuer), load())]

    assert levels("广东省人民政府", "省卫生健康委 教育厅 各地级以上市政府") == ["省", "省", "市"]
    assert levels("国务院", "发展改革委 人民银行 中国铁路总公司") == ["国家", "国家", ""]
    assert levels("周村区人民政府", "教育局 各镇人民政府") == ["区县", "镇街"]
    assert levels("", "教育局 团市委") == ["", "市"]
