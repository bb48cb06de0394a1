"""Keys: shown once, kept as digests, checked without a hint, changed by several at once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.access.keys import KEY_FILE, KeyRing
from assistant.access.permissions import Scope
from assistant.errors import KeyStoreError, SettingsError, UnknownKey
from tests.laws import ROOT

ALL = frozenset(Scope)
DAY = 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring(tmp_path: Path, clock: Clock) -> KeyRing:
    return KeyRing(tmp_path / "state", clock)


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "state" / KEY_FILE


def test_a_key_is_known_by_its_text_alone(ring: KeyRing, tmp_path: Path) -> None:
    key, text = ring.create(" 市大数据局 ", [Scope.ANSWERS, Scope.SEARCH])
    assert key.name == "市大数据局"
    assert key.scopes == {Scope.ANSWERS, Scope.SEARCH}
    assert (key.expires, key.revoked, key.limit) == (None, None, "")
    assert text.startswith(f"pqa_{key.id}_")
    assert len(text) == 56
    assert ring.check(text) == key
    assert KeyRing.open(tmp_path / "state").check(text) == key
    assert ring.create("二", ALL)[1] != text


def test_the_file_holds_no_key_and_is_for_its_owner_alone(ring: KeyRing, tmp_path: Path) -> None:
    _, text = ring.create("一", ALL)
    written = file_of(tmp_path).read_text(encoding="utf-8")
    assert text.rpartition("_")[2] not in written
    assert text[13:] not in written
    assert stat.S_IMODE(file_of(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(file_of(tmp_path).parent.stat().st_mode) == 0o700
    assert sorted(path.name for path in file_of(tmp_path).parent.iterdir()) == [
        "api_keys.json",
        "api_keys.lock",
    ]


def test_no_file_is_no_key(ring: KeyRing, tmp_path: Path) -> None:
    assert ring.keys() == ()
    assert ring.check(f"pqa_{'0' * 8}_{'A' * 43}") is None
    assert not (tmp_path / "state").exists()
    with pytest.raises(UnknownKey):
        ring.revoke("00000000")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[KeyRing, str, str]:
    ring = KeyRing(tmp_path_factory.mktemp("keys"))
    return ring, ring.create("一", ALL)[1], ring.create("二", ALL)[1]


@given(place=st.integers(0, 55), other=st.characters())
def test_a_changed_text_is_nobodys(made: tuple[KeyRing, str, str], place: int, other: str) -> None:
    ring, text, second = made
    for forged in (
        text[:place] + other + text[place + 1 :],
        text[:place] + text[place + 1 :],
        text[:place] + other + text[place:],
        text[:13] + second[13:],  # the id of one, the secret of the other
    ):
        assert ring.check(forged) is None or forged == text


@pytest.mark.parametrize(
    "given", ["", "pqa_", "sk-123", "x" * 100_000, "pqa_" + "0" * 100_000, "\udc80", "pqa_\x00_"]
)
def test_what_is_no_key_is_nobodys(ring: KeyRing, given: str) -> None:
    ring.create("一", ALL)
    assert ring.check(given) is None


def test_a_key_ends_on_time(ring: KeyRing, clock: Clock) -> None:
    key, text = ring.create("一", ALL, days=2)
    clock.now += 2 * DAY - 1
    assert ring.check(text) == key
    clock.now += 1
    assert ring.check(text) is None
    assert ring.keys() == (key,)


def test_a_revoked_key_stays_in_the_list(ring: KeyRing, clock: Clock) -> None:
    (one, text), (two, other) = ring.create("一", ALL), ring.create("二", ALL)
    clock.now += 10
    gone = ring.revoke(one.id)
    assert gone.revoked == int(clock.now)
    assert ring.keys() == (gone, two)
    assert ring.check(text) is None
    assert ring.check(other) == two
    clock.now += 10
    assert ring.revoke(one.id) == gone  # when it was revoked first
    with pytest.raises(FrozenInstanceError):
        gone.revoked = None  # type: ignore[misc]


def test_what_another_process_does_is_seen_at_once(ring: KeyRing, tmp_path: Path) -> None:
    other = KeyRing.open(tmp_path / "state")
    assert other.keys() == ()
    for number in range(20):
        key, text = ring.create(str(number), ALL)
        assert other.check(text) == key
        ring.revoke(key.id)
        assert other.check(text) is None
    file_of(tmp_path).unlink()
    assert other.keys() == ()


def test_an_unchanged_file_is_not_read_again(ring: KeyRing) -> None:
    ring.create("一", ALL)
    assert ring.keys() is ring.keys()


def test_two_command_lines_do_not_lose_each_others_keys(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from assistant.access.keys import KeyRing\n"
        "from assistant.access.permissions import Scope\n"
        "ring = KeyRing.open(Path(sys.argv[1]))\n"
        "for n in range(15): ring.create(f'{sys.argv[2]}{n}', [Scope.SEARCH])\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    processes = [
        subprocess.Popen([*command, name], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        for name in "甲乙"
    ]
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda n: KeyRing.open(tmp_path).create(f"丙{n}", ALL), range(15)))
    assert [process.wait(60) for process in processes] == [0, 0]
    ring = KeyRing.open(tmp_path)
    keys = ring.keys()
    assert {key.name for key in keys} == {f"{name}{n}" for name in "甲乙丙" for n in range(15)}
    assert all(ring.check(text) == key for key, text in made)


def changed(**values: object) -> str:
    record: dict[str, object] = {
        "id": "0" * 8,
        "name": "一",
        "scopes": ["search"],
        "digest": "0" * 64,
        "created": 1,
        "expires": None,
        "revoked": None,
        "limit": "",
    }
    return json.dumps({"version": 1, "keys": [record | values]})


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 2, "keys": []}',
        b"\xff\xfe",
        changed(scopes=["everything"]).encode(),
        changed(digest="").encode(),
        changed(id="../../..").encode(),
        changed(limit="often").encode(),
        changed(expires="never").encode(),
    ],
)
def test_a_torn_or_foreign_file_is_said_and_not_overwritten(
    ring: KeyRing, tmp_path: Path, written: bytes
) -> None:
    _, text = ring.create("一", ALL)
    file_of(tmp_path).write_bytes(written)
    for call in (
        lambda: ring.check(text),
        ring.keys,
        lambda: ring.create("二", ALL),
        lambda: ring.revoke(text[4:12]),
    ):
        with pytest.raises(KeyStoreError, match="已损坏") as caught:
            call()
        assert str(caught.value).count("。") == 1
    assert file_of(tmp_path).read_bytes() == written
    assert not ring.is_readable()


def test_a_right_file_by_hand_is_taken(ring: KeyRing, tmp_path: Path) -> None:
    ring.create("一", ALL)
    file_of(tmp_path).write_text(changed(limit="5/minute"), encoding="utf-8")
    keys = ring.keys()
    assert [(key.id, key.limit) for key in keys] == [("00000000", "5/minute")]
    assert ring.is_readable()


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("", encoding="utf-8")
    ring = KeyRing.open(tmp_path / "state")
    with pytest.raises(KeyStoreError, match="无法写入"):
        ring.create("一", ALL)
    with pytest.raises(KeyStoreError, match="无法读取"):
        ring.check(f"pqa_{'0' * 8}_{'A' * 43}")


@pytest.mark.parametrize("name", ["", "  ", "x" * 51, "a\nb", "a\x00b", "a\u202eb", "a\u2028b"])
def test_a_wrong_name_is_refused(ring: KeyRing, name: str) -> None:
    with pytest.raises(SettingsError, match="名称"):
        ring.create(name, ALL)
    assert ring.keys() == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"scopes": []}, "权限"),
        ({"days": 0}, "天数"),
        ({"days": 40_000}, "天数"),
        ({"limit": "often"}, "次数上限"),
        ({"limit": "0/minute"}, "次数上限"),
        ({"limit": "5/fortnight"}, "次数上限"),
        ({"limit": "1/second;" * 50 + "1/second"}, "次数上限"),
    ],
)
def test_what_a_key_cannot_be_is_refused(
    ring: KeyRing, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        ring.create("一", **{"scopes": ALL, **arguments})
    assert ring.keys() == ()


@pytest.mark.parametrize(
    "limit", ["", "5/minute", " 10/second;200/hour ", "none", "3 per 2 minutes"]
)
def test_a_key_may_have_its_own_limit(ring: KeyRing, limit: str) -> None:
    key, text = ring.create("x" * 50, ALL, days=1, limit=limit)
    assert key.limit == limit.strip()
    assert ring.check(text) == key
