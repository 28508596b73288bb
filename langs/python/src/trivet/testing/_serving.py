"""An app that serves clients of its own process, on this thread or on one of its own."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from .._abi_gen import LOOP_DEFERRED, LOOP_TEST
from .._aio import TrivetEventLoop
from .._errors_gen import StateError
from .._server import Server, StartError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from .._app import App

Result = TypeVar("Result")


class TestLoop(TrivetEventLoop):
    """An event loop whose clock tests put forward."""

    __test__ = False
    forward = 0.0

    def time(self) -> float:
        """Give the time of its timers."""
        return super().time() + self.forward


class TestServer(Server):
    """A loop without a listener."""

    __test__ = False
    test_loop: TestLoop

    def __init__(self, app: App) -> None:
        app.freeze()
        super().__init__(app, "", 0, -1, LOOP_TEST | LOOP_DEFERRED, None)
        #: What handlers have raised, and nobody has expected.
        self.failures: list[BaseException] = []
        self.loop.on_failure = self.failures.append

    def _new_event_loop(self) -> TrivetEventLoop:
        self.test_loop = TestLoop(self.loop)
        return self.test_loop

    def advance(self, milliseconds: int) -> None:
        """Put both clocks forward; on the loop's thread."""
        self.app.native.advance(milliseconds)
        self.test_loop.forward += milliseconds / 1000

    def begin(self) -> None:
        """Run the startup functions, and raise what they raise."""
        try:
            self.start()
        except StartError as error:
            raise (error.__cause__ or error) from None

    def end(self) -> None:
        """Drain, run the shutdown functions and close."""
        self.drain()
        self.test_loop.serve()
        self.close()


class Inline:
    """Serves on the thread of the test, while that waits for an answer."""

    def __init__(self, app: App) -> None:
        self._is_closed = False
        self._check()
        self._server = TestServer(app)
        self.failures = self._server.failures
        try:
            self._server.begin()
        except BaseException:
            self._server.close()
            raise

    def _check(self) -> None:
        if self._is_closed:
            raise StateError(detail="the client is closed")
        if asyncio._get_running_loop() is not None:
            raise StateError(
                detail="TestClient is for plain functions: in an event loop use AsyncTestClient"
            )

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Serve until it is done."""
        try:
            self._check()
        except BaseException:
            work.close()
            raise
        return self._server.test_loop.run_until_complete(work)

    def advance(self, milliseconds: int) -> None:
        """Put the clock forward and do what has become due."""
        self._server.advance(milliseconds)
        for _ in range(3):  # the engine's turn, what that wakes, and what that sends
            self.run(asyncio.sleep(0))

    def close(self) -> None:
        """End."""
        self._check()
        self._is_closed = True
        self._server.end()


class Threaded:
    """Serves on a thread of its own."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._server: TestServer | None = None
        self._is_ready = threading.Event()
        self._error: BaseException | None = None
        self.failures: list[BaseException] = []
        self._thread = threading.Thread(target=self._serve, name="trivet test server")

    def start(self) -> None:
        """Come back when it serves; raise what a startup function raises. Blocks."""
        self._thread.start()
        self._is_ready.wait()
        if self._server is None:
            self._thread.join()
            self._raise()

    def _serve(self) -> None:
        try:
            server = TestServer(self._app)
            try:
                server.failures = self.failures
                server.loop.on_failure = self.failures.append
                server.begin()
                self._server = server
                self._is_ready.set()
                server.test_loop.serve()
            finally:
                server.close()
        except BaseException as error:
            self._error = error
        finally:
            self._is_ready.set()

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def advance(self, milliseconds: int) -> None:
        """Put the clock forward; from then on the server sees it."""
        server = self._server
        if server is None or not self._thread.is_alive():
            raise StateError(detail="the client is closed")
        await self._on_thread(lambda: server.advance(milliseconds), server)

    async def _on_thread(self, call: Callable[[], None], server: TestServer) -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        def tell(error: BaseException | None) -> None:
            if not done.done():
                done.set_result(error)

        def run() -> None:
            error: BaseException | None = None
            try:
                call()
            except BaseException as raised:
                error = raised
            loop.call_soon_threadsafe(tell, error)

        server.test_loop.call_soon_threadsafe(run)
        error = await done
        if error is not None:
            raise error

    def close(self) -> None:
        """Drain, run the shutdown functions and end. Blocks."""
        if self._server is not None and self._thread.is_alive():
            self._server.drain()
        self._thread.join()
        self._raise()
