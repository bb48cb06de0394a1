"""What the repository holds, and that its README says what the code does."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

TOP_LEVEL = {
    *("assistant", "corpus", "index", "prompts", "tests", "app.py", "pyproject.toml", "Makefile"),
    *("README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"),
}
LARGEST_FILE = 10_000_000  # bytes

# Written in halves, so that this file does not hold what it forbids.
REGISTRY_HOSTS = [
    *("py" + "pi.org", "files.python" + "hosted.org", "download.py" + "torch.org"),
    *("registry.npm" + "js.org", "deb.deb" + "ian.org", "security.deb" + "ian.org"),
    *("crates" + ".io", "proxy.go" + "lang.org", "conda.ana" + "conda.org"),
]
MACHINE_PATH = re.compile(
    r"(?<![\w.~/*-])/(?:wo" + r"rk|tm" + r"p|ro" + r"ot|ho" + r"me/\w+)(?![\w-])"
)


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """Every file git tracks or would add, but those already deleted from the tree."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files are the project's")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def foreign_words(text: str) -> Iterator[str]:
    """The registry hosts and machine paths in ``text``."""
    yield from (host for host in REGISTRY_HOSTS if host in text.lower())
    yield from (found.group() for found in MACHINE_PATH.finditer(text))


def text_of(path: Path) -> str:
    """The file's text, or nothing for a binary file."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def settings_named_in(readme: str) -> set[str]:
    """The first cell of each table row whose first cell is one `UPPER_CASE` word."""
    return set(re.findall(r"^\|\s*`([A-Z][A-Z0-9_]*)`\s*\|", readme, flags=re.MULTILINE))


def test_the_top_level_holds_only_what_it_should(files: list[Path]) -> None:
    top = {path.relative_to(ROOT).parts[0] for path in files}
    assert {name for name in top if not name.startswith(".")} - TOP_LEVEL == set()


def test_no_registry_host_or_machine_path_is_written_down(files: list[Path]) -> None:
    found = {
        str(p.relative_to(ROOT)): words for p in files if (words := [*foreign_words(text_of(p))])
    }
    assert found == {}


def test_no_file_is_too_large(files: list[Path]) -> None:
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in files}
    assert {name: size for name, size in sizes.items() if size > LARGEST_FILE} == {}


def test_the_index_is_made_and_not_committed(files: list[Path]) -> None:
    kept = [
        path.relative_to(ROOT).as_posix() for path in files if path.is_relative_to(ROOT / "index")
    ]
    assert kept == ["index/.gitignore"]


def test_torch_is_spelled_exactly() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [d for d in project["dependencies"] if d.startswith("torch")] == ["torch==2.13.0"]
    loose = [d for d in project["dependencies"] if "==" not in d and "<" not in d]
    assert loose == [], "a dependency needs an upper bound"


def test_the_readme_names_both_commands() -> None:
    readme = README.read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme


def test_the_readme_lists_every_setting_and_no_other() -> None:
    named = settings_named_in(README.read_text(encoding="utf-8"))
    assert named == {name.upper() for name in Settings.model_fields}


# The laws above bite ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "https://" + "py" + "pi.org/simple",
        "see FILES.PYTHON" + "HOSTED.ORG",
        "cd /wo" + "rk/main",
        "'/tm" + "p/x'",
        "open(/ro" + "ot/.netrc)",
        "/ho" + "me/somebody",
    ],
)
def test_a_foreign_word_is_found(text: str) -> None:
    assert len([*foreign_words(text)]) == 1


@pytest.mark.parametrize(
    "text", ["tmp_path / 'a'", "and/work", "https://a.cn/tmp/x", "a/home", "~/work", "/workers"]
)
def test_a_near_word_is_not(text: str) -> None:
    assert [*foreign_words(text)] == []


def test_the_settings_of_a_table_are_read() -> None:
    table = "| 设置 | 默认 |\n|---|---|\n| `PORT` | 7860 |\n|`HOST`| x |\n| `ask` | y |\n`LOOSE`\n"
    assert settings_named_in(table) == {"PORT", "HOST"}
