"""Python and the libraries, against the ranges that the product was made for."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from assistant.diagnosis.findings import Finding, fault, ok, warning
from assistant.settings import PROJECT_ROOT

_DISTRIBUTION = "policy-assistant"


def installation(
    root: Path = PROJECT_ROOT,
    installed: Callable[[str], str] = version,
    *,
    distribution: str = _DISTRIBUTION,
) -> Iterator[Finding]:
    """Python, then the libraries; ``installed`` gives a library's version.

    What is needed is what the installed ``distribution`` says, else the checkout at ``root``.
    """
    python, requirements = _required(root, distribution)
    running = platform.python_version()
    if SpecifierSet(python).contains(running, prereleases=True):
        yield ok("程序", f"Python {running}。")
    else:
        yield fault("程序", f"Python {running} 不可用，应为{python}。")
    found = list(_wrong(requirements, installed))
    yield from found
    if not requirements:
        yield warning("依赖", "没有找到依赖的清单，没有核对依赖的版本。")
    elif not found:
        yield ok("依赖", f"{len(requirements)}项依赖都已安装，版本相符。")


def _wrong(requirements: list[Requirement], installed: Callable[[str], str]) -> Iterator[Finding]:
    for needed in requirements:
        try:
            has = installed(needed.name)
        except PackageNotFoundError:
            yield fault(
                "依赖", f"没有安装 {needed.name}，应为{needed.specifier}，请重新安装本程序。"
            )
            continue
        if not needed.specifier.contains(has, prereleases=True):
            yield warning("依赖", f"{needed.name} 的版本是 {has}，应为{needed.specifier}。")


def _required(root: Path, distribution: str) -> tuple[str, list[Requirement]]:
    """The versions of Python and what is needed here: as installed, else as in pyproject.toml."""
    try:
        of = metadata(distribution)
        python, lines = of["Requires-Python"] or "", of.get_all("Requires-Dist") or []
    except PackageNotFoundError:
        project = _project(root)
        python, lines = project.get("requires-python", ""), project.get("dependencies", [])
    requirements = [Requirement(line) for line in lines]
    here = [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return python, here


def _project(root: Path) -> Mapping[str, Any]:
    try:
        text = (root / "pyproject.toml").read_text(encoding="utf-8")
    except OSError:  # neither installed nor a checkout
        return {}
    project: Mapping[str, Any] = tomllib.loads(text).get("project", {})
    return project
