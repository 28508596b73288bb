"""What `trivet dev` shows of exceptions: a page with the source, and a frame on the terminal.

Imported only where TRIVET_ENV is development, which that command sets; nothing of it is ever sent
otherwise.
"""

from __future__ import annotations

import html
import linecache
import os
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from ._core import HTML, Request
from ._http_errors import HTTPError

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from ._app import App

__all__ = ["Watch", "answer", "frame_text", "page"]

#: Lines of source before and after the one that matters.
_AROUND = 2
_FRAMES_MAX = 50
#: How long one handler may hold the loop before it is told.
_HELD_MS = 100
_SAMPLE_SECONDS = 0.025
_PACKAGE = os.path.dirname(__file__)
_LIBRARY = os.path.dirname(os.__file__)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem }}
h1 {{ font-size: 1.4rem }} h2 {{ font-size: 1rem; margin: 1.5rem 0 .3rem }}
pre {{ background: #f4f4f4; margin: 0; overflow: auto; padding: .5rem }}
mark {{ background: #ffd8d8; display: block }} td {{ padding-right: 1rem; vertical-align: top }}
.package {{ color: #777 }}
</style></head><body>
<h1>{title}</h1>
<p>{method} {target} &middot; request {number}{site}</p>
{frames}
<h2>Request</h2>
<table>{fields}</table>
<p class="package">Shown because TRIVET_ENV is development; a client is told nothing otherwise.</p>
</body></html>
"""


def answer(request: Request, error: Exception) -> HTML | None:
    """Show an exception that nobody has handled; None leaves it to the problem details."""
    if isinstance(error, HTTPError):
        return None
    print(frame_text(error), file=sys.stderr, flush=True)
    accepted = request.headers.get("accept", "")
    return HTML(page(request, error), 500) if "text/html" in accepted else None


def _source(file: str, line: int) -> list[tuple[int, str]]:
    linecache.checkcache(file)
    found = []
    for number in range(max(1, line - _AROUND), line + _AROUND + 1):
        text = linecache.getline(file, number)
        if text:
            found.append((number, text.rstrip("\n")))
    return found


def _is_own(file: str) -> bool:
    """Whether a file is the program's, not the package's or a library's."""
    is_library = "site-packages" in file or file.startswith(_LIBRARY)
    return not (is_library or file[:1] == "<" or os.path.dirname(file) == _PACKAGE)


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(error.__traceback__))[-_FRAMES_MAX:]


def frame_text(error: BaseException) -> str:
    """Give the place in the program where an exception came from, for the terminal."""
    frames = _frames(error)
    own = [frame for frame in frames if _is_own(frame.filename)] or frames
    lines = ["".join(traceback.format_exception_only(type(error), error)).rstrip()]
    if own:
        last = own[-1]
        lines.append(f"  {last.filename}:{last.lineno} in {last.name}")
        for number, text in _source(last.filename, last.lineno or 0):
            mark = ">" if number == last.lineno else " "
            lines.append(f"  {mark} {number:4} | {text}")
    return "\n".join(lines)


def page(request: Request, error: BaseException) -> str:
    """Give a page with the traceback, the source around it and the request."""
    parts = []
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    for index, shown in enumerate(chain):
        if index > 0:
            parts.append(f"<h2>It came while handling {_escape(_title(shown))}</h2>")
        parts += [_frame_html(frame) for frame in reversed(_frames(shown))]
    rows = [("query", request.query_string), *request.headers.items_list()]
    route = request.route
    return _PAGE.format(
        title=_escape(_title(error)),
        method=_escape(request.method),
        target=_escape(request.target),
        number=request.id,
        site=_escape(f" · route {route.pattern} ({route.site})") if route is not None else "",
        frames="\n".join(parts),
        fields="".join(f"<tr><td>{_escape(k)}</td><td>{_escape(v)}</td></tr>" for k, v in rows),
    )


def _escape(text: str) -> str:
    return html.escape(text, quote=True)


def _title(error: BaseException) -> str:
    message = str(error)
    return f"{type(error).__qualname__}: {message}" if message else type(error).__qualname__


def _frame_html(frame: traceback.FrameSummary) -> str:
    lines = []
    for number, text in _source(frame.filename, frame.lineno or 0):
        line = _escape(f"{number:5} {text}")
        lines.append(f"<mark>{line}</mark>" if number == frame.lineno else line + "\n")
    place = _escape(f"{frame.filename}:{frame.lineno} in {frame.name}")
    kind = "" if _is_own(frame.filename) else ' class="package"'
    return f"<h2{kind}>{place}</h2><pre>{''.join(lines)}</pre>"


class Watch:
    """Looks at the loop's thread from another one, and tells who does not let it go.

    One frame of the program that is found running again and again, with no turn of the loop
    between, holds it: a call that blocks, or a computation.
    """

    def __init__(self, app: App, turns: Any = None) -> None:
        self._app = app
        #: Gives how often the loop has turned; None where nothing can be suspended.
        self._turns = turns
        self._thread_id = threading.get_ident()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="trivet-watch")

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        held: FrameType | None = None
        turn, samples = None, 0
        while not self._is_over.wait(_SAMPLE_SECONDS):
            innermost = sys._current_frames().get(self._thread_id)
            frame = _handler_frame(innermost)
            now = self._turns() if self._turns is not None else None
            if frame is None or frame is not held or now != turn:
                held, turn, samples = frame, now, 0
                continue
            samples += 1
            if samples == int(_HELD_MS / 1000 / _SAMPLE_SECONDS):
                self._tell(frame, innermost)

    def _tell(self, frame: FrameType, innermost: FrameType | None) -> None:
        code: CodeType = frame.f_code
        name = getattr(code, "co_qualname", code.co_name)
        place = _innermost_own(innermost)
        at = ""
        if place is not None:
            file, line = place.f_code.co_filename, place.f_lineno
            text = linecache.getline(file, line).strip()
            at = f", in {os.path.basename(file)}:{line}: {text}"
        self._app.log.warn(
            f"{name}() ({os.path.basename(code.co_filename)}:{code.co_firstlineno}) has held the "
            f"loop for more than {_HELD_MS} ms{at}. Nothing else is served meanwhile: await "
            "something that does not block, or asyncio.to_thread"
        )


def _handler_frame(frame: FrameType | None) -> FrameType | None:
    """Give the first frame of the program that the package has called, the outermost of its run."""
    found = None
    while frame is not None:
        file = frame.f_code.co_filename
        if os.path.dirname(file) == _PACKAGE:
            if os.path.basename(file) in ("_aio.py", "_server.py"):
                return found
        elif _is_own(file):
            found = frame
        frame = frame.f_back
    return None


def _innermost_own(frame: FrameType | None) -> FrameType | None:
    while frame is not None and not _is_own(frame.f_code.co_filename):
        frame = frame.f_back
    return frame
