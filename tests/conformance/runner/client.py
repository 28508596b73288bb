"""Runs one vector: sends its segments, reads the responses, looks at the connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass

from runner.checks import compare
from runner.proxy import header_of
from runner.sockdiag import PeerQueue
from runner.tls import SecurePort, Session
from runner.vectors import Await, Step, Vector
from runner.wire import Reader, WireError

PROBE = b"GET /hello HTTP/1.1\r\nHost: probe\r\n\r\n"
# In flight on another connection while a vector that must fail is running.
SLEEPER = b"GET /sleep/20 HTTP/1.1\r\nHost: other\r\n\r\n"
QUEUE_PAUSE_S = 0.0005


@dataclass(eq=False)
class Failure(Exception):
    """What was wrong, with what went over the wire."""

    complaints: list[str]
    sent: bytes
    received: bytes


class Connection:
    """One client connection. Reads in the background into `reader` until the peer closes."""

    def __init__(
        self, connection: socket.socket, heads: list[bool], session: Session | None = None
    ) -> None:
        self.socket = connection
        self._session = session
        self.reader = Reader(heads)
        self.error: str | None = None
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, port: int | str, heads: list[bool] | None = None) -> Connection:
        """`port` is a number, where TLS is spoken if it is secure, or a Unix socket's path."""
        is_unix = isinstance(port, str)
        connection = socket.socket(socket.AF_UNIX if is_unix else socket.AF_INET)
        connection.setblocking(False)
        if not is_unix:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = port if is_unix else ("127.0.0.1", port)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, address)
        if header := header_of(port):
            await loop.sock_sendall(connection, header)
        if not isinstance(port, SecurePort):
            return cls(connection, heads or [])
        session = Session()
        await loop.sock_sendall(connection, session.go_on())
        while not session.is_ready:
            data = await loop.sock_recv(connection, 262144)
            if not data:
                raise ConnectionResetError("closed in the handshake")
            await loop.sock_sendall(connection, session.go_on(data))
        return cls(connection, heads or [], session)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self.socket, 262144):
                self.reader.feed(data if self._session is None else self._session.decrypt(data))
                self._changed.set()
                if self._session is not None and self._session.is_ended:
                    break
            else:
                if self._session is not None and not self._session.has_said_farewell:
                    self.error = "closed without close_notify"
        except (ConnectionResetError, BrokenPipeError):
            # Only after everything expected has been read is a reset as good as a close.
            pass
        except WireError as error:
            self.error = str(error)
        self.reader.end()
        self._changed.set()

    async def send(self, data: bytes) -> bool:
        """Gives False when the peer no longer takes anything."""
        if self._session is not None:
            data = self._session.encrypt(data)
        try:
            await asyncio.get_running_loop().sock_sendall(self.socket, data)
        except (ConnectionResetError, BrokenPipeError):
            return False
        return True

    async def finish(self) -> None:
        """Ends the client's side."""
        if self._session is not None:
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                farewell = self._session.farewell()
                await asyncio.get_running_loop().sock_sendall(self.socket, farewell)
        self.socket.shutdown(socket.SHUT_WR)

    def count(self, least_status: int = 100) -> int:
        return sum(response.status >= least_status for response in self.reader.responses)

    async def responses(self, count: int, least_status: int = 100) -> bool:
        """Waits until so many responses are there. Gives False when the connection ended before."""
        while self.count(least_status) < count and not self.reader.closed:
            self._changed.clear()
            await self._changed.wait()
        return self.count(least_status) >= count

    async def ended(self) -> None:
        while not self.reader.closed:
            self._changed.clear()
            await self._changed.wait()

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self.socket.close()


async def send_steps(connection: Connection, steps: list[Step], queue: PeerQueue) -> None:
    """Each segment is sent when the peer has read the one before."""
    fresh = True
    for step in steps:
        if isinstance(step, Await):
            if not await connection.responses(step.count):
                return
            continue
        while not fresh and queue.unread(connection.socket) > 0 and not connection.reader.closed:
            await asyncio.sleep(QUEUE_PAUSE_S)
        if not await connection.send(step):
            return
        fresh = False


async def leave(connection: Connection, steps: list[Step], end: str, queue: PeerQueue) -> None:
    """Sends, then ends the client's side as the vector says."""
    await send_steps(connection, steps, queue)
    if end == "half":
        await connection.finish()
        return
    while queue.unread(connection.socket) > 0 and not connection.reader.closed:
        await asyncio.sleep(QUEUE_PAUSE_S)
    if end == "reset":
        linger = struct.pack("ii", 1, 0)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


