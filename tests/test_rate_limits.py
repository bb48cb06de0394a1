"""How often: sliding windows in memory and in Redis, and what is said to whoever must wait."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import parse
from limits.storage import RedisStorage
from pydantic import SecretStr

from assistant.access.keys import ApiKey
from assistant.access.rate_limits import RateLimits
from assistant.access.windows import Windows
from assistant.errors import SettingsError, TooManyRequests
from assistant.ledger.pseudonyms import Pseudonyms
from assistant.settings import Settings
from tests.redis_server import running

PSEUDONYMS = Pseudonyms(b"k" * 32)


class Clock:
    def __init__(self, now: float = 1_000_000_020.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("redis")) as url:
        yield url


def limits_of(clock: Clock | None = None, *, key: str = "none", user: str = "none") -> RateLimits:
    return RateLimits(PSEUDONYMS, key=key, user=user, clock=clock or Clock())


def key_of(key_id: str = "0" * 8, limit: str = "") -> ApiKey:
    return ApiKey(key_id, "一", frozenset(), "0" * 64, 0, None, None, limit)


def passed(hit: Callable[[], None], times: int) -> int:
    """How many of the calls are let through."""
    count = 0
    for _ in range(times):
        try:
            hit()
        except TooManyRequests:
            continue
        count += 1
    return count


def wait_of(hit: Callable[[], None]) -> int:
    with pytest.raises(TooManyRequests) as caught:
        hit()
    assert f"{caught.value.seconds}秒" in str(caught.value)
    return caught.value.seconds


def test_each_key_user_and_address_has_its_own_count() -> None:
    limits = limits_of(key="5/minute", user="3/minute")
    assert passed(lambda: limits.hit_key(key_of("1" * 8)), 9) == 5
    assert passed(lambda: limits.hit_key(key_of("2" * 8)), 9) == 5
    for user in ("甲", "乙", ""):
        assert passed(lambda user=user: limits.hit_user(user), 9) == 3  # type: ignore[misc]
    for address in ("甲", "192.0.2.1", "192.0.2.2", "2001:db8::1"):
        assert passed(lambda at=address: limits.hit_address(at), 9) == 3  # type: ignore[misc]
    assert passed(lambda: limits.hit_address("2001:db8::ffff"), 9) == 0  # of the same network


def test_a_keys_own_limit_is_the_one_that_holds() -> None:
    limits = limits_of(key="5/minute")
    assert passed(lambda: limits.hit_key(key_of("1" * 8, "2/minute")), 9) == 2
    assert passed(lambda: limits.hit_key(key_of("2" * 8, "8/minute")), 9) == 8
    assert passed(lambda: limits.hit_key(key_of("3" * 8, "none")), 99) == 99


def test_none_is_no_limit() -> None:
    limits = limits_of()
    assert passed(lambda: limits.hit_address("192.0.2.1"), 1000) == 1000
    assert passed(lambda: limits.hit_user("甲"), 1000) == 1000


def test_of_several_limits_each_holds() -> None:
    clock = Clock()
    limits = limits_of(clock, user="2/second;5/minute")
    found = []
    for _ in range(4):
        found.append(passed(lambda: limits.hit_user("甲"), 4))
        clock.now += 2
    assert found == [2, 2, 1, 0]
    assert wait_of(lambda: limits.hit_user("甲")) > 30  # the longer wait is the one that is said


def test_two_windows_do_not_allow_two_bursts() -> None:
    clock = Clock(1_000_000_020.0 - 0.5)  # half a second before a minute ends
    limits = limits_of(clock, user="60/minute")
    assert passed(lambda: limits.hit_user("甲"), 200) == 60
    clock.now += 1
    assert passed(lambda: limits.hit_user("甲"), 200) <= 1
    clock.now += 30
    assert 28 <= passed(lambda: limits.hit_user("甲"), 200) <= 32


@given(
    amount=st.integers(1, 9),
    minutes=st.integers(1, 3),
    steps=st.lists(st.tuples(st.floats(0, 90), st.integers(1, 12)), min_size=1, max_size=12),
)
def test_whoever_waits_as_long_as_is_said_is_let_through(
    amount: int, minutes: int, steps: list[tuple[float, int]]
) -> None:
    clock = Clock()
    limits = limits_of(clock, user=f"{amount}/{minutes}minute")
    for pause, calls in steps:
        clock.now += pause
        passed(lambda: limits.hit_user("甲"), calls)
    while passed(lambda: limits.hit_user("甲"), 1):
        pass
    seconds = wait_of(lambda: limits.hit_user("甲"))
    assert 1 <= seconds <= 120 * minutes
    clock.now += seconds
    limits.hit_user("甲")


@given(st.lists(st.tuples(st.floats(0, 50), st.sampled_from("ab")), max_size=80))
def test_the_counters_weigh_both_windows(steps: list[tuple[float, str]]) -> None:
    clock = Clock()
    windows = Windows(clock=clock)
    taken: list[tuple[float, str]] = []
    for pause, key in steps:
        clock.now += pause
        now, number = clock.now, clock.now // 60
        own = [at for at, of in taken if of == key]
        before = sum(at // 60 == number - 1 for at in own) * (60 - now % 60) / 60
        current = sum(at // 60 == number for at in own)
        let = windows.acquire_sliding_window_entry(key, 4, 60)
        assert let == (int(before) + current < 4)
        if let:
            taken.append((now, key))


def test_the_memory_is_bounded_and_the_oldest_goes() -> None:
    windows = Windows(most=3, clock=Clock())
    for key in "abcada":
        assert windows.acquire_sliding_window_entry(key, 4, 60)
    assert len(windows) == 3
    assert [windows.get_sliding_window(key, 60)[2] for key in "abcd"] == [3, 0, 1, 1]
    windows.clear_sliding_window("a", 60)
    assert windows.get_sliding_window("a", 60)[2] == 0


@pytest.mark.parametrize("name", ["RATE_LIMIT_KEY", "RATE_LIMIT_USER"])
@pytest.mark.parametrize("text", ["", "often", "0/minute", "5/fortnight", "-1/minute", "5"])
def test_a_wrong_limit_is_named(name: str, text: str, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, state_dir=tmp_path, **{name.lower(): text})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=name):
        RateLimits.open(settings)


@pytest.mark.parametrize("text", ["600/minute", "10/second;200/hour", "none", "NONE", "5 per day"])
def test_what_the_library_reads_is_a_limit(text: str, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, state_dir=tmp_path, rate_limit_user=text)
    RateLimits.open(settings).hit_user("甲")


def test_the_settings_hold_as_they_come(tmp_path: Path) -> None:
    limits = RateLimits.open(Settings(_env_file=None, state_dir=tmp_path))
    assert passed(lambda: limits.hit_key(key_of()), 1300) in range(600, 1201)
    assert passed(lambda: limits.hit_address("192.0.2.1"), 500) in range(120, 241)
    assert not limits.waits


# Redis --------------------------------------------------------------------------------------------


def opened(url: str, folder: Path, user: str = "5/minute") -> RateLimits:
    return RateLimits.open(
        Settings(
            _env_file=None,
            state_dir=folder,
            redis_url=SecretStr(url),
            rate_limit_user=user,
            rate_limit_key="7/minute",
        )
    )


def store_of(limits: RateLimits) -> RedisStorage:
    assert limits._redis is not None
    return limits._redis


def test_several_processes_count_together(redis_url: str, tmp_path: Path) -> None:
    one, two = opened(redis_url, tmp_path), opened(redis_url, tmp_path)
    assert one.waits
    assert passed(lambda: one.hit_user("together"), 3) == 3
    assert passed(lambda: two.hit_user("together"), 9) == 2
    assert passed(lambda: one.hit_key(key_of("7" * 8)), 9) == 7
    assert passed(lambda: two.hit_key(key_of("7" * 8)), 9) == 0
    assert 1 <= wait_of(lambda: one.hit_user("together")) <= 60


def test_redis_learns_no_name_and_forgets(redis_url: str, tmp_path: Path) -> None:
    limits = opened(redis_url, tmp_path)
    limits.hit_address("192.0.2.77")
    limits.hit_user("张三")
    client = store_of(limits).storage
    keys = [key.decode() for key in client.keys("*")]
    assert keys
    assert all(key.startswith("policy-assistant:limits:") for key in keys)
    assert not any("192.0.2" in key or "张三" in key for key in keys)
    assert all(0 < int(client.pttl(key)) <= 120_000 for key in keys)


def test_redis_says_how_long_to_wait_as_the_memory_does(redis_url: str, tmp_path: Path) -> None:
    limits = opened(redis_url, tmp_path, "2/second")
    hit = lambda: limits.hit_user("waiting")  # noqa: E731
    passed(hit, 2)
    seconds = parse("2/second").get_expiry()
    assert wait_of(hit) in range(1, 2 * seconds + 1)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_while_redis_is_away_each_process_counts_for_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(1_000_000_021.0)
    away = store_of(opened(f"redis://127.0.0.1:{closed_port()}/0", tmp_path))
    limits = RateLimits(PSEUDONYMS, user="5/minute", redis=away, clock=clock)
    with caplog.at_level(logging.WARNING):
        assert passed(lambda: limits.hit_user("甲"), 9) == 5
        assert len(caplog.records) == 1  # not asked again for some seconds
        clock.now += 6
        passed(lambda: limits.hit_user("甲"), 9)
        assert len(caplog.records) == 2
    assert "Redis" in caplog.text


def test_when_redis_is_back_it_counts_again(redis_url: str, tmp_path: Path) -> None:
    clock = Clock(1_000_000_021.0)
    back = store_of(opened(redis_url, tmp_path))
    limits = RateLimits(PSEUDONYMS, user="5/minute", redis=back, clock=clock)
    limits._asked_again = clock.now + 5
    assert passed(lambda: limits.hit_user("back"), 9) == 5
    clock.now += 5
    assert passed(lambda: limits.hit_user("back"), 9) == 5


@pytest.mark.parametrize("url", ["http://127.0.0.1", "127.0.0.1:6379"])
def test_the_address_of_redis_is_one(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        opened(url, tmp_path)
