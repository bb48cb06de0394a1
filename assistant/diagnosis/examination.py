"""All checks in their order, one after the other; a fault of one hides none of the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from assistant.diagnosis import configuration, exposure, knowledge, services, stores
from assistant.diagnosis.findings import Finding, checked, fault, not_checked
from assistant.diagnosis.installation import installation
from assistant.errors import SettingsError
from assistant.settings import Settings

Check = Callable[[Settings], Iterable[Finding]]

CHECKS: dict[str, Check] = {
    knowledge.CORPUS: knowledge.knowledge,
    knowledge.PROMPTS: knowledge.prompts,
    services.LLM: services.llm,
    stores.LEDGER: stores.ledger,
    stores.DISK: stores.disk,
    stores.REDIS: stores.redis,
    exposure.KEYS: exposure.access,
    exposure.LIMITS: exposure.limits,
    "微信": exposure.channels,
    exposure.ADDRESS: exposure.address,
    exposure.ADMIN: exposure.administration,
    services.PORT: services.port,
}


def examine(load: Callable[[], Settings], *, progress: bool = False) -> Iterator[Finding]:
    """Every finding as soon as it is known; ``load`` gives the settings, or says what is wrong.

    ``progress`` shows bars on stderr while files are read.
    """
    with _without_log():
        yield from checked("程序", installation())
        file = Path(str(Settings.model_config["env_file"]))
        yield from checked("设置", configuration.settings_file(file))
        try:
            settings = load()
        except SettingsError as error:
            yield fault("设置", error)
            yield from (not_checked(name, "设置不可用") for name in CHECKS)
            return
        yield from checked("密钥文件", configuration.secrets())
        own: dict[str, Check] = {knowledge.CORPUS: partial(knowledge.knowledge, progress=progress)}
        for name, check in (CHECKS | own).items():
            yield from checked(name, check(settings))


@contextmanager
def _without_log() -> Iterator[None]:
    """Meanwhile, what the product logs does not go between the findings, which say it better."""
    log, handler = logging.getLogger("assistant"), logging.NullHandler()
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
