"""Folders and files, as Python writes them down. The vectors have what the engine does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Running

from trivet import App, ArgumentError, ConflictError, FileResponse, HTTPError, Request, Response

Serve = Callable[..., Running]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "hello.txt").write_text("hello")
    (tmp_path / "assets" / "site.css").write_text("body {}")
    (tmp_path / "large").write_bytes(b"x" * 3_000_000)
    return tmp_path


def test_a_folder_is_served_without_python(serve: Serve, folder: Path) -> None:
    app = App()
    rules = [("assets/*", "immutable"), ("*.txt", "no-store")]
    app.static("/files", folder, cache_rules=rules, types={"css": "text/mine"})
    running = serve(app)
    css = running.request("GET", "/files/assets/site.css")
    assert (css.text, css.headers["Content-Type"]) == ("body {}", "text/mine")
    assert css.headers["Cache-Control"] == "immutable"
    assert running.request("GET", "/files/hello.txt").headers["Cache-Control"] == "no-store"
    (route,) = app.routes
    assert (route.pattern, route.methods) == ("/files/{path:path}", ("GET",))
    assert route.site.startswith("test_files.py:")


def test_hooks_added_later_stand_around_folders_too(serve: Serve, folder: Path) -> None:
    app = App()
    group = app.group("/files")
    group.static("/", folder)
    seen: list[str] = []

    @group.before
    async def gate(request: Request) -> str | None:
        seen.append(request.path)
        return "stopped" if "x-stop" in request.headers else None

    @group.around
    async def name(_: Request, call_next: Callable[[], Awaitable[Response]]) -> Response:
        response = await call_next()
        response.headers["x-around"] = type(response).__name__
        return response

    @group.after
    def mark(_: Request, response: Response) -> None:
        response.headers["x-after"] = str(response.status)

    running = serve(app)
    answer = running.request("GET", "/files/hello.txt")
    assert answer.text == "hello"
    assert answer.headers["x-around"] == "FileResponse"
    assert answer.headers["x-after"] == "200"
    stopped = running.request("GET", "/files/large", headers={"x-stop": "1"})
    assert stopped.text == "stopped"
    assert len(running.request("GET", "/files/large").text) == 3_000_000
    assert running.request("GET", "/files/none").status == 404
    assert seen == ["/files/hello.txt", "/files/large", "/files/large", "/files/none"]


def test_what_is_missing_comes_to_error_handlers(serve: Serve, folder: Path) -> None:
    app = App()
    app.static("/files", folder)

    @app.on_error(HTTPError)
    def missing(request: Request, error: HTTPError) -> str:
        return f"{error.status} {request.path}"

    running = serve(app)
    answer = running.request("GET", "/files/none")
    assert (answer.status, answer.text) == (404, "404 /files/none")
    assert running.request("GET", "/files/hello.txt").text == "hello"


def test_handlers_send_files(serve: Serve, folder: Path) -> None:
    app = App()

    @app.get("/plain/{path:path}")
    def plain(path: str) -> FileResponse:
        return FileResponse(path, root=folder, headers={"x-mine": "yes"})

    @app.get("/later")
    async def later() -> FileResponse:
        return FileResponse(folder / "hello.txt", download="n\u00e4me.txt", cache_control="private")

    @app.get("/status", status=203)
    def status() -> FileResponse:
        return FileResponse(str(folder / "hello.txt"))

    running = serve(app)
    answer = running.request("GET", "/plain/hello.txt")
    assert (answer.text, answer.headers["x-mine"]) == ("hello", "yes")
    assert running.request("GET", "/plain/..%2fsecret").status == 404
    part = running.request("GET", "/plain/large", headers={"Range": "bytes=5-9"})
    assert (part.status, part.text) == (206, "xxxxx")
    answer = running.request("GET", "/later")
    assert "filename*=UTF-8''n%C3%A4me.txt" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private"
    assert running.request("GET", "/status").status == 203


def test_a_file_is_an_answer_that_can_be_kept_and_changed(serve: Serve, folder: Path) -> None:
    app = App()
    kept = FileResponse(folder / "hello.txt")
    assert kept.path == str(folder / "hello.txt")
    assert kept.status == 200
    with pytest.raises(TypeError, match="a file is read by the engine"):
        _ = kept.content

    @app.get("/")
    def send() -> FileResponse:
        return kept

    @app.after
    def change(request: Request, response: Response) -> None:
        response.headers["x-path"] = request.path
        if "x-text" in request.headers:
            response.body = "text"

    running = serve(app)
    for _ in range(2):
        answer = running.request("GET", "/")
        assert (answer.text, answer.headers["x-path"]) == ("hello", "/")
    assert running.request("GET", "/", headers={"x-text": "1"}).text == "text"
    assert list(kept.headers) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"index": "a/b"}, "index"),
        ({"fallback": "/a"}, "fallback"),
        ({"cache_control": "a\nb"}, "cache_control"),
        ({"cache_rules": {"": "x"}}, "cache_rules"),
        ({"cache_rules": [("a",)]}, "cache_rules"),
        ({"types": {".css": "text/css"}}, "types"),
    ],
)
def test_a_wrong_option_is_named(folder: Path, options: dict[str, Any], fault: str) -> None:
    with pytest.raises(ArgumentError, match=fault):
        App().static("/files", folder, **options)


def test_a_wrong_folder_is_told_at_once(folder: Path) -> None:
    app = App()
    with pytest.raises(ArgumentError, match=r"directory: .*none: No such file"):
        app.static("/files", folder / "none")
    app.static("/files", folder)
    with pytest.raises(ConflictError):
        app.static("/files", folder)
    with pytest.raises(TypeError):
        FileResponse(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="download is a str or None"):
        FileResponse("a", download=5)  # type: ignore[arg-type]


def test_a_folder_and_compression_by_the_options_of_an_app(serve: Serve, folder: Path) -> None:
    app = App(
        static_folders={"/by-options": folder}, compress=True, compress_min_bytes=5, etag=True
    )

    @app.get("/")
    def hello() -> str:
        return "hello " * 10

    assert app.config["static_folders"] == f"/by-options={folder}"
    assert app.config["compress_min_bytes"] == 5
    running = serve(app)
    zipped = {"Accept-Encoding": "gzip"}
    assert running.request("GET", "/by-options/hello.txt").text == "hello"
    answer = running.request("GET", "/", headers=zipped)
    assert answer.headers["Content-Encoding"] == "gzip"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert running.request("GET", "/", headers=tag).status == 304
    assert [route.pattern for route in app.routes] == ["/"]
    with pytest.raises(ArgumentError, match="static_folders"):
        App(static_folders="/a=nowhere").bind(port=0)
