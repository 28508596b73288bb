"""Limits: of the whole server as one value, of a group, of a route."""

from __future__ import annotations

from ._abi_gen import LIMIT_NONE
from ._errors_gen import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    NativeLimits = tuple[int, int, int, int, int, int]


class _Limits:
    """Named numbers, or None, that do not change."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, values: dict[str, int | None]) -> None:
        for name, value in values.items():
            end = 1 << 63 if name == "body_bytes_max" else LIMIT_NONE
            if value is not None and not (isinstance(value, int) and 0 <= value < end):
                raise ArgumentError(detail=f"{name} is a number from 0, not {value!r}")
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} does not change: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} does not change: {name}")

    def given(self) -> dict[str, int]:
        """Give those that are set."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value is not None}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Limits) or type(other) is not type(self):
            return NotImplemented
        return self.given() == other.given()

    def __hash__(self) -> int:
        return hash((type(self), *self.given().items()))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.given().items())
        return f"{type(self).__name__}({values})"


class RouteLimits(_Limits):
    """Limits of a route or a group in place of those around it: the outer group's, or the app's.

    None leaves a limit as it is there; 0 is no limit, for `body_rate_min`, `send_rate_min` and
    `request_timeout_ms`. `requests_max` bounds the requests under way of the route, or of all
    routes of the group together, in each loop; beyond it they get 503 with Retry-After.
    """

    __slots__ = (
        "body_bytes_max",
        "body_rate_min",
        "body_timeout_ms",
        "request_timeout_ms",
        "requests_max",
        "send_rate_min",
    )

    body_bytes_max: int | None
    body_timeout_ms: int | None
    body_rate_min: int | None
    request_timeout_ms: int | None
    send_rate_min: int | None
    requests_max: int | None

    def __init__(
        self,
        *,
        body_bytes_max: int | None = None,
        body_timeout_ms: int | None = None,
        body_rate_min: int | None = None,
        request_timeout_ms: int | None = None,
        send_rate_min: int | None = None,
        requests_max: int | None = None,
    ) -> None:
        super().__init__(
            {
                "body_bytes_max": body_bytes_max,
                "body_timeout_ms": body_timeout_ms,
                "body_rate_min": body_rate_min,
                "request_timeout_ms": request_timeout_ms,
                "send_rate_min": send_rate_min,
                "requests_max": requests_max,
            }
        )
        if body_bytes_max == 0:
            raise ArgumentError(detail="body_bytes_max of a route or a group is 1 or more, not 0")


class ServerLimits(_Limits):
    """Limits and timeouts of an app as one value: `App(limits=ServerLimits(requests_max=100))`.

    They are the settings of the same names. None leaves one to the environment and trivet.toml.
    """

    __slots__ = (
        "body_bytes_max",
        "body_rate_min",
        "body_ratio_max",
        "body_timeout_ms",
        "connections_max",
        "connections_per_address_max",
        "head_bytes_max",
        "head_timeout_ms",
        "header_count_max",
        "idle_timeout_ms",
        "keep_alive_timeout_ms",
        "request_timeout_ms",
        "requests_max",
        "requests_per_connection_max",
        "send_rate_min",
        "send_timeout_ms",
        "target_bytes_max",
    )

    target_bytes_max: int | None
    head_bytes_max: int | None
    header_count_max: int | None
    body_bytes_max: int | None
    body_ratio_max: int | None
    connections_max: int | None
    connections_per_address_max: int | None
    requests_max: int | None
    requests_per_connection_max: int | None
    body_rate_min: int | None
    send_rate_min: int | None
    head_timeout_ms: int | None
    body_timeout_ms: int | None
    idle_timeout_ms: int | None
    keep_alive_timeout_ms: int | None
    send_timeout_ms: int | None
    request_timeout_ms: int | None

    def __init__(
        self,
        *,
        target_bytes_max: int | None = None,
        head_bytes_max: int | None = None,
        header_count_max: int | None = None,
        body_bytes_max: int | None = None,
        body_ratio_max: int | None = None,
        connections_max: int | None = None,
        connections_per_address_max: int | None = None,
        requests_max: int | None = None,
        requests_per_connection_max: int | None = None,
        body_rate_min: int | None = None,
        send_rate_min: int | None = None,
        head_timeout_ms: int | None = None,
        body_timeout_ms: int | None = None,
        idle_timeout_ms: int | None = None,
        keep_alive_timeout_ms: int | None = None,
        send_timeout_ms: int | None = None,
        request_timeout_ms: int | None = None,
    ) -> None:
        super().__init__(
            {
                "target_bytes_max": target_bytes_max,
                "head_bytes_max": head_bytes_max,
                "header_count_max": header_count_max,
                "body_bytes_max": body_bytes_max,
                "body_ratio_max": body_ratio_max,
                "connections_max": connections_max,
                "connections_per_address_max": connections_per_address_max,
                "requests_max": requests_max,
                "requests_per_connection_max": requests_per_connection_max,
                "body_rate_min": body_rate_min,
                "send_rate_min": send_rate_min,
                "head_timeout_ms": head_timeout_ms,
                "body_timeout_ms": body_timeout_ms,
                "idle_timeout_ms": idle_timeout_ms,
                "keep_alive_timeout_ms": keep_alive_timeout_ms,
                "send_timeout_ms": send_timeout_ms,
                "request_timeout_ms": request_timeout_ms,
            }
        )


def add_server_limits(given: dict[str, str | int | None], limits: ServerLimits | None) -> None:
    """Add the limits to the settings; none may be given twice."""
    if limits is None:
        return
    for name, value in limits.given().items():
        if given.get(name) is not None:
            raise ArgumentError(detail=f"{name} is given by the limits, and once more")
        given[name] = value


def native_limits(limits: RouteLimits | None) -> NativeLimits:
    """Give them as the engine takes them: 0 for what is as around it."""
    if limits is None:
        return (0, 0, 0, 0, 0, 0)

    def number(value: int | None) -> int:
        return 0 if value is None else LIMIT_NONE if value == 0 else value

    return (
        limits.body_bytes_max or 0,
        number(limits.body_timeout_ms),
        number(limits.body_rate_min),
        number(limits.request_timeout_ms),
        number(limits.send_rate_min),
        number(limits.requests_max),
    )