async def exchange(port: int | str, vector: Vector, steps: list[Step], queue: PeerQueue) -> None:
    heads = [bool(item.get("head")) for item in vector.expect if not item.get("optional")]
    connection = await Connection.open(port, heads)
    complaints: list[str] = []
    wanted = sum(not item.get("optional") for item in vector.expect)
    # An optional interim response does not count among those that are waited for.
    least_status = 100 if wanted == len(vector.expect) else 200
    sender: asyncio.Task[None] | None = None
    try:
        if vector.end is not None:
            await leave(connection, steps, vector.end, queue)
            if vector.end == "half":
                await connection.ended()
        else:
            sender = asyncio.create_task(send_steps(connection, steps, queue))
            await connection.responses(wanted, least_status)
            if vector.after == "closed":
                await connection.ended()
            elif not connection.reader.closed:
                await sender
        # The last response may be one more than wanted when an optional one came.
        responses = list(connection.reader.responses)
        if vector.end in (None, "half"):
            if len(responses) > 0 and vector.after == "open" and not connection.reader.closed:
                extra = await probe(connection)
                responses = list(connection.reader.responses)[: -1 if extra is None else None]
                complaints += [extra] if extra else []
            complaints += compare(vector, responses)
            if vector.after == "open" and connection.reader.closed:
                complaints.append("the connection was closed")
        # Who leaves in the middle of an answer has a part of it, or not, as it happens.
        if connection.reader.buffer and vector.end in (None, "half"):
            complaints.append(
                f"bytes after the last response: {bytes(connection.reader.buffer[:80])!r}"
            )
        if connection.error:
            complaints.append(connection.error)
    except asyncio.CancelledError:
        complaints.append(f"hangs: {len(connection.reader.responses)} of {wanted} responses came")
        raise Failure(complaints, vector.sent, bytes(connection.reader.received)) from None
    finally:
        if sender is not None:
            sender.cancel()
        await connection.close()
    if complaints:
        raise Failure(complaints, vector.sent, bytes(connection.reader.received))


async def probe(connection: Connection) -> str | None:
    """An open connection answers one more request. Gives a complaint, None when all is well."""
    count = len(connection.reader.responses)
    await connection.send(PROBE)
    if not await connection.responses(count + 1):
        return "the connection was closed before one more request"
    last = connection.reader.responses[-1]
    if last.status != 200 or last.body != b"Hello, World!":
        return f"one more request on the connection gave {last.status} {last.body[:80]!r}"
    if len(connection.reader.responses) > count + 1:
        return "more responses came than requests were sent"
    return None


async def bystander(port: int | str, steps_done: asyncio.Event) -> list[str]:
    """A second connection: one request in flight and half of another while the vector runs."""
    connection = await Connection.open(port)
    try:
        await connection.send(SLEEPER + PROBE[:20])
        await steps_done.wait()
        await connection.send(PROBE[20:])
        if not await connection.responses(2):
            return ["another connection was closed"]
        bodies = [response.body for response in connection.reader.responses]
        return (
            [] if bodies == [b"slept", b"Hello, World!"] else [f"another connection got {bodies}"]
        )
    finally:
        await connection.close()


class UnderWay:
    """The requests that are under way while a vector runs, each on a connection of its own."""

    def __init__(self, vector: Vector) -> None:
        self._requests = vector.meanwhile
        self._connections: list[Connection] = []

    async def begin(self, port: int | str, queue: PeerQueue) -> None:
        """Sends the first pieces; gives back when the peer has read them."""
        for first, _ in self._requests:
            connection = await Connection.open(port)
            self._connections.append(connection)
            await connection.send(first)
            with contextlib.suppress(OSError):  # the peer has closed, which finish() tells
                while queue.unread(connection.socket) > 0 and not connection.reader.closed:
                    await asyncio.sleep(QUEUE_PAUSE_S)

    async def finish(self) -> list[str]:
        """Sends the second pieces; gives a complaint for each request that does not end well."""
        complaints = []
        for connection, (_, rest) in zip(self._connections, self._requests, strict=True):
            await connection.send(rest)
            if not await connection.responses(1):
                complaints.append("the connection of a request that was under way was closed")
            elif (status := connection.reader.responses[0].status) != 200:
                complaints.append(f"a request that was under way got {status}")
        return complaints

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()


async def run(port: int | str, vector: Vector, deadline_s: float, queue: PeerQueue) -> None:
    """Runs every plan of a vector; raises Failure."""
    for number, steps in enumerate(vector.plans(), 1):
        done = asyncio.Event()
        under_way = UnderWay(vector)
        other = asyncio.create_task(bystander(port, done)) if vector.others else None
        try:
            await asyncio.wait_for(under_way.begin(port, queue), deadline_s)
            # wait_for cancels exchange, which then says how far it came.
            await asyncio.wait_for(exchange(port, vector, steps, queue), deadline_s)
            done.set()
            complaints = await asyncio.wait_for(other, deadline_s) if other else []
            complaints += await asyncio.wait_for(under_way.finish(), deadline_s)
        except TimeoutError:
            complaints = ["another connection hangs"]
        except Failure as failure:
            if vector.splits == "every":
                failure.complaints.insert(0, f"split at offset {number}")
            raise
        finally:
            if other is not None:
                other.cancel()
            await under_way.close()
        if complaints:
            raise Failure(complaints, vector.sent, b"")
