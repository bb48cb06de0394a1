"""The circuit breaker against its law, and with threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from assistant.wording.breaker import Breaker

LIMIT, PAUSE = 3, 30


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.integers(0, 40))))
def test_it_is_open_after_failures_in_a_row_until_the_pause_is_over(
    events: list[tuple[bool | None, int]],
) -> None:
    now, failed, since = [0.0], 0, 0.0
    breaker = Breaker(LIMIT, PAUSE, lambda: now[0])
    for answered, later in events:
        now[0] += later
        expected = failed < LIMIT or now[0] >= since + PAUSE
        assert breaker.is_open is not expected
        assert breaker.enter() is expected
        if not expected:
            continue
        if failed >= LIMIT:
            assert not breaker.enter(), "one probe at a time"
            assert breaker.is_open
        breaker.leave(answered)
        if answered is not None:
            failed, since = (0, since) if answered else (failed + 1, now[0])


def test_one_of_many_threads_may_probe() -> None:
    now = [0.0]
    breaker = Breaker(1, PAUSE, lambda: now[0])
    assert breaker.enter()
    breaker.leave(False)
    now[0] = PAUSE
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: breaker.enter(), range(64))) == 1
