"""Pages from templates: escaped, plain and async."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import pytest
from conftest import Running

from trivet import App, ArgumentError, Templates


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.html").write_text("<title>{% block title %}{% endblock %}</title>")
    page = '{% extends "base.html" %}{% block title %}{{ name }} {{ more() }}{% endblock %}'
    (tmp_path / "page.html").write_text(page)
    (tmp_path / "page.txt").write_text("{{ name }}")
    return tmp_path


def test_pages_are_escaped(serve: Callable[..., Running], folder: Path) -> None:
    app = App()
    templates = Templates(folder)

    @app.get("/")
    def page(name: str) -> Any:
        return templates.render("page.html", name=name, more=lambda: "&")

    @app.get("/text")
    async def text(name: str) -> Any:
        return templates.render("page.txt", name=name, status=201, headers={"X-A": "b"})

    @app.get("/missing")
    def missing() -> Any:
        return templates.render("none.html")

    running = serve(app)
    answer = running.get("/?name=%3Cb%3E")
    assert answer.text == "<title>&lt;b&gt; &amp;</title>"
    assert answer.type == "text/html; charset=utf-8"
    answer = running.get("/text?name=%3Cb%3E")
    assert (answer.status, answer.headers["X-A"], answer.text) == (201, "b", "&lt;b&gt;")
    assert running.get("/missing").status == 500


def test_async_templates_are_awaited(serve: Callable[..., Running], folder: Path) -> None:
    app = App()
    templates = Templates(folder, enable_async=True)

    async def more() -> str:
        return "later"

    @app.get("/")
    async def page() -> Any:
        return await templates.render("page.html", name="<", more=more)

    assert serve(app).get("/").text == "<title>&lt; later</title>"


def test_an_environment_of_the_programs_own(folder: Path) -> None:
    loader = jinja2.FileSystemLoader(folder)
    environment = jinja2.Environment(loader=loader, autoescape=True)
    environment.globals["more"] = lambda: "global"
    page = Templates(environment=environment).render("page.html", name="a")
    assert page.body == "<title>a global</title>"


def test_what_is_wrong_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match=r"no folder 'nowhere' in .*Path\(__file__\)"):
        Templates("nowhere")
    with pytest.raises(ArgumentError, match="a folder or an environment"):
        Templates()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ArgumentError, match=r"needs Jinja2.*python -m pip install jinja2"):
        Templates(folder)
