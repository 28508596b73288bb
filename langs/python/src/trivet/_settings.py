"""The settings of an app: names for numbers, and what is only said once the app is to run."""

from __future__ import annotations

from . import _abi_gen as abi
from . import _signature
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
SOURCES = {
    abi.SOURCE_DEFAULT: "default",
    abi.SOURCE_FILE: "file",
    abi.SOURCE_ENV_FILE: "env-file",
    abi.SOURCE_ENVIRONMENT: "environment",
    abi.SOURCE_PROGRAM: "program",
    abi.SOURCE_FLAG: "flag",
}
CLIENT_AUTH = {
    "off": abi.CLIENT_AUTH_OFF,
    "optional": abi.CLIENT_AUTH_OPTIONAL,
    "required": abi.CLIENT_AUTH_REQUIRED,
}
TLS_VERSIONS = {"1.2": abi.TLS_V1_2, "1.3": abi.TLS_V1_3}
FORWARDED = {
    "x-forwarded": abi.FORWARDED_X,
    "forwarded": abi.FORWARDED_RFC,
    "either": abi.FORWARDED_EITHER,
}
_CHOICES = {
    "engine": ENGINES,
    "profile": PROFILES,
    "log_level": LOG_LEVELS,
    "tls_client_auth": CLIENT_AUTH,
    "tls_min_version": TLS_VERSIONS,
    "forwarded": FORWARDED,
}
_TEXTS = {
    *("host", "tls_certificate", "tls_key", "tls_staple", "tls_client_ca", "trusted_proxies"),
    *("also_listen", "static_folders"),
    *_CHOICES,
}


def choice(kind: str, names: dict[str, int], name: str) -> int:
    """Give the number of a name."""
    if name not in names:
        raise ArgumentError(detail=f"{kind} is one of {', '.join(names)}, not {name!r}")
    return names[name]


class Setting:
    """A setting and where its value comes from, as `app.settings` shows it."""

    __slots__ = ("allowed", "default", "help", "key", "place", "source", "value", "variable")

    def __init__(self, facts: tuple[str, str, str, str, str, str, str, int]) -> None:
        #: Table and key in trivet.toml: server.port.
        self.key: str = facts[0]
        #: Its variable in the environment: TRIVET_PORT.
        self.variable: str = facts[1]
        #: Its value as the environment would have it; empty where there is none.
        self.value: str = facts[2]
        #: The same of its default.
        self.default: str = facts[3]
        #: trivet.toml:3, .env:2, TRIVET_PORT or --port; empty for the program and the default.
        self.place: str = facts[4]
        #: What it may be, in words.
        self.allowed: str = facts[5]
        #: What it means.
        self.help: str = facts[6]
        #: One of "default", "file", "env-file", "environment", "program" and "flag".
        self.source: str = SOURCES[facts[7]]

    def __repr__(self) -> str:
        return f"<Setting {self.key} = {self.value!r} ({self.place or self.source})>"


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
            if name not in _TEXTS and not isinstance(value, int):
                place = _signature.call_site()
                raise ArgumentError(detail=f"{name} is an integer, not {value!r} ({place})")
            numbers[name] = value if names is None else choice(name, names, str(value))
        if numbers and self._problem is None:
            self._native.configure(numbers)

    def check(self) -> None:
        """Raise what is wrong outside of the program."""
        if self._problem is not None:
            raise self._problem

    def all(self) -> list[Setting]:
        """Give every setting and where it comes from."""
        self.check()
        return [Setting(facts) for facts in self._native.settings()]

    def resolved(self) -> dict[str, str | int]:
        """Give every setting, with names instead of numbers where there are names."""
        self.check()
        config = self._native.get_config()
        for name, names in _CHOICES.items():
            config[name] = next(key for key, number in names.items() if number == config[name])
        return config
