"""Why the native extension cannot be imported, in words that help."""

from __future__ import annotations

import sys
from pathlib import Path

_AGAIN = "install trivet again: python -m pip install --force-reinstall trivet"
_WHEELS = "CPython 3.10 to 3.13 on Linux with glibc"


def explain(error: ImportError, folder: Path | None = None) -> str:
    """Say what is the matter with the extension in a folder, the package's unless given."""
    import sysconfig

    folder = folder or Path(__file__).parent
    found = sorted(path.name for path in folder.glob("_native.*.so"))
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    here = f"{sys.implementation.name} {sys.version.split()[0]} on {sysconfig.get_platform()}"
    if not found:
        problem = f"there is none in {folder}"
    elif f"_native{suffix}" in found:
        problem = f"{folder / f'_native{suffix}'} cannot be loaded ({error})"
    else:
        problem = f"{folder} has {', '.join(found)}, which is not for this interpreter"
    return (
        f"trivet's native extension is missing: {problem}. This is {here}; there are packages for "
        f"{_WHEELS}. To repair it, {_AGAIN}"
    )


def explain_abi(found: int, needed: int) -> str:
    """Say that the extension and the modules around it are of different versions."""
    return (
        f"trivet's native extension has ABI {found}, and its Python modules need {needed}: the "
        f"installation is mixed from two versions; {_AGAIN}"
    )
