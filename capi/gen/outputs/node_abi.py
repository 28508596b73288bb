"""langs/node/src/abi_gen.ts: constants and the error class with its codes."""

from __future__ import annotations

from model import Spec
from text import NOTICE

PATH = "langs/node/src/abi_gen.ts"


def render(spec: Spec) -> str:
    lines = [
        f"// {NOTICE}",
        "",
        "/** Version of the ABI this file was generated for. */",
        f"export const ABI_VERSION = {spec.abi_version}",
        "",
    ]
    for group in spec.groups:
        lines.append(f"/** {group.doc} */")
        name = group.prefix.removeprefix("TRIVET_").removesuffix("_")
        lines.append(f"export const {name} = {{")
        for item in group.values:
            lines.append(f"  /** {item.doc} */")
            # A number is exact up to 2^53 - 1 only.
            digits = f"{item.value}n" if item.value > 2**53 - 1 else str(item.value)
            lines.append(f"  {item.name.removeprefix(group.prefix)}: {digits},")
        lines += ["} as const", ""]
    lines += ["/** Statuses of the ABI by name. */", "export const STATUS = {"]
    for status in spec.statuses:
        lines += [f"  /** {status.doc} */", f"  {status.name}: {status.value},"]
    lines += ["} as const", "", "/** Name of a status, as the C header has it. */"]
    lines += ["export type StatusName = keyof typeof STATUS", ""]
    lines += ["/** The stable `code` of a TrivetError. */", "export type TrivetErrorCode ="]
    lines += [f"  | '{status.node}'" for status in spec.errors]
    lines += ["", "interface StatusEntry {", "  readonly name: StatusName"]
    lines += ["  readonly code: TrivetErrorCode", "  readonly message: string", "}", ""]
    lines.append("const ENTRIES: ReadonlyMap<number, StatusEntry> = new Map<number, StatusEntry>([")
    for status in spec.errors:
        lines.append("  [")
        lines.append(f"    {status.value},")
        lines.append("    {")
        lines.append(f"      name: '{status.name}',")
        lines.append(f"      code: '{status.node}',")
        lines.append(f"      message: {_quote(status.message)},")
        lines += ["    },", "  ],"]
    return "\n".join([*lines, "])", "", _ERROR_CLASS])


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_ERROR_CLASS = """\
/** A failed call of the engine. `code` is stable; `status` and `statusName` are the C ABI's. */
export class TrivetError extends Error {
  readonly code: TrivetErrorCode
  readonly status: number
  readonly statusName: StatusName
  /** Where, and what to do next; may be empty. */
  readonly detail: string

  constructor(status: number, detail = '', message = '') {
    const entry = ENTRIES.get(status)
    if (entry === undefined) throw new RangeError(`no error has the status ${String(status)}`)
    const text = message === '' ? entry.message : message
    super(detail === '' ? text : `${text}: ${detail}`)
    this.name = 'TrivetError'
    this.code = entry.code
    this.status = status
    this.statusName = entry.name
    this.detail = detail
  }
}
"""
