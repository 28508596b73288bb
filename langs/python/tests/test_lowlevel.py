"""The engine without the idiom, and the reach of the binding."""

from __future__ import annotations

import asyncio
import gc
import re
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Running

import trivet
from trivet import (
    App,
    ArgumentError,
    ConflictError,
    HeaderError,
    Request,
    StaleHandleError,
    StateError,
    ThreadError,
    Tls,
    TrivetError,
    lowlevel,
)

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent.parent


# Hooks and error handlers may be coroutines here, so the extension runs them itself, in the one
# crossing of a request. A form takes all of its parts at once, and finds them by name itself.
NOT_OF_THE_ENGINE = {
    "trivet_app_before",
    "trivet_app_after",
    "trivet_app_on_error",
    "trivet_form_find",
}


def test_every_function_of_the_abi_is_reached() -> None:
    header = (ROOT / "capi/include/trivet.h").read_text()
    functions = set(re.findall(r"^TRIVET_API [\w \*]*?\b(trivet_\w+)\(", header, re.M))
    sources = "".join(path.read_text() for path in (PACKAGE / "native").glob("*.cc"))
    assert len(functions) >= 50
    assert functions - set(re.findall(r"\btrivet_\w+", sources)) == NOT_OF_THE_ENGINE


def test_one_module_imports_the_extension() -> None:
    importing = [
        path.name
        for path in (PACKAGE / "src/trivet").glob("*.py")
        if re.search(r"import _native|_native import|import trivet\._native", path.read_text())
    ]
    assert importing == ["_core.py"]


def test_every_setting_is_a_keyword() -> None:
    import inspect

    header = (ROOT / "capi/include/trivet.h").read_text()
    (body,) = re.findall(r"struct trivet_app_config \{(.*?)\n\};", header, re.S)
    numbers = set(re.findall(r"\buint\d+_t (\w+);", body)) - {"size", "flags"}
    texts = set(re.findall(r"\btrivet_str (\w+);", body))
    # Those of TLS are one value, which has them all.
    secured = {name for name in numbers | texts if name.startswith("tls_")}
    assert secured == set(Tls("a.pem").given())
    # `limits` gives several of them as one value; the others are what the document says of the app.
    other = {"limits", "title", "version", "description", "servers", "openapi", "docs", "reference"}
    assert (numbers | texts) - secured | {"tls"} | other == set(inspect.signature(App).parameters)
    native = (PACKAGE / "native/config.cc").read_text()
    assert numbers == set(re.findall(r"TRIVET_FIELD\((\w+)\),", native))
    assert texts == set(re.findall(r"&trivet_app_config::(\w+)\}", native))
    assert numbers | texts == set(App().config)


def test_versions() -> None:
    assert lowlevel.version() == trivet.__version__
    assert lowlevel.abi_version() == lowlevel.ABI_VERSION
    assert lowlevel.status_name(-3) == "TRIVET_E_STALE"
    assert lowlevel.status_name(12345) == ""


def test_errors_say_their_status() -> None:
    for error in vars(trivet.errors).values():
        if isinstance(error, type) and issubclass(error, TrivetError) and error is not TrivetError:
            assert lowlevel.status_name(error.status) == error.status_name
            assert str(error()) != ""
            assert str(error("message", "detail")) == "message: detail"
            assert error.__module__ == "trivet"


def answers(serve: Callable[..., Running], reply: Callable[[Request], Any]) -> Any:
    app = App()

    @app.get("/")
    def handler(request: Request) -> str:
        reply(request)
        return "the result is not sent"

    return serve(app).get("/")


