"""A second policy, of another city and with half-width numbers, and folders of documents for tests."""

from __future__ import annotations

import shutil
from pathlib import Path

from assistant.settings import Settings, load
from tests.laws import ROOT

CORPUS = ROOT / "corpus"
YUNHE_TITLE = "云河市人民政府办公室关于促进茶产业高质量发展的若干措施"
YUNHE_NUMBER = "云政办字〔2023〕7号"
YUNHE = """云河市人民政府办公室
关于促进茶产业高质量发展的若干措施
云政办字〔2023〕7号
各县区人民政府，市政府各部门：
为促进茶产业提质增效，带动茶农增收，现制定以下措施。
一、夯实茶园基础
(一)建设生态茶园。对新建连片50亩以上的生态茶园，每亩一次性补助800元。推广有机肥替代化肥，建设茶树良种繁育基地。(责任单位：市农业农村局、市财政局)
(二)完善灌溉设施。在海坪镇、青石乡建设茶园滴灌工程，2025年底前完成改造。(责任单位：市水利局)
二、壮大茶业主体
(三)培育龙头企业。支持茶企申报省级农业产业化龙头企业，对首次认定的给予20万元奖励。(牵头单位：市农业农村局；配合单位：市工业和信息化局、市市场监管局)
(四)打造公共品牌。统一使用“云河云雾”区域公用品牌，组织茶企参加茶博会。(责任单位：市市场监管局、市商务局)
三、附则
本措施自2023年6月1日起施行，有效期50年。
云河市人民政府办公室
2023年5月12日
"""
TOLD = "# 茶叶问答\n\n## 谁来负责\n茶叶推广由市茶叶局统筹，重点发展抹茶产业。\n责任单位：市茶叶局\n"


def settings_for(folder: Path, **overrides: object) -> Settings:
    """Settings of a folder: the documents in ``corpus``, the index in ``index``, the rest apart."""
    names = {"corpus_dir": "corpus", "index_dir": "index", "state_dir": "state"}
    places = {setting: folder / name for setting, name in names.items()}
    return load({**places, **overrides})


def add_yunhe(corpus: Path) -> Path:
    """The second policy as a file of the corpus."""
    corpus.mkdir(parents=True, exist_ok=True)
    path = corpus / "yunhe-2023-7.txt"
    path.write_text(YUNHE, encoding="utf-8")
    return path


def add_explanation(corpus: Path) -> Path:
    """A text of the project's own that speaks like a policy and must never be taken for one."""
    path = corpus / "told.md"
    path.write_text(TOLD, encoding="utf-8")
    path.with_suffix(".yaml").write_text("kind: explanatory\nissuer: 项目组\n", encoding="utf-8")
    return path


def both_cities(folder: Path) -> Settings:
    """The real corpus with the second policy beside it."""
    shutil.copytree(CORPUS, folder / "corpus")
    add_yunhe(folder / "corpus")
    return settings_for(folder)
