"""Forms: fields and files, gathered and as they arrive, and content that arrives decoded."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from conftest import Running
from streaming import HEAD, Steps, exchange, read_all

from trivet import (
    App,
    ArgumentError,
    ConflictError,
    Form,
    HTTPError,
    Request,
    StaleHandleError,
    StateError,
    SystemCallError,
    UploadFile,
)

PAIRS = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=b"}
LARGE = bytes(range(256)) * 1024  # beyond what is kept in memory
STREAMED = pytest.mark.parametrize("stream", [False, True])


def part(name: str, content: bytes, filename: str | None = None, kind: str | None = None) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"'
    head += "" if filename is None else f'; filename="{filename}"'
    head += "" if kind is None else f"\r\nContent-Type: {kind}"
    return f"{head}\r\n\r\n".encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b--\r\n"


@STREAMED
def test_a_form_is_a_mapping_of_its_fields(
    serve: Callable[..., Running], engine: str, stream: bool
) -> None:
    app = App()

    @app.post("/", stream=stream)
    async def post(request: Request) -> dict[str, object]:
        form = await request.form()
        assert form is await form
        assert "a" in form
        assert "file" not in form
        with pytest.raises(KeyError):
            form["file"]
        return {
            "first": form["a"],
            "all": form.get_list("a"),
            "missing": [form.get("no"), form.get_list("no")],
            "names": list(form),
            "count": len(form),
            "items": form.items_list(),
            "files": len(form.files),
            "parts": len(form.parts),
        }

    running = serve(app, engine)
    told = {
        "first": "1",
        "all": ["1", "2"],
        "missing": [None, []],
        "names": ["a", "ü"],
        "count": 2,
        "items": [["a", "1"], ["ü", "x y"], ["a", "2"]],
        "files": 0,
        "parts": 3,
    }
    pairs = running.request("POST", "/", b"a=1&%C3%BC=x+y&a=2", PAIRS)
    assert pairs.json() == told
    parts = form(part("a", b"1"), part("ü", b"x y"), part("file", b"", ""), part("a", b"2"))
    assert running.request("POST", "/", parts, PARTS).json() == {**told, "files": 1, "parts": 4}


def test_a_plain_handler_has_its_form_at_once(serve: Callable[..., Running], engine: str) -> None:
    app = App()

    @app.post("/")
    def post(request: Request) -> dict[str, object]:
        form = request.form()
        return {"a": form["a"], "again": request.form()["a"], "repr": repr(form)}

    @app.post("/hidden")
    def hidden(request: Request) -> str:
        return request.form(fields_max=0).get("a", "none")

    running = serve(app, engine)
    assert running.request("POST", "/", b"a=1&b=2", PAIRS).json() == {
        "a": "1",
        "again": "1",
        "repr": "<Form of 2 parts>",
    }
    assert running.request("POST", "/hidden", b"a=1", PAIRS).status == 413


@STREAMED
def test_files(serve: Callable[..., Running], engine: str, stream: bool, tmp_path: Path) -> None:
    app = App()
    kept: list[UploadFile] = []

    @app.post("/", stream=stream)
    async def post(request: Request) -> dict[str, object]:
        form = await request.form()
        small, large = form.files["small"], form.files["large"]
        kept.append(small)
        assert b"".join(large) == large.read() == LARGE
        assert [len(chunk) for chunk in large] == [65536] * 4
        assert large.read(4, 254) == b"\xfe\xff\x00\x01"
        assert large.read(9, len(LARGE) - 1) == b"\xff"
        assert large.read(offset=len(LARGE) + 1) == b""
        with large.open() as file, small.open() as other:
            assert file.read(3) == b"\x00\x01\x02"
            assert not os.get_inheritable(file.fileno())
            assert other.read() == b"small one"
        for upload in (small, large):
            path = tmp_path / f"{stream}-{engine}-{upload.name}"
            upload.save(path)
            assert path.read_bytes() == upload.read()
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            with pytest.raises(ConflictError, match=upload.name):
                upload.save(path)
            upload.save(str(path), replace=True)
            assert path.read_bytes() == upload.read()
            with pytest.raises(SystemCallError):
                upload.save(tmp_path / "no such folder" / "x")
            with pytest.raises(ArgumentError):
                upload.save("a\0b")
        return {
            "small": [small.filename, small.content_type, small.size, small.is_spooled],
            "large": [large.filename, large.content_type, large.size, large.is_spooled],
            "repr": repr(small),
            "fields": [[p.filename, p.read().decode()] for p in form.parts if p.name == "a"],
        }

    body = form(
        part("small", b"small one", "../ü.txt", "text/plain"),
        part("a", b"1"),
        part("large", LARGE, ""),
    )
    answer = serve(app, engine).request("POST", "/", body, PARTS)
    assert answer.json() == {
        "small": ["../ü.txt", "text/plain", 9, False],
        "large": ["", "", len(LARGE), stream],
        "repr": "<UploadFile 'small', 9 bytes>",
        "fields": [[None, "1"]],
    }
    with pytest.raises(StaleHandleError):
        kept[0].read()


def test_an_open_file_outlives_its_request(serve: Callable[..., Running]) -> None:
    app = App()
    files: list[BinaryIO] = []

    @app.post("/", stream=True)
    async def post(request: Request) -> None:
        files.append((await request.form()).files["file"].open())

    serve(app).request("POST", "/", form(part("file", LARGE, "x")), PARTS)
    with files[0] as file:
        assert file.read() == LARGE


def test_where_files_lie(serve: Callable[..., Running], tmp_path: Path) -> None:
    app = App()

    @app.post("/", stream=True)
    async def post(request: Request) -> list[object]:
        form = await request.form(directory=str(tmp_path), memory_bytes_max=8)
        upload = form.files["file"]
        with upload.open() as file:
            links = os.fstat(file.fileno()).st_nlink
        return [upload.is_spooled, links, os.listdir(tmp_path)]

    @app.post("/nowhere", stream=True)
    async def nowhere(request: Request) -> None:
        await request.form(directory=str(tmp_path / "no such folder"), memory_bytes_max=8)

    running = serve(app)
    body = form(part("file", b"123456789", "x"))
    assert running.request("POST", "/", body, PARTS).json() == [True, 0, []]
    answer = running.request("POST", "/nowhere", body, PARTS)
    assert (answer.status, answer.json()["detail"]) == (500, "the upload could not be stored")


REFUSALS: list[tuple[int, dict[str, int], bytes, dict[str, str], str]] = [
    (413, {"fields_max": 1}, b"a=1&b=2", PAIRS, "fields_max"),
    (413, {"fields_bytes_max": 2}, b"a=1&b=2", PAIRS, "fields_bytes_max"),
    (413, {"value_bytes_max": 1}, b"a=12", PAIRS, "value_bytes_max"),
    (413, {"name_bytes_max": 1}, b"aa=1", PAIRS, "name_bytes_max"),
    (413, {"files_max": 1}, form(part("a", b"", "x"), part("b", b"", "y")), PARTS, "files_max"),
    (413, {"file_bytes_max": 1}, form(part("a", b"12", "x")), PARTS, "file"),
    (413, {"filename_bytes_max": 1}, form(part("a", b"", "xy")), PARTS, "name"),
    (400, {}, b"--b\r\nno head", PARTS, ""),
    (400, {}, b"", PARTS, ""),
    (415, {}, b"{}", {"Content-Type": "application/json"}, "neither"),
    (415, {}, b"a=1", {}, "neither"),
]


@STREAMED
@pytest.mark.parametrize("is_mapped", [False, True])
def test_what_a_form_is_refused_with(
    serve: Callable[..., Running], engine: str, stream: bool, is_mapped: bool
) -> None:
    limits: dict[str, Any] = {}
    app = App()

    @app.post("/", stream=stream)
    async def post(request: Request) -> int:
        return len((await request.form(**limits)).parts)

    if is_mapped:

        @app.on_error
        def mapped(request: Request, error: Exception) -> list[object]:
            assert isinstance(error, HTTPError)
            return [type(error).__name__, error.detail]

    running = serve(app, engine)
    for status, given, content, headers, word in REFUSALS:
        limits = dict(given)
        answer = running.request("POST", "/", content, headers)
        assert answer.status == status, (given, content, answer.text)
        detail = answer.json()[1] if is_mapped else answer.json()["detail"]
        assert word in detail, (given, detail)
        assert detail


def test_limits_that_are_none(serve: Callable[..., Running]) -> None:
    app = App()
    told: list[str] = []

    wrong: list[tuple[type[Exception], dict[str, Any]]] = [
        (TypeError, {"fields": 1}),
        (TypeError, {"fields_max": "1"}),
        (TypeError, {"directory": 1}),
        (OverflowError, {"fields_max": -1}),
        (ArgumentError, {"fields_max": 1 << 32}),
        (ArgumentError, {"fields_max": 10_001}),
        (ArgumentError, {"file_bytes_max": 1 << 41}),
    ]

    @app.post("/")
    def post(request: Request) -> list[str]:
        untyped: Any = request.form
        for kind, limits in wrong:
            with pytest.raises(kind):
                untyped(**limits)
            told.append(kind.__name__)
        with pytest.raises(TypeError, match="by name"):
            untyped(1)
        return told

    assert len(serve(app).request("POST", "/", b"a=1", PAIRS).json()) == 7


def test_a_form_takes_the_reading_over(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    steps = Steps()

    @app.post("/", stream=True)
    async def post(request: Request) -> list[object]:
        form = request.form()
        told: list[object] = [repr(form)]
        for use in (lambda: form["a"], lambda: len(form), lambda: form.files, lambda: form.parts):
            with pytest.raises(StateError, match="await the form"):
                use()
        with pytest.raises(StateError):
            await request.read()
        steps.tell("opened")
        return [*told, (await form)["a"], (await request.form())["a"]]

    @app.post("/late", stream=True)
    async def late(request: Request) -> str:
        async for _ in request.stream():
            pass
        with pytest.raises(StateError, match="read otherwise"):
            request.form()
        return "refused"

    running = serve(app, engine)
    head = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\n"
    with running.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\n" + head + b"a")
        steps.wait("opened")
        client.sendall(b"=1")
        assert read_all(client).endswith(b'["<Form, not read yet>","1","1"]')
    assert exchange(running, b"POST /late HTTP/1.1\r\n" + head + b"a=1")[1] == b"refused"


def test_a_form_has_one_reader(serve: Callable[..., Running]) -> None:
    import asyncio

    app = App()
    steps = Steps()

    @app.post("/", stream=True)
    async def post(request: Request) -> list[str]:
        async def wait() -> Form:
            return await request.form()

        first = asyncio.create_task(wait())
        await asyncio.sleep(0)
        with pytest.raises(StateError, match="being read already"):
            await request.form()
        steps.tell("one waits")
        return list(await first)

    running = serve(app)
    head = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\n"
    with running.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\n" + head)
        steps.wait("one waits")
        client.sendall(b"a=1")
        assert read_all(client).endswith(b'["a"]')


def test_a_client_that_leaves_in_its_form(serve: Callable[..., Running], engine: str) -> None:
    import asyncio

    app = App()
    steps = Steps()

    @app.post("/", stream=True)
    async def post(request: Request) -> None:
        steps.tell("called")
        try:
            await request.form()
        except asyncio.CancelledError:
            steps.tell("cancelled")
            raise

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(
            b"POST / HTTP/1.1\r\n"
            + HEAD
            + b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 999999\r\n\r\n"
            + part("file", LARGE, "x")
        )
        steps.wait("called")
    steps.wait("cancelled")


def test_a_form_that_takes_too_long(serve: Callable[..., Running]) -> None:
    app = App(body_timeout_ms=50)

    @app.post("/", stream=True)
    async def post(request: Request) -> None:
        await request.form()

    head = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\n"
    answer, _ = exchange(serve(app), b"POST / HTTP/1.1\r\n" + head + b"a")
    assert answer.startswith(b"HTTP/1.1 408 ")


@STREAMED
def test_content_arrives_decoded(serve: Callable[..., Running], engine: str, stream: bool) -> None:
    app = App(body_ratio_max=1000)
    group = app.group("/group", decompress=True)
    inner = group.group("/inner")

    async def read(request: Request) -> list[object]:
        content = await request.read()
        encoded = request.headers.get("Content-Encoding")
        return [len(content), hashlib.sha256(content).hexdigest(), encoded]

    app.post("/route", stream=stream, decompress=True)(read)
    inner.post("/on", stream=stream)(read)
    inner.post("/off", stream=stream, decompress=False)(read)
    app.post("/app", stream=stream)(read)
    running = serve(app, engine)
    packed = gzip.compress(LARGE)
    told = [len(LARGE), hashlib.sha256(LARGE).hexdigest(), None]
    raw = [len(packed), hashlib.sha256(packed).hexdigest(), "gzip"]
    for path, expected in (
        ("/route", told),
        ("/group/inner/on", told),
        ("/group/inner/off", raw),
        ("/app", raw),
    ):
        answer = running.request("POST", path, packed, {"Content-Encoding": "gzip"})
        assert answer.json() == expected, path


def test_an_app_that_decodes(serve: Callable[..., Running]) -> None:
    app = App(body_decompress=True, body_ratio_max=10)

    @app.post("/")
    def post(request: Request) -> list[str]:
        return [request.form()["a"]]

    @app.post("/off", decompress=False)
    def off(request: Request) -> bytes:
        return request.body

    running = serve(app)
    packed = zlib.compress(b"a=1")
    headers = {**PAIRS, "Content-Encoding": "deflate"}
    assert running.request("POST", "/", packed, headers).json() == ["1"]
    assert running.request("POST", "/off", packed, headers).body == packed
    assert running.request("POST", "/", packed[:-1], headers).status == 400
    bomb = zlib.compress(bytes(1 << 20))
    assert running.request("POST", "/", bomb, headers).status == 413
    answer = running.request("POST", "/", b"x", {**PAIRS, "Content-Encoding": "compress"})
    assert answer.status == 415
    assert "zstd" in answer.headers["Accept-Encoding"]
