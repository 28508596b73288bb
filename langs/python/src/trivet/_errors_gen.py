# generated from capi/spec; do not edit
"""Errors of the engine, one class for each status."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Final

__all__ = [
    "STATUS_TO_ERROR",
    "AddressError",
    "AddressInUseError",
    "AgainError",
    "ArgumentError",
    "ClientGoneError",
    "ClientTimeoutError",
    "ConflictError",
    "EngineError",
    "HeaderError",
    "LimitError",
    "MediaTypeError",
    "MissingError",
    "OutOfMemoryError",
    "PatternError",
    "ProtocolError",
    "StaleHandleError",
    "StateError",
    "SystemCallError",
    "ThreadError",
    "TrivetError",
]


class TrivetError(Exception):
    """A failed call of the engine; every class below is one status of the C ABI."""

    status: ClassVar[int] = 0
    status_name: ClassVar[str] = "TRIVET_OK"
    default_message: ClassVar[str] = ""

    def __init__(self, message: str = "", detail: str = "") -> None:
        self.message = message or self.default_message
        self.detail = detail
        super().__init__(f"{self.message}: {detail}" if detail else self.message)


class ArgumentError(TrivetError, ValueError):
    """Invalid argument.

    An argument is missing, malformed or out of range.
    """

    status = -1
    status_name = "TRIVET_E_ARGUMENT"
    default_message = "invalid argument"


class OutOfMemoryError(TrivetError, MemoryError):
    """Out of memory.

    Memory could not be had.
    """

    status = -2
    status_name = "TRIVET_E_MEMORY"
    default_message = "out of memory"


class StaleHandleError(TrivetError, RuntimeError):
    """The handle is no longer valid: its request was already answered.

    The handle's object has ended, was already answered, or belongs to another copy of the library.
    """

    status = -3
    status_name = "TRIVET_E_STALE"
    default_message = "the handle is no longer valid: its request was already answered"


class ThreadError(TrivetError, RuntimeError):
    """Called from a thread that does not own the loop.

    The function is tagged owner and was called from another thread.
    """

    status = -4
    status_name = "TRIVET_E_THREAD"
    default_message = "called from a thread that does not own the loop"


class StateError(TrivetError, RuntimeError):
    """Not possible in this state.

    The object is in a state that does not allow the call, for example a route added after the first
    loop was made.
    """

    status = -5
    status_name = "TRIVET_E_STATE"
    default_message = "not possible in this state"


class PatternError(TrivetError, ValueError):
    """Malformed route pattern.

    A route pattern or method is malformed; the detail says where.
    """

    status = -6
    status_name = "TRIVET_E_PATTERN"
    default_message = "malformed route pattern"


class ConflictError(TrivetError, ValueError):
    """The route is already registered.

    A route for the same method and the same paths exists; the detail names both registrations.
    """

    status = -7
    status_name = "TRIVET_E_CONFLICT"
    default_message = "the route is already registered"


class AddressInUseError(TrivetError, OSError):
    """The address is already in use.

    Another socket is bound to the address.
    """

    status = -8
    status_name = "TRIVET_E_ADDRESS_IN_USE"
    default_message = "the address is already in use"


class AddressError(TrivetError, OSError):
    """The address cannot be used.

    The host or port is malformed, not local, or not permitted; or there is something else than a
    socket at the path of a Unix socket.
    """

    status = -9
    status_name = "TRIVET_E_ADDRESS"
    default_message = "the address cannot be used"


class EngineError(TrivetError, OSError):
    """The requested engine is not available.

    engine = uring was asked for and the kernel or a filter refuses it; the detail says why.
    """

    status = -10
    status_name = "TRIVET_E_ENGINE"
    default_message = "the requested engine is not available"


class SystemCallError(TrivetError, OSError):
    """A system call failed.

    The operating system refused; the detail names the call and its error.
    """

    status = -11
    status_name = "TRIVET_E_SYSTEM"
    default_message = "a system call failed"


class ClientGoneError(TrivetError, ConnectionError):
    """The client has gone.

    The connection ended before the answer; the request handle is released.
    """

    status = -12
    status_name = "TRIVET_E_GONE"
    default_message = "the client has gone"


class HeaderError(TrivetError, ValueError):
    """A header name or value contains a forbidden byte.

    A response field name is not a token, or a value contains CR, LF or NUL, or the field is one the
    engine writes itself (Content-Length, Transfer-Encoding, Connection).
    """

    status = -13
    status_name = "TRIVET_E_HEADER"
    default_message = "a header name or value contains a forbidden byte"


class MissingError(TrivetError, LookupError):
    """Not found.

    No item of that name: header, query parameter, cookie, timer or watch.
    """

    status = -14
    status_name = "TRIVET_E_NOT_FOUND"
    default_message = "not found"


class LimitError(TrivetError, RuntimeError):
    """A limit was reached.

    A named limit does not allow one more; the detail names it.
    """

    status = -15
    status_name = "TRIVET_E_LIMIT"
    default_message = "a limit was reached"


class AgainError(TrivetError, BlockingIOError):
    """Nothing has come yet.

    There is nothing now; the caller is told when there is.
    """

    status = -16
    status_name = "TRIVET_E_AGAIN"
    default_message = "nothing has come yet"


class ClientTimeoutError(TrivetError, TimeoutError):
    """The client was too slow.

    What was awaited did not come in time.
    """

    status = -17
    status_name = "TRIVET_E_TIMEOUT"
    default_message = "the client was too slow"


class ProtocolError(TrivetError, ValueError):
    """The client's message is malformed.

    What came breaks the protocol, for example the framing of chunked content.
    """

    status = -18
    status_name = "TRIVET_E_PROTOCOL"
    default_message = "the client's message is malformed"


class MediaTypeError(TrivetError, ValueError):
    """The content is of another type than was asked for.

    The content of a request is of another type than was asked for, for example no form.
    """

    status = -19
    status_name = "TRIVET_E_MEDIA_TYPE"
    default_message = "the content is of another type than was asked for"


STATUS_TO_ERROR: Final[dict[int, type[TrivetError]]] = {
    -1: ArgumentError,
    -2: OutOfMemoryError,
    -3: StaleHandleError,
    -4: ThreadError,
    -5: StateError,
    -6: PatternError,
    -7: ConflictError,
    -8: AddressInUseError,
    -9: AddressError,
    -10: EngineError,
    -11: SystemCallError,
    -12: ClientGoneError,
    -13: HeaderError,
    -14: MissingError,
    -15: LimitError,
    -16: AgainError,
    -17: ClientTimeoutError,
    -18: ProtocolError,
    -19: MediaTypeError,
}