@pytest.mark.parametrize(
    ("reply", "status", "kind", "body"),
    [
        (lambda r: lowlevel.reply(r, {"a": 1}), 200, "application/json", b'{"a":1}'),
        (
            lambda r: lowlevel.reply_text(r, 201, "ü"),
            201,
            "text/plain; charset=utf-8",
            "ü".encode(),
        ),
        (lambda r: lowlevel.reply_html(r, 200, "<p>"), 200, "text/html; charset=utf-8", b"<p>"),
        (lambda r: lowlevel.reply_json(r, 200, "[1]"), 200, "application/json", b"[1]"),
        (lambda r: lowlevel.reply_bytes(r, 200, b"\0"), 200, "application/octet-stream", b"\0"),
        (lambda r: lowlevel.reply_empty(r, 204), 204, None, b""),
        (lambda r: lowlevel.reply_redirect(r, 302, "/x"), 302, None, b""),
    ],
)
def test_answers_by_hand(
    serve: Callable[..., Running],
    reply: Callable[[Request], None],
    status: int,
    kind: str | None,
    body: bytes,
) -> None:
    answer = answers(serve, reply)
    assert (answer.status, answer.body) == (status, body)
    if kind is not None:
        assert answer.type == kind


def test_problems_and_failures_by_hand(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    assert answers(serve, lambda r: lowlevel.reply_problem(r, 404, "no")).json()["detail"] == "no"
    assert answers(serve, lambda r: lowlevel.reply_fail(r, "the cause")).status == 500
    assert "the cause" in capfd.readouterr().err


def test_a_second_answer_is_stale(serve: Callable[..., Running]) -> None:
    errors: list[str] = []

    def twice(request: Request) -> None:
        lowlevel.reply_text(request, 200, "first")
        calls: list[tuple[Callable[..., None], Any]] = [
            (lowlevel.reply_text, (200, "second")),
            (lowlevel.reply, ("second",)),
            (lowlevel.reply_empty, (204,)),
            (lowlevel.reply_fail, ("x",)),
        ]
        for again, arguments in calls:
            with pytest.raises(StaleHandleError) as caught:
                again(request, *arguments)
            errors.append(caught.value.status_name)

    assert answers(serve, twice).text == "first"
    assert errors == ["TRIVET_E_STALE"] * 4


def test_a_refused_answer_leaves_the_request_open(serve: Callable[..., Running]) -> None:
    def refused_first(request: Request) -> None:
        with pytest.raises(HeaderError):
            lowlevel.reply(request, trivet.Response("x", headers={"a": "b\nc"}))
        with pytest.raises(ArgumentError):
            lowlevel.reply_text(request, 99, "x")
        with pytest.raises(ArgumentError):
            lowlevel.reply_redirect(request, 200, "/")
        with pytest.raises(TypeError):
            lowlevel.reply(request, object())
        with pytest.raises(TypeError):
            lowlevel.reply_text("no request", 200, "x")  # type: ignore[arg-type]
        lowlevel.reply_text(request, 200, "at last")

    assert answers(serve, refused_first).text == "at last"


def test_an_error_after_the_answer_is_logged(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(request: Request) -> None:
        lowlevel.reply_text(request, 200, "sent")
        raise ValueError("too late")

    assert answers(serve, fail).text == "sent"
    assert "ValueError: too late" in capfd.readouterr().err


def test_post_from_another_thread(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/plain")
    def plain(request: Request) -> None:
        lowlevel.defer(request)
        loop = lowlevel.current_loop()
        assert loop is not None

        def work() -> None:
            time.sleep(0.01)
            headers = [("X-From", "thread"), ("X-Empty", "")]
            lowlevel.post(loop, request, 201, b"posted", lowlevel.CONTENT_BYTES, headers)

        threading.Thread(target=work).start()

    @app.get("/async")
    async def asynchronous(request: Request) -> None:
        loop = running.server.loop  # type: ignore[union-attr]
        await asyncio.to_thread(lowlevel.post, loop, request, 200, b"[1]", lowlevel.CONTENT_JSON)

    running = serve(app)
    answer = running.get("/plain")
    assert (answer.status, answer.body, answer.headers["X-From"]) == (201, b"posted", "thread")
    assert running.get("/async").json() == [1]


def test_timers(serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]) -> None:
    app = App()
    fired: list[str] = []

    class Callback:
        def __init__(self, name: str) -> None:
            self.name = name

        def __call__(self) -> None:
            fired.append(self.name)
            if self.name == "broken":
                raise ValueError("in a timer")

    references: list[weakref.ref[Callback]] = []

    @app.get("/")
    async def handler() -> list[Any]:
        loop = running.server.loop  # type: ignore[union-attr]
        for name, delay in (("second", 20), ("first", 5), ("broken", 1)):
            callback = Callback(name)
            references.append(weakref.ref(callback))
            loop.timer_start(delay, callback)
        cancelled = Callback("cancelled")
        references.append(weakref.ref(cancelled))
        timer = loop.timer_start(1, cancelled)
        del callback, cancelled
        loop.timer_cancel(timer)
        with pytest.raises(StaleHandleError):
            loop.timer_cancel(timer)
        with pytest.raises(ArgumentError):
            loop.timer_start(1 << 50, print)
        await asyncio.sleep(0.04)
        gc.collect()
        return [fired, [reference() is None for reference in references]]

    running = serve(app)
    assert running.get("/").json() == [["broken", "first", "second"], [True] * 4]
    assert "a timer raised ValueError: in a timer" in capfd.readouterr().err


def test_info_and_stats(serve: Callable[..., Running], engine: str) -> None:
    app = App()

    @app.get("/")
    def handler() -> Any:
        loop = lowlevel.current_loop()
        assert loop is not None
        return [loop.info(), loop.stats()]

    @app.get("/boom")
    def boom() -> None:
        raise ValueError

    running = serve(app, engine)
    running.get("/boom")
    info, stats = running.get("/").json()
    assert info["engine"] == {"uring": "io_uring", "epoll": "epoll"}[engine]
    assert (info["host"], info["port"], info["state"]) == ("127.0.0.1", running.port, "serving")
    assert info["engine_reason"] != ""
    assert stats["requests_in_flight"] == 1
    assert stats["handler_failures_total"] == 1
    assert stats["connections_total"] == 2
    assert stats["system_calls_total"] > 0


def test_owner_functions_refuse_other_threads(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/")(lambda: "x")
    running = serve(app)
    assert running.server is not None
    loop = running.server.loop
    for call in (
        lambda: loop.timer_start(1, print),
        lambda: loop.timer_cancel(1),
        lambda: loop.watch(0, lowlevel.WATCH_READ),
        lambda: loop.wait(0),
        loop.turn,
        loop.flush,
        loop.close,
        loop.run_held,
    ):
        with pytest.raises(ThreadError):
            call()
    loop.wake()


def test_driving_a_loop_by_hand() -> None:
    """What an event loop of another library would do: poll the descriptor, flush, turn."""
    import select

    app = App()
    app.get("/")(lambda: "by hand")
    with app.bind(port=0) as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        loop = server.loop
        server.start()
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        client.settimeout(0.001)
        answer = b""
        while not answer.endswith(b"by hand"):
            loop.flush()
            deadline = loop.deadline()
            select.select([loop.fileno()], [], [], 0.05 if deadline < 0 else deadline / 1000)
            assert loop.turn() == []
            try:
                answer += client.recv(4096)
            except TimeoutError:
                continue
        client.close()
        loop.wait(0)
        assert not loop.is_drained
        loop.drain()
        while not loop.is_drained:
            loop.wait(10)
            loop.turn()
        assert loop.info()["state"] == "drained"
    assert loop.is_closed
    for call in (loop.info, loop.stats, loop.wake, loop.drain, loop.turn, loop.flush, loop.fileno):
        with pytest.raises(StateError):
            call()
    loop.close()


def test_a_watch_is_reported_by_the_turn() -> None:
    loop = lowlevel.Loop(lowlevel.NativeApp(), "", 0, -1, lowlevel.LOOP_UNBOUND)
    left, right = socket.socketpair()
    loop.watch(right.fileno(), lowlevel.WATCH_READ)
    left.send(b"x")
    loop.wait(1000)
    assert loop.turn() == [(right.fileno(), lowlevel.WATCH_READ)]
    loop.watch(right.fileno(), 0)
    assert loop.turn() == []
    with pytest.raises(TrivetError):
        loop.watch(-1, lowlevel.WATCH_READ)
    left.close()
    right.close()
    loop.close()


def test_a_turn_within_a_handler_is_refused(serve: Callable[..., Running]) -> None:
    def turn(request: Request) -> None:
        loop = lowlevel.current_loop()
        assert loop is not None
        with pytest.raises(StateError):
            loop.turn()
        with pytest.raises(StateError):
            loop.close()
        lowlevel.reply_text(request, 200, "refused")

    assert answers(serve, turn).text == "refused"
    assert lowlevel.current_loop() is None


def test_a_socket_may_be_handed_over() -> None:
    app = App()
    app.get("/")(lambda: "x")
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with app.bind(port=port, listen_fd=listener.detach()) as server:
        assert server.port == port
        assert server.host == "127.0.0.1"


def test_two_loops_share_a_port() -> None:
    app = App()
    app.get("/")(lambda: "x")
    with app.bind(port=0, reuse_port=True) as first:
        with app.bind(port=first.port, reuse_port=True) as second:
            assert first.port == second.port
        with pytest.raises(trivet.AddressInUseError):
            app.bind(port=first.port)


def test_the_low_level_route_is_told_at_once() -> None:
    app = App()
    app.add_route("/", lambda: "x")
    with pytest.raises(ConflictError) as caught:
        app.add_route("/", lambda: "y")
    assert caught.value.status_name == "TRIVET_E_CONFLICT"
    assert caught.value.detail != ""


RUN_HELD = """
import threading, urllib.request
from trivet import App

app = App()

@app.get("/")
def handler():
    server.loop.drain()
    return "held"

import subprocess, sys
with app.bind(port=0) as server:
    ask = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())"
    asking = subprocess.Popen([sys.executable, "-c", ask, f"http://127.0.0.1:{server.port}/"])
    server.start()
    server.loop.run_held()
    asking.wait()
"""

MAIN = """
import os, signal, subprocess, sys
from trivet import App, lowlevel

app = App()

@app.get("/")
def handler():
    os.kill(os.getpid(), signal.SIGTERM)
    return "from main"

ask = '''
import sys, time, urllib.request as u
for _ in range(200):
    try:
        print(u.urlopen(sys.argv[1]).read().decode())
        break
    except OSError:
        time.sleep(0.02)
'''
port = sys.argv[1]
asking = subprocess.Popen([sys.executable, "-c", ask, f"http://127.0.0.1:{port}/"])
code = lowlevel.app_main(app, ["app", "--port", port])
asking.wait()
try:
    app.log.info("gone")
except RuntimeError as error:
    print(type(error).__name__)
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("source", "out"),
    [(RUN_HELD, "held\n"), (MAIN, "from main\nStateError\n")],
    ids=["run", "main"],
)
def test_the_engine_s_own_loops(source: str, out: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-c", source, port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, out), done.stderr


def test_encoding_by_hand() -> None:
    assert lowlevel.encode_json({"a": 1}) == b'{"a":1}'


def test_many_requests_leave_no_objects_behind(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/plain/{id:int}")
    def plain(request: Request, id: int, q: str = "") -> Any:  # noqa: A002
        return {"id": id, "q": q, "n": len(request.body), "h": dict(request.headers)}

    @app.post("/async/{id:int}")
    async def asynchronous(request: Request, id: int) -> Any:  # noqa: A002
        if id % 2:
            await asyncio.sleep(0)
        return trivet.Response({"id": id}, 201, {"X-Id": str(id)})

    @app.get("/blocks")
    def blocks() -> int:
        gc.collect()
        return sys.getallocatedblocks()

    running = serve(app)

    def load() -> None:
        for n in range(100):
            running.request("POST", f"/plain/{n}?q=a", b"x" * n)
            running.request("POST", f"/async/{n}", b"y")

    load()
    before = running.get("/blocks").json()
    load()
    load()
    after = running.get("/blocks").json()
    assert after - before < 400
