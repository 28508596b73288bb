"""The settings of an app: names for numbers, and what is only said once the app is to run."""

from __future__ import annotations

from . import _abi_gen as abi
from ._errors_gen import ArgumentError, TrivetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import NativeApp

ENGINES = {"auto": abi.ENGINE_AUTO, "uring": abi.ENGINE_URING, "epoll": abi.ENGINE_EPOLL}
PROFILES = {
    "default": abi.PROFILE_DEFAULT,
    "low-memory": abi.PROFILE_LOW_MEMORY,
    "high-throughput": abi.PROFILE_HIGH_THROUGHPUT,
}
LEVELS = {
    "debug": abi.LOG_DEBUG,
    "info": abi.LOG_INFO,
    "warn": abi.LOG_WARN,
    "error": abi.LOG_ERROR,
}
LOG_LEVELS = {"default": abi.LOG_DEFAULT, **LEVELS, "off": abi.LOG_OFF}
_CHOICES = {"engine": ENGINES, "profile": PROFILES, "log_level": LOG_LEVELS}


def choice(kind: str, names: dict[str, int], name: str) -> int:
    """Give the number of a name."""
    if name not in names:
        raise ArgumentError(detail=f"{kind} is one of {', '.join(names)}, not {name!r}")
    return names[name]


class Settings:
    """What the program sets, over environment and trivet.toml, over the defaults.

    A mistake of the program raises at once. One in the environment or in trivet.toml is kept for
    `check`, so that a program can be imported wherever it is.
    """

    def __init__(self, native: NativeApp, given: dict[str, str | int | None]) -> None:
        self._native = native
        self._problem: TrivetError | None = None
        try:
            native.get_config()
        except TrivetError as problem:
            self._problem = problem
        self.change(given)

    def change(self, given: dict[str, str | int | None]) -> None:
        """Set what is not None."""
        numbers: dict[str, str | int] = {}
        for name, value in given.items():
            if value is None:
                continue
            names = _CHOICES.get(name)
            numbers[name] = value if names is None else choice(name, names, str(value))
        if numbers and self._problem is None:
            self._native.configure(numbers)

    def check(self) -> None:
        """Raise what is wrong outside of the program."""
        if self._problem is not None:
            raise self._problem

    def resolved(self) -> dict[str, str | int]:
        """Give every setting, with names instead of numbers where there are names."""
        self.check()
        config = self._native.get_config()
        for name, names in _CHOICES.items():
            config[name] = next(key for key, number in names.items() if number == config[name])
        return config
