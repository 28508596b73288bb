"""python -m trivet: what it finds, what it serves, what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

APP = """
from trivet import App
app = App()

@app.get("/", name="home")
def home():
    return "home"
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def run(folder: Path, *arguments: str, **env: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "trivet", *arguments],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def inspect(folder: Path, *arguments: str) -> Any:
    """What the app tells of itself on standard output."""
    code, out, err = run(folder, *arguments, TRIVET_INSPECT="1")
    assert (code, err) == (0, "")
    return json.loads(out)


def names(document: Any) -> list[str]:
    return [route["name"] for route in document["routes"]]


def test_serves_the_app_of_a_file(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": APP})
    assert names(inspect(tmp_path, "app.py")) == ["home"]
    assert names(inspect(tmp_path.parent, f"{tmp_path.name}/app.py")) == ["home"]


def test_leaves_a_program_that_serves_itself_alone(tmp_path: Path) -> None:
    guarded = """
    if __name__ == "__main__":
        app.run()
    """
    write(tmp_path, {"app.py": APP + textwrap.dedent(guarded)})
    assert names(inspect(tmp_path, "app.py")) == ["home"]
    local = """
    from trivet import App
    def main():
        app = App()
        with app.bind(port=0) as server:
            print("bound")
    main()
    """
    write(tmp_path, {"local.py": local})
    assert run(tmp_path, "local.py") == (0, "bound\n", "")
    assert inspect(tmp_path, "local.py")["routes"] == []


def test_drains_like_any_program(tmp_path: Path) -> None:
    startup = """
    @app.on_startup
    def end():
        import os, signal
        os.kill(os.getpid(), signal.SIGTERM)
    """
    write(tmp_path, {"app.py": APP + textwrap.dedent(startup)})
    code, _, err = run(tmp_path, "app.py", TRIVET_PORT="0", TRIVET_WORKERS="1")
    assert code == 0, err


def test_starts_workers_with_the_same_command(tmp_path: Path) -> None:
    startup = """
    @app.on_startup
    def end():
        import os, signal, sys
        os.write(1, f"{sys.argv}\\n".encode())
        try:
            os.close(os.open("first", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            os.kill(os.getppid(), signal.SIGTERM)  # once: a second one would force the end
    """
    write(tmp_path, {"app.py": APP + textwrap.dedent(startup)})
    code, out, err = run(tmp_path, "app.py", "word", TRIVET_PORT="0", TRIVET_WORKERS="2")
    assert code == 0, err
    assert set(out.splitlines()) == {"['app.py', 'word']"}


def test_runs_packages_and_modules(tmp_path: Path) -> None:
    main = "from .web import app\n"
    write(tmp_path, {"src/shop/web.py": APP, "src/shop/__init__.py": ""})
    (tmp_path / "src/shop/__main__.py").write_text(main)
    assert names(inspect(tmp_path, "src/shop")) == ["home"]
    assert names(inspect(tmp_path / "src", "shop")) == ["home"]
    assert names(inspect(tmp_path / "src", "shop.web")) == ["home"]


def test_a_program_that_is_imported_by_its_parts_is_loaded_once(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": APP + "import routes\n"})
    write(
        tmp_path,
        {
            "routes.py": """
        from app import app

        @app.get("/more", name="more")
        def more(): ...
        """
        },
    )
    assert names(inspect(tmp_path, "app.py")) == ["home", "more"]


def test_looks_in_the_folder_it_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"out/app.py": "import routes\n" + APP, "out/routes.py": ""})
    write(tmp_path, {"out/src/shop/__main__.py": APP, "app.py": "raise RuntimeError\n"})
    assert names(inspect(tmp_path, "--in", "out", "app.py")) == ["home"]
    assert names(inspect(tmp_path, "--in", "out", "src/shop")) == ["home"]
    assert names(inspect(tmp_path, "--in", "out", "app")) == ["home"]


