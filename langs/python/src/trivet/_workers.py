"""Running as a program: by itself, as a worker, or as what starts the workers."""

from __future__ import annotations

import sys

from ._core import loops_open, supervisor_inherit, supervisor_run
from ._errors_gen import StateError, TrivetError
from ._server import Server, StartError, Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from ._app import App

    OnReady = Callable[[Server], None] | None

# What names the supervisor's descriptors; the engine takes it out of the C environment.
_WORKER_VARIABLE = "TRIVET_WORKER"
_NO_STOP_FD = -1


def run(app: App, host: str | None, port: int | None, fork: bool, on_ready: OnReady) -> None:
    """Serve as this process is meant to. Host and port are those of the settings unless given."""
    worker = _inherit()
    if worker is not None:
        _serve(app, worker, on_ready)
        return
    app.config  # noqa: B018  what is wrong with the settings is raised here
    workers, _ = app.native.concurrency()
    if workers == 1:
        _serve(app, None, on_ready, host, port)
    elif fork:
        _fork(app, workers, on_ready)
    else:
        _execute(app, workers)


def _inherit() -> Worker | None:
    import os

    given = supervisor_inherit()
    if given is None:
        return None
    # So that processes that are started from here are no workers.
    os.environ.pop(_WORKER_VARIABLE, None)
    return Worker(**given)


def _serve(
    app: App,
    worker: Worker | None,
    on_ready: OnReady,
    host: str | None = None,
    port: int | None = None,
) -> None:
    with app.bind(host, port, worker=worker) as server:
        try:
            server.serve(on_ready, banner=True)
        except StartError as error:
            print(f"trivet: a startup function failed: {error}", file=sys.stderr)
            raise SystemExit(1) from None


def _fork(app: App, workers: int, on_ready: OnReady) -> None:
    """Supervise in this process; each worker goes on with a copy of it."""
    if len(sys._current_frames()) > 1:
        raise StateError(detail="workers are forked before any thread is started")
    events = sys.modules.get("asyncio.events")
    if loops_open() > 0 or (events is not None and events._get_running_loop() is not None):
        raise StateError(detail="workers are forked before any event loop runs")
    import gc

    def serve() -> None:
        _serve(app, _inherit(), on_ready)

    config = app.config
    # What is there now stays shared with the workers: no collection writes into it.
    gc.collect()
    gc.freeze()
    sys.stdout.flush()
    sys.stderr.flush()
    code = supervisor_run(
        str(config["host"]),
        int(config["port"]),
        workers,
        int(config["backlog"]),
        int(config["start_timeout_ms"]),
        int(config["shutdown_timeout_ms"]),
        _log_level(config["log_level"]),
        _NO_STOP_FD,
        str(config["also_listen"]),
        None,
        serve,
    )
    if code != 0:
        raise SystemExit(code)


def _log_level(name: str | int) -> int:
    from ._settings import LOG_LEVELS

    return LOG_LEVELS[str(name)]


def _execute(app: App, workers: int) -> NoReturn:
    """Become the `trivet` command, which starts this program once for each worker."""
    import os
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        raise StateError(
            detail=f"{workers} workers are started from the main thread; elsewhere use workers=1"
        )
    cli = find_cli()
    command = [cli, "start", *_flags(app, workers), "--", *_own_command()]
    sys.stdout.flush()
    sys.stderr.flush()
    # Ignored signals stay ignored in the new program; Python ignores this one for itself.
    pipe_handler = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execve(cli, command, os.environ)  # noqa: S606
    except OSError as error:
        signal.signal(signal.SIGPIPE, pipe_handler)
        raise TrivetError("workers cannot be started", f"{cli}: {error.strerror}") from None


def _flags(app: App, workers: int) -> list[str]:
    """Give what the supervisor needs to know of the settings."""
    config = app.config
    flags = [
        f"--host={config['host']}",
        f"--port={config['port']}",
        f"--workers={workers}",
        f"--backlog={config['backlog']}",
        f"--start-timeout-ms={config['start_timeout_ms']}",
        f"--shutdown-timeout-ms={config['shutdown_timeout_ms']}",
    ]
    if config["also_listen"]:
        flags.append(f"--also-listen={config['also_listen']}")
    if config["log_level"] != "default":
        flags.append(f"--log={config['log_level']}")
    return flags


def _own_command() -> list[str]:
    """Give the command line that started this program."""
    file = getattr(sys.modules["__main__"], "__file__", None) or "<none>"
    arguments = sys.orig_argv[1:]
    # Standard input is called <stdin>.
    is_program = not file.startswith("<") or "-c" in arguments
    if not sys.executable or not is_program:
        raise StateError(
            detail="workers start the program anew, and this one is not a file: use workers=1"
        )
    return [sys.executable, *arguments]


def find_cli() -> str:
    """Find the `trivet` command: TRIVET_CLI, else beside the package, else in the checkout."""
    import os

    named = os.environ.get("TRIVET_CLI")
    if named:
        if not os.access(named, os.X_OK):
            raise TrivetError("workers cannot be started", f"TRIVET_CLI names {named}")
        return named
    return packed_cli()


def packed_cli() -> str:
    """Find the `trivet` command that belongs to this package or checkout."""
    import os

    package = os.path.dirname(os.path.abspath(__file__))
    # In a checkout the package lies in build/python/<preset>/trivet.
    preset = os.path.dirname(package)
    build = os.path.dirname(os.path.dirname(preset))
    places = [
        os.path.join(package, "bin", "trivet"),
        os.path.join(build, os.path.basename(preset), "cli", "trivet"),
    ]
    for place in places:
        if os.access(place, os.X_OK):
            return place
    raise TrivetError(
        "the trivet command is missing",
        f"there is none at {' or '.join(places)}; install trivet again. TRIVET_CLI names another "
        "place, workers=1 serves without",
    )
