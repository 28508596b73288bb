"""langs/go/abi_gen.go: typed constants and the error values."""

from __future__ import annotations

from model import ConstantGroup, Spec
from text import NOTICE, c_string, camel, wrap

PATH = "langs/go/abi_gen.go"

_TYPES = {
    "int32_t": "int32",
    "uint32_t": "uint32",
    "int64_t": "int64",
    "uint64_t": "uint64",
}


def render(spec: Spec) -> str:
    lines = [
        f"// Code {NOTICE.replace(';', '.').replace('do not edit', 'DO NOT EDIT.')}",
        f"// ({NOTICE})",
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
    lines += _error_type()
    lines += ["// The error of each status; match with [errors.Is].", "var ("]
    for status in spec.errors:
        lines += wrap(f"{status.go}: {status.doc}", "\t// ", "\t// ", 97)
        value = f"&Error{{Status: {_status(status.name)}, Code: {c_string(status.name)}, "
        lines.append(f"\t{status.go} = {value}Message: {c_string(status.message)}}}")
    lines += [")", "", "// errorByStatus finds the value above; its index is the negated status."]
    lines.append(f"var errorByStatus = [{1 - min(s.value for s in spec.errors)}]*Error{{")
    lines += _columns([(f"{-s.value}:", f"{s.go},") for s in spec.errors])
    return "\n".join([*lines, "}", ""])


def _error_type() -> list[str]:
    return '''\
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
'''.split("\n")


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
    name = camel(constant.removeprefix("TRIVET_").lower())
    return name[0].lower() + name[1:]


def _status(name: str) -> str:
    return "status" + camel(name.removeprefix("TRIVET_").removeprefix("E_").lower())