def test_finds_the_app_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": APP.replace("app", "web")})
    assert names(inspect(tmp_path, "app.py")) == ["home"]
    write(tmp_path, {"app.py": APP + APP.replace("app", "other").replace("home", "second")})
    assert names(inspect(tmp_path, "app.py")) == ["home"]
    assert names(inspect(tmp_path, "app.py:other")) == ["second"]
    write(tmp_path, {"app.py": "from trivet import App\none = App()\ntwo = App()\n"})
    code, _, err = run(tmp_path, "app.py")
    assert (code, err) == (
        1,
        "trivet: app.py has the apps one and two: name one `app`, or give it, app.py:one\n",
    )
    assert run(tmp_path, "app.py:three") == (1, "", "trivet: three of app.py is no App\n")


def test_tells_hooks_in_the_order_they_run(tmp_path: Path) -> None:
    hooks = """
    group = app.group("/g", before=[lambda request: None])

    @app.before
    def auth(request): ...

    @app.after
    def log(request, response): ...

    class Check:
        def __call__(self, request): ...

    @group.get("/{id:int}", name="leaf", before=[Check()], after=[log], metadata={"a": "b", "n": 1})
    async def leaf(id): ...
    """
    write(tmp_path, {"app.py": APP + textwrap.dedent(hooks)})
    leaf = inspect(tmp_path, "app.py")["routes"][1]
    assert leaf["before"] == ["auth", "<lambda>", "Check"]
    assert leaf["after"] == ["log", "log"]
    assert leaf["constraints"] == {"id": "int"}
    assert leaf["metadata"] == {"a": "b"}
    assert leaf["site"].startswith("app.py:")


def test_runs_no_startup_functions_when_asked(tmp_path: Path) -> None:
    startup = """
    @app.on_startup
    def start():
        raise RuntimeError
    """
    write(tmp_path, {"app.py": APP + textwrap.dedent(startup)})
    assert names(inspect(tmp_path, "app.py")) == ["home"]


def test_a_descriptor_that_is_none_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": APP})
    for text in ("77", "x"):
        code, out, err = run(tmp_path, "app.py", TRIVET_INSPECT=text)
        assert (code, out) == (1, "")
        assert err.startswith("trivet: ")
        assert text in err


def test_says_what_is_missing(tmp_path: Path) -> None:
    write(tmp_path, {"none.py": "x = 1\n"})
    assert run(tmp_path, "none.py") == (
        1,
        "",
        "trivet: none.py has not served, and there is no app in it: write app = App()\n",
    )
    assert run(tmp_path, "gone.py")[2] == f"trivet: gone.py does not exist in {tmp_path}\n"
    for module in ("gone", "gone.web", "os.gone"):
        code, _, err = run(tmp_path, module)
        assert code == 1
        assert err.startswith(f"trivet: there is no module {module} in "), err


def test_errors_begin_with_the_lines_of_the_program(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "def f():\n    1 / 0\n\nf()\n"})
    code, _, err = run(tmp_path, "app.py")
    assert code == 1
    assert err.splitlines()[1] == f'  File "{tmp_path}/app.py", line 4, in <module>'
    assert err.splitlines()[-1] == "ZeroDivisionError: division by zero"
    write(tmp_path, {"bad.py": "def f(:\n"})
    code, _, err = run(tmp_path, "bad.py")
    assert code == 1
    assert err.splitlines()[0] == f'  File "{tmp_path}/bad.py", line 1'
    write(tmp_path, {"shop/web.py": "import no_such_module\n", "shop/__init__.py": ""})
    assert "No module named 'no_such_module'" in run(tmp_path, "shop.web")[2]


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("--wrong",), 2), (("--help",), 0)])
def test_says_how_it_is_used(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    found, out, err = run(tmp_path, *arguments)
    assert found == code
    assert (err if code else out).startswith("usage: python -m trivet ")
