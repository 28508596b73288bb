"""python -m trivet ENTRY: runs a program, and serves its app when it has not served it itself."""

from __future__ import annotations

import sys

from ._app import App

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import NoReturn

USAGE = """\
usage: python -m trivet [--in FOLDER] ENTRY [ARGUMENT...]

Runs a file (app.py), a package (src/shop) or a module (shop.web), as Python would. When that comes
to its end without having served, its app is served: the variable `app`, or the only App there is.
ENTRY:NAME names another one. With --in, ENTRY is looked for in that folder.
"""
_FAILURE = 1
_WRONG_ARGUMENTS = 2


def main() -> None:
    """Run what the command line names."""
    folder = "."
    if len(sys.argv) > 2 and sys.argv[1] == "--in":
        folder = sys.argv[2]
        del sys.argv[1:3]
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        is_help = sys.argv[1:2] in (["-h"], ["--help"])
        print(USAGE, end="", file=sys.stdout if is_help else sys.stderr)
        raise SystemExit(0 if is_help else _WRONG_ARGUMENTS)
    entry, _, name = sys.argv[1].partition(":")
    del sys.argv[0]
    module = _execute(_find(folder, entry))
    if not App.has_served:
        _app_of(module, entry, name).run()


class _Program:
    """What there is to run, as a loader sees it."""

    def __init__(self, name: str, package: str | None, file: str, spec: object) -> None:
        self.name = name
        self.package = package
        self.file = file
        self.spec = spec
        self.code: CodeType | None = None


def _find(folder: str, entry: str) -> _Program:
    """Find the program, and make its imports those that Python would give it."""
    import os

    if not entry.endswith(".py") and os.sep not in entry:
        _import_from(os.path.abspath(folder))
        return _from_module(entry)
    path = os.path.abspath(os.path.join(folder, entry))
    _import_from(os.path.dirname(path))
    if os.path.isdir(path):
        return _from_module(os.path.basename(path))
    return _from_file(entry, path)


def _import_from(folder: str) -> None:
    """Look for modules there first, in place of the working directory that -m has put there."""
    if getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, folder)
    else:
        sys.path[0] = folder


def _from_file(entry: str, path: str) -> _Program:
    import os
    from importlib.machinery import SourceFileLoader

    if not os.path.isfile(path):
        _fail(f"{entry} does not exist in {os.getcwd()}")
    name = os.path.basename(path).removesuffix(".py")
    program = _Program(name, None, path, None)
    program.code = _compile(SourceFileLoader(name, path), name)
    return program


def _from_module(name: str) -> _Program:
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name += ".__main__"
            spec = find_spec(name)
    except (ImportError, ValueError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name in (name, name.split(".")[0]):
            spec = None
        else:
            _report(error)
    if spec is None or spec.loader is None or spec.origin is None:
        import os

        _fail(f"there is no module {name} in {os.getcwd()} and on the path of Python")
    program = _Program(name, spec.parent, spec.origin, spec)
    program.code = _compile(spec.loader, name)
    return program


def _compile(loader: object, name: str) -> CodeType:
    """Give the code of a module, from its bytecode when that is fresh."""
    try:
        return loader.get_code(name)  # type: ignore[attr-defined, no-any-return]
    except SyntaxError as error:
        # Only the place in the program is of interest.
        _report(error.with_traceback(None))


def _execute(program: _Program) -> ModuleType:
    """Run the program as the main module.

    It is known under its own name as well, so that other modules of the program which import it get
    this one and no second one.
    """
    module = type(sys)("__main__")
    module.__file__ = program.file
    module.__package__ = program.package or ""
    module.__spec__ = program.spec  # type: ignore[assignment]
    module.__builtins__ = __builtins__  # type: ignore[attr-defined]
    sys.modules["__main__"] = module
    sys.modules.setdefault(program.name, module)
    try:
        exec(program.code, module.__dict__)  # type: ignore[arg-type]  # noqa: S102
    except Exception as error:
        # The program's own lines, without these.
        traceback = error.__traceback__
        _report(error.with_traceback(traceback.tb_next if traceback is not None else None))
    return module


def _app_of(module: ModuleType, entry: str, name: str) -> App:
    if name:
        app = getattr(module, name, None)
        if not isinstance(app, App):
            _fail(f"{name} of {entry} is no App")
        return app
    apps = {key: value for key, value in vars(module).items() if isinstance(value, App)}
    distinct = {id(app): key for key, app in apps.items()}
    if "app" in apps:
        return apps["app"]
    if not distinct:
        _fail(f"{entry} has not served, and there is no app in it: write app = App()")
    if len(distinct) > 1:
        names = " and ".join(distinct.values())
        _fail(f"{entry} has the apps {names}: name one `app`, or give it, {entry}:{min(apps)}")
    return next(iter(apps.values()))


def _report(error: BaseException) -> NoReturn:
    sys.excepthook(type(error), error, error.__traceback__)
    raise SystemExit(_FAILURE)


def _fail(message: str) -> NoReturn:
    print(f"trivet: {message}", file=sys.stderr)
    raise SystemExit(_FAILURE)
