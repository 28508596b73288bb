"""A program that serves with several workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import HELLO, READY, Program

from trivet import App, StateError

# Every worker says who it is.
WORKER = """
    import os, secrets
    token = secrets.token_hex()  # made at import

    @app.get("/worker")
    def worker():
        return {
            "pid": os.getpid(), "parent": os.getppid(), "token": token,
            "slot": server.worker.slot, "workers": server.worker.workers,
        }
"""
SLEEP = """
    import asyncio, os

    @app.get("/sleep/{ms:int}")
    async def sleep(ms):
        os.write(1, b"sleeping\\n")
        await asyncio.sleep(ms / 1000)
        return f"slept {os.getpid()}"
"""
LIFECYCLE = """
    import os

    @app.on_startup
    def started():
        os.write(1, b"started\\n")

    @app.on_shutdown
    async def stopped():
        os.write(1, b"stopped\\n")
"""
RUN = """
    def ready(it):
        global server
        server = it
        os.write(1, b"READY %d\\n" % server.port)

    # Workers share standard output: one write a line.
    import os
    app.run(port=0, workers=2, fork={fork}, on_ready=ready)
    os.write(1, b"after run\\n")
"""
EXEC = RUN.format(fork=False)
FORK = RUN.format(fork=True)
BOTH = pytest.mark.parametrize("run", [EXEC, FORK], ids=["exec", "fork"])


@BOTH
def test_workers_share_a_port(program: Callable[..., Program], run: str) -> None:
    app = program(HELLO, WORKER, run).ready(2)
    workers = app.workers()
    assert sorted(workers) == [0, 1]
    assert {worker["parent"] for worker in workers.values()} == {app.process.pid}
    assert sorted(worker["pid"] for worker in workers.values()) == sorted(app.children())
    # A fork goes on with what the program has made so far; an exec starts anew.
    tokens = {worker["token"] for worker in workers.values()}
    assert len(tokens) == (1 if run == FORK else 2)
    app.signal(signal.SIGTERM)
    code, out, err = app.finish()
    # In a fork the supervisor comes back from `run` as well.
    assert (code, out) == (0, "after run\n" * (3 if run == FORK else 2))
    assert err.count("Python 3") == 1
    assert "Traceback" not in err


@BOTH
def test_a_killed_worker_is_replaced(program: Callable[..., Program], run: str) -> None:
    app = program(HELLO, WORKER, run).ready(2)
    before = app.workers()
    os.kill(before[1]["pid"], signal.SIGKILL)
    app.ready()
    after = app.workers()
    assert after[0]["pid"] == before[0]["pid"]
    assert after[1]["pid"] not in (before[0]["pid"], before[1]["pid"])
    assert [app.get("/") for _ in range(10)] == ["hello"] * 10
    app.signal(signal.SIGTERM)
    assert app.finish()[0] == 0


@BOTH
def test_a_drain_finishes_what_is_in_flight(program: Callable[..., Program], run: str) -> None:
    app = program(HELLO, WORKER, SLEEP, run).ready(2)
    clients = [socket.create_connection(("127.0.0.1", app.port), timeout=30) for _ in range(8)]
    for client in clients:
        client.sendall(b"GET /sleep/300 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert [app.line() for _ in clients] == ["sleeping\n"] * 8
    app.signal(signal.SIGTERM)
    for client in clients:
        answer = b""
        while chunk := client.recv(4096):
            answer += chunk
        assert b"slept " in answer
        client.close()
    assert app.finish()[0] == 0


@BOTH
def test_the_lifecycle_is_each_worker_s(program: Callable[..., Program], run: str) -> None:
    app = program(HELLO, LIFECYCLE, run)
    lines = [app.line().split()[0] for _ in range(4)]
    assert (lines.count("started"), lines.count("READY")) == (2, 2)
    assert lines[0] == "started"
    app.signal(signal.SIGTERM)
    code, out, _ = app.finish()
    assert (code, out.count("stopped")) == (0, 2)


@BOTH
def test_the_terminal_s_interrupt_drains(program: Callable[..., Program], run: str) -> None:
    """Ctrl-C reaches the supervisor and every worker: the workers leave it to the supervisor."""
    app = program(HELLO, WORKER, SLEEP, run).ready(2)
    with socket.create_connection(("127.0.0.1", app.port), timeout=30) as client:
        client.sendall(b"GET /sleep/300 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert app.line() == "sleeping\n"
        for pid in [*app.children(), app.process.pid]:
            os.kill(pid, signal.SIGINT)
        answer = b""
        while chunk := client.recv(4096):
            answer += chunk
    assert b"slept" in answer
    code, _, err = app.finish()
    assert code == 0
    assert "Traceback" not in err


@BOTH
def test_a_worker_drains_by_itself_on_sigterm(program: Callable[..., Program], run: str) -> None:
    app = program(HELLO, WORKER, run).ready(2)
    before = app.workers()
    os.kill(before[0]["pid"], signal.SIGTERM)
    assert app.line() == "after run\n"
    app.ready()
    assert app.workers()[0]["pid"] != before[0]["pid"]
    app.signal(signal.SIGTERM)
    assert app.finish()[0] == 0


@BOTH
def test_a_startup_that_fails_is_told_and_tried_again(
    program: Callable[..., Program], tmp_path: Path, run: str
) -> None:
    source = """
        import os

        @app.on_startup
        def connect():
            if not os.path.exists("database"):
                raise ConnectionError("no database")
    """
    app = program(HELLO, source, run)
    assert app.process.stderr is not None
    told = "trivet: a startup function failed: ConnectionError: no database (app.py:"
    while told not in (line := app.process.stderr.readline()):
        assert line, app.finish()
    (tmp_path / "database").touch()
    app.ready(2)
    assert app.get("/") == "hello"
    app.signal(signal.SIGTERM)
    code, _, err = app.finish()
    assert code == 0
    assert "Traceback" not in err


@BOTH
def test_processes_of_a_worker_are_no_workers(program: Callable[..., Program], run: str) -> None:
    source = """
        import os, subprocess, sys

        code = "import os; from trivet import lowlevel; print(lowlevel.supervisor_inherit())"

        @app.get("/child")
        def child():
            command = [sys.executable, "-c", code]
            return ["TRIVET_WORKER" in os.environ, subprocess.check_output(command, text=True)]
    """
    app = program(HELLO, source, run).ready(2)
    assert app.json("/child") == [False, "None\n"]
    app.signal(signal.SIGTERM)
    assert app.finish()[0] == 0


@BOTH
def test_a_port_in_use_is_one_line(program: Callable[..., Program], run: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = program(HELLO, run.replace("port=0", f"port={port}")).finish()
    assert (code, out) == (1, "")
    assert str(port) in err
    assert "Traceback" not in err


@pytest.mark.parametrize("how", ["file", "code", "module"])
def test_workers_are_started_as_the_program_was(tmp_path: Path, how: str) -> None:
    source = """if True:
        import os, sys
        from trivet import App
        app = App(workers=2)
        app.get("/")(lambda: {"argv": sys.argv[1:], "flags": sys.flags.dev_mode})
        app.run(port=0, on_ready=lambda server: os.write(1, b"READY %d\\n" % server.port))
    """
    package = tmp_path / "package"
    package.mkdir()
    (package / "__main__.py").write_text(source)
    by_how = {"file": [str(package / "__main__.py")], "code": ["-c", source]}
    how_arguments = by_how.get(how, ["-m", "package"])
    command = [sys.executable, "-X", "dev", *how_arguments, "one", "--two"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path
    ) as process:
        app = Program(process).ready(2)
        assert app.json("/") == {"argv": ["one", "--two"], "flags": True}
        app.signal(signal.SIGTERM)
        app.process.wait(60)
    assert process.returncode == 0


@pytest.mark.parametrize("fork", [False, True])
def test_settings_reach_the_workers(
    program: Callable[..., Program], tmp_path: Path, fork: bool
) -> None:
    (tmp_path / "trivet.toml").write_text("[server]\nworkers = 3\nbody_bytes_max = 7\nport = 0\n")
    source = f"""
        @app.get("/config")
        def config():
            return dict(app.config)

        import os
        app.run(
            workers=2, fork={fork}, on_ready=lambda it: os.write(1, b"READY %d\\n" % it.port)
        )
    """
    app = program(HELLO, source, TRIVET_WORKERS="4", TRIVET_PROFILE="low-memory").ready(2)
    config = app.json("/config")
    assert (config["workers"], config["body_bytes_max"], config["profile"]) == (2, 7, "low-memory")
    app.signal(signal.SIGTERM)
    assert app.finish()[0] == 0


def test_the_environment_says_how_many(program: Callable[..., Program]) -> None:
    app = program(HELLO, READY, TRIVET_WORKERS="2").ready(2)
    assert app.get("/") == "hello"
    assert len(app.children()) == 2
    app.signal(signal.SIGTERM)
    assert app.finish()[0] == 0


def test_the_cpus_say_how_many_by_default(program: Callable[..., Program]) -> None:
    cpus = sorted(os.sched_getaffinity(0))
    app = program(HELLO, READY, TRIVET_WORKERS="").ready(len(cpus))
    assert len(app.children()) == (len(cpus) if len(cpus) > 1 else 0)
    app.signal(signal.SIGTERM)
    assert app.finish()[0] == 0


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            """
            import threading
            thread = threading.Thread(target=app.run, kwargs={"port": 0, "workers": 2})
            thread.start()
            thread.join()
            """,
            "from the main thread; elsewhere use workers=1",
        ),
        (
            """
            import threading
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            app.run(port=0, workers=2, fork=True)
            """,
            "forked before any thread is started",
        ),
        (
            """
            with app.bind(port=0):
                app.run(port=0, workers=2, fork=True)
            """,
            "before the app is bound",
        ),
        (
            """
            with App().bind(port=0):
                app.run(port=0, workers=2, fork=True)
            """,
            "before any event loop runs",
        ),
        (
            """
            import asyncio
            async def main():
                app.run(port=0, workers=2, fork=True)
            asyncio.run(main())
            """,
            "before any event loop runs",
        ),
    ],
    ids=["thread", "fork-thread", "bound", "fork-loop", "fork-asyncio"],
)
def test_workers_that_cannot_be_started_here(
    program: Callable[..., Program], source: str, told: str
) -> None:
    code, out, err = program(HELLO, source).finish()
    assert told in err
    assert err.startswith("trivet: ")
    assert out == ""
    # A thread's exit code is not the process's.
    assert code == (0 if "elsewhere" in told else 1)


@pytest.mark.parametrize("cli", ["/nowhere/trivet", "/etc/passwd"])
def test_a_missing_command_is_told(program: Callable[..., Program], cli: str) -> None:
    code, out, err = program(HELLO, EXEC, TRIVET_CLI=cli).finish()
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "workers cannot be started" in err
    assert cli in err


def test_a_command_that_is_no_program_is_told(
    program: Callable[..., Program], tmp_path: Path
) -> None:
    cli = tmp_path / "trivet"
    cli.write_text("not a program")
    cli.chmod(0o755)
    code, _, err = program(HELLO, EXEC, TRIVET_CLI=str(cli)).finish()
    assert (code, len(err.splitlines())) == (1, 1)
    assert "Exec format error" in err


def test_a_program_without_a_file_needs_one_worker() -> None:
    source = "from trivet import App\nApp(workers=2).run(port=0)\n"
    done = subprocess.run(
        [sys.executable], input=source, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "this one is not a file: use workers=1" in done.stderr


def test_a_second_run_after_the_drain_is_possible(program: Callable[..., Program]) -> None:
    source = """
        import os, signal
        for _ in range(2):
            app.run(port=0, workers=1, on_ready=lambda it: os.kill(os.getpid(), signal.SIGTERM))
        print("twice")
    """
    code, out, err = program(HELLO, source).finish()
    assert (code, out) == (0, "twice\n"), err


def test_run_elsewhere_with_one_worker() -> None:
    app = App()
    done = threading.Event()

    def serve() -> None:
        app.run(port=0, workers=1, on_ready=lambda server: server.drain())
        done.set()

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join(30)
    assert done.is_set()


def test_workers_by_hand() -> None:
    """What `run` is made of: lowlevel.supervisor_run refuses what it cannot do."""
    from trivet import lowlevel

    with App().bind(port=0), pytest.raises(StateError):
        lowlevel.supervisor_run("127.0.0.1", 0, 1, 16, 1000, 1000, 0, -1, "", None, lambda: 0)
    with pytest.raises(ValueError, match="either a command or a callback"):
        lowlevel.supervisor_run("127.0.0.1", 0, 1, 16, 1000, 1000, 0, -1, "", None, None)
    assert lowlevel.supervisor_inherit() is None
