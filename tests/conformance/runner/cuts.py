"""Sends the cases of the corpus cut in two at every offset: the answers stay the same bytes.

Many connections in lock-step and no event loop, because there are tens of thousands of them. The
second part of a case is sent when the kernel says that the driver has read the first (sockdiag.py).
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from runner.checks import compare
from runner.client import PROBE, QUEUE_PAUSE_S, Failure
from runner.proxy import header_of
from runner.sockdiag import PeerQueue
from runner.tls import SecurePort, SecureSocket
from runner.vectors import Await, Step, Vector, cut_steps
from runner.wire import Reader, Response, WireError

BATCH = 128
# Each may have waited for its deadline; after so many the driver is not asked any more.
FAILURES_MAX = 8
# Cases longer than this have filler, within which one offset is like another.
WHOLE_BYTES_MAX = 1024
EDGE_BYTES = 64
FILLER_STEP = 1021
DATE = re.compile(rb"\r\nDate: [^\r]{29}\r\n")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def offsets(vector: Vector, every: int) -> list[int]:
    """Where a case is cut: at every offset, or at each `every`-th, beginning by its name."""
    size = len(vector.sent)
    if size <= WHOLE_BYTES_MAX:
        all_of_them = list(range(1, size))
    else:
        edges = {*range(1, EDGE_BYTES), *range(size - EDGE_BYTES, size)}
        all_of_them = sorted(edges | set(range(EDGE_BYTES, size, FILLER_STEP)))
    return all_of_them[zlib.crc32(vector.name.encode()) % every :: every]


@dataclass(eq=False)
class Attempt:
    """One connection: a case, cut at an offset (0: whole), and what came back."""

    vector: Vector
    cut: int
    steps: list[Step]
    socket: socket.socket | SecureSocket
    reader: Reader
    received: bytearray = field(default_factory=bytearray)
    is_closed: bool = False
    complaint: str = ""

    @classmethod
    def open(cls, port: int | str, vector: Vector, cut: int, deadline_s: float) -> Attempt:
        is_unix = isinstance(port, str)
        plain = socket.socket(socket.AF_UNIX if is_unix else socket.AF_INET)
        if not is_unix:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(deadline_s)
        plain.connect(port if is_unix else ("127.0.0.1", port))
        plain.sendall(header_of(port))
        connection = SecureSocket(plain) if isinstance(port, SecurePort) else plain
        steps = cut_steps(vector.send, (cut,))
        if vector.after == "open":
            # It must be answered as if it had come alone.
            steps = [*steps[:-1], last + PROBE] if isinstance(last := steps[-1], bytes) else steps
        heads = [bool(item.get("head")) for item in vector.expect if not item.get("optional")]
        return cls(vector, cut, steps, connection, Reader(heads))

    def send(self, data: bytes) -> None:
        # A driver that has refused the first part may have closed.
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            self.socket.sendall(data)

    def receive(self) -> None:
        """One piece."""
        try:
            data = self.socket.recv(262144)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        except TimeoutError:
            self.complaint = f"hangs: {len(self.received)} bytes came"
            data = b""
        self.is_closed = not data
        self.received += data
        if self.needs_responses:
            try:
                self.reader.feed(data)
            except WireError as error:
                self.complaint = str(error)
                self.is_closed = True

    @property
    def needs_responses(self) -> bool:
        return self.cut == 0 or any(isinstance(step, Await) for step in self.steps)

    def finals(self) -> int:
        return sum(response.status >= 200 for response in self.reader.responses)

    def wait(self, responses: int) -> None:
        while len(self.reader.responses) < responses and not self.is_closed:
            self.receive()

    def answers(self) -> bytes:
        """What came back, without what may differ from one time to the other."""
        data = DATE.sub(b"\r\nDate: \r\n", bytes(self.received))
        if self.vector.end is not None:
            data = data.replace(b"\r\nConnection: close\r\n", b"\r\n")
        if any(item.get("optional") for item in self.vector.expect):
            data = data.replace(CONTINUE, b"")
        return data

    def read_whole(self) -> None:
        """All answers: that of the probe is the last, else the driver closes."""
        wanted = sum(item["status"] >= 200 for item in self.vector.expect) + 1
        while not self.is_closed and (self.vector.after != "open" or self.finals() < wanted):
            self.receive()

    def read_like(self, reference: bytes) -> None:
        while not self.is_closed:
            if self.vector.after == "open" and len(self.answers()) >= len(reference):
                return
            self.receive()

    def close(self) -> None:
        # With a reset, so that tens of thousands of ports are free again at once.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.socket.close()


def wait_until_read(attempts: list[Attempt], queue: PeerQueue, deadline_s: float) -> None:
    end = time.monotonic() + deadline_s
    waiting = attempts
    while waiting:
        waiting = [attempt for attempt in waiting if queue.unread(attempt.socket) > 0]
        if waiting and time.monotonic() > end:
            for attempt in waiting:
                attempt.complaint = "the driver does not read"
            return
        if waiting:
            time.sleep(QUEUE_PAUSE_S)


def send_all(attempts: list[Attempt], queue: PeerQueue, deadline_s: float) -> None:
    """Step by step, the same of all connections before the next."""
    for number in range(max(len(attempt.steps) for attempt in attempts)):
        current = [attempt for attempt in attempts if number < len(attempt.steps)]
        for attempt in current:
            step = attempt.steps[number]
            if isinstance(step, Await):
                attempt.wait(step.count)
            else:
                attempt.send(step)
        wait_until_read(
            [a for a in current if number + 1 < len(a.steps) and not a.is_closed], queue, deadline_s
        )
    for attempt in attempts:
        if attempt.vector.end == "half":
            with contextlib.suppress(OSError):
                attempt.socket.shutdown(socket.SHUT_WR)


def complaints_of(attempt: Attempt) -> list[str]:
    """Of a case that was sent whole."""
    vector, responses = attempt.vector, list(attempt.reader.responses)
    complaints = [attempt.complaint] if attempt.complaint else []
    if vector.after == "open":
        if attempt.is_closed:
            complaints.append("the connection was closed")
        elif responses and not is_hello(responses.pop()):
            complaints.append("one more request on the connection was not answered")
    if attempt.reader.buffer:
        complaints.append(f"after the last answer: {bytes(attempt.reader.buffer[:80])!r}")
    return complaints + compare(vector, responses)


def is_hello(response: Response) -> bool:
    return response.status == 200 and response.body == b"Hello, World!"


def batches(vectors: list[Vector], every: int) -> Iterator[list[tuple[Vector, int]]]:
    todo = [(vector, cut) for vector in vectors for cut in offsets(vector, every)]
    for at in range(0, len(todo), BATCH):
        yield todo[at : at + BATCH]


class Cuts:
    """Runs cases against one driver. `failures` has the first of each case that fails."""

    def __init__(self, port: int | str, deadline_s: float, every: int) -> None:
        self.failures: dict[str, Failure] = {}
        self.count = 0
        self._port = port
        self._deadline_s = deadline_s
        self._every = every
        self._references: dict[str, bytes] = {}

    def run(self, vectors: list[Vector]) -> None:
        queue = PeerQueue()
        try:
            for at in range(0, len(vectors), BATCH):
                self._batch([(vector, 0) for vector in vectors[at : at + BATCH]], queue)
            good = [vector for vector in vectors if vector.name not in self.failures]
            for batch in batches(good, self._every):
                self._batch(batch, queue)
        finally:
            queue.close()

    def _batch(self, batch: list[tuple[Vector, int]], queue: PeerQueue) -> None:
        attempts: list[Attempt] = []
        try:
            for vector, cut in batch:
                if self._gives_up(vector) or vector.name in self.failures:
                    continue
                attempts.append(Attempt.open(self._port, vector, cut, self._deadline_s))
            if attempts:
                send_all(attempts, queue, self._deadline_s)
            for attempt in attempts:
                if not self._gives_up(attempt.vector):
                    self._finish(attempt)
        finally:
            for attempt in attempts:
                attempt.close()

    def _gives_up(self, vector: Vector) -> bool:
        if len(self.failures) < FAILURES_MAX:
            return False
        unknown = Failure(["not asked: too many others failed"], vector.sent, b"")
        self.failures.setdefault(vector.name, unknown)
        return True

    def _finish(self, attempt: Attempt) -> None:
        name, self.count = attempt.vector.name, self.count + 1
        if attempt.cut == 0:
            attempt.read_whole()
            complaints = complaints_of(attempt)
            self._references[name] = attempt.answers()
        else:
            reference = self._references[name]
            attempt.read_like(reference)
            complaints = [attempt.complaint] if attempt.complaint else []
            if attempt.answers() != reference:
                complaints.append(f"cut at {attempt.cut}: not the answers to the whole")
        if complaints and name not in self.failures:
            sent = b"|".join(step for step in attempt.steps if isinstance(step, bytes))
            self.failures[name] = Failure(complaints, sent, bytes(attempt.received))
