"""langs/go/abi_gen.go: typed constants and the error values."""

from __future__ import annotations

from model import ConstantGroup, Spec
from text import NOTICE, c_string, wrap

PATH = "langs/go/abi_gen.go"

_TYPES = {
    "int32_t": "int32",
    "uint32_t": "uint32",
    "int64_t": "int64",
    "uint64_t": "uint64",
}

# Words that Go writes in capitals.
_INITIALISMS = {"HTML", "JSON", "OK", "HTTP", "TLS", "URL", "ID", "SSE"}

_ERROR_TYPE = """\
// Error is a failed call. Two errors are the same to [errors.Is] when their statuses are.
type Error struct {
	Status  int32  // the status of the ABI
	Code    string // its name, for example TRIVET_E_STALE
	Message string // what failed, one line for people
	Detail  string // where, and what to do next; may be empty
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return "trivet: " + e.Message
	}
	return "trivet: " + e.Message + ": " + e.Detail
}

// Is reports whether target is an Error of the same status.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Status == e.Status
}
"""


def render(spec: Spec) -> str:
    lines = [
        f"// Code {NOTICE}. DO NOT EDIT.",
        "",
        "package trivet",
        "",
        "// Version of the ABI this package was generated for.",
        f"const abiVersion uint32 = {spec.abi_version}",
        "",
    ]
    for group in spec.groups:
        lines += _group(group)
    lines += [
        "// Statuses of the ABI.",
        "const (",
        *_columns([(_status(s.name), f"int32 = {s.value}") for s in spec.statuses]),
        ")",
        "",
    ]
    lines += _ERROR_TYPE.splitlines()
    lines.append("")
    lines += ["// The error of each status; match with [errors.Is].", "var ("]
    for status in spec.errors:
        lines += wrap(f"{status.go}: {status.doc}", "\t// ", "\t// ", 97)
        value = f"&Error{{Status: {_status(status.name)}, Code: {c_string(status.name)}, "
        lines.append(f"\t{status.go} = {value}Message: {c_string(status.message)}}}")
    lines += [")", "", "// errorByStatus finds the value above; its index is the negated status."]
    lines.append(f"var errorByStatus = [{1 - min(s.value for s in spec.errors)}]*Error{{")
    lines += _columns([(f"{-s.value}:", f"{s.go},") for s in spec.errors])
    return "\n".join([*lines, "}", ""])


def _group(group: ConstantGroup) -> list[str]:
    rows = []
    for item in group.values:
        rows.append((_name(item.name), f"{_TYPES[group.type.base]} = {item.value}", item.doc))
    wide = max(len(name) for name, _, _ in rows)
    long = max(len(value) for _, value, _ in rows)
    lines = [*wrap(group.doc, "// ", "// ", 97), "const ("]
    lines += [f"\t{name:<{wide}} {value:<{long}} // {doc}" for name, value, doc in rows]
    return [*lines, ")", ""]


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    wide = max(len(left) for left, _ in rows)
    return [f"\t{left:<{wide}} {right}" for left, right in rows]


def _name(constant: str) -> str:
    first, *rest = constant.removeprefix("TRIVET_").split("_")
    return first.lower() + _camel(rest)


def _status(name: str) -> str:
    return "status" + _camel(name.removeprefix("TRIVET_").removeprefix("E_").split("_"))


def _camel(words: list[str]) -> str:
    return "".join(word if word in _INITIALISMS else word.capitalize() for word in words)
