import { inspect } from 'node:util'
import { STATUS, TrivetError } from './abi_gen.js'

/** The range is the engine's affair. */
export function whole(name: string, value: unknown): number {
  if (Number.isInteger(value)) return value as number
  const hint = typeof value === 'string' && /^\d+$/.test(value) ? `: Number(…) makes one of it` : ''
  const detail = `${name} is a whole number, not ${inspect(value)}${hint}`
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
}

/** The number of a name. */
export function lookUp(
  table: Readonly<Record<string, number>>,
  name: string,
  value: string,
): number {
  const number = Object.hasOwn(table, value) ? table[value] : undefined
  if (number !== undefined) return number
  const known = Object.keys(table).join(', ')
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${name} is one of ${known}, not ${value}`)
}
