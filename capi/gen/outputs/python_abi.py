"""langs/python/src/trivet/_abi_gen.py: constants and statuses."""

from __future__ import annotations

from model import Spec
from text import NOTICE, wrap

from outputs.python_errors import typing_imports

PATH = "langs/python/src/trivet/_abi_gen.py"


def render(spec: Spec) -> str:
    lines = [f"# {NOTICE}", '"""Constants of the C ABI."""', "", *typing_imports("Final"), ""]
    lines += [f"ABI_VERSION: Final = {spec.abi_version}"]
    for group in spec.groups:
        lines += ["", *wrap(group.doc, "# ", "# ")]
        for item in group.values:
            lines += wrap(item.doc, "# ", "# ")
            lines.append(f"{item.name.removeprefix('TRIVET_')}: Final = {item.value}")
    lines += ["", "# Statuses."]
    for status in spec.statuses:
        lines.append(f"{status.name.removeprefix('TRIVET_')}: Final = {status.value}")
    return "\n".join([*lines, ""])
