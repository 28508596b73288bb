import { ResultTypeError } from './errors.js'
import { step } from './pointer.js'

/** Whether a handler or hook gave no result. */
export function isNothing(result: unknown): result is undefined | null {
  return result === undefined || result === null
}

export function isThenable(result: unknown): result is PromiseLike<unknown> {
  return (
    typeof result === 'object' &&
    result !== null &&
    typeof (result as { then?: unknown }).then === 'function'
  )
}

/** What holds bytes and nothing else. */
export function isBinary(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer
}

export function asBytes(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

/** JSON of a value; a ResultTypeError names the type of one that has none. */
export function stringify(value: unknown): string {
  if (isOpaque(value)) throw new ResultTypeError(nameOf(value))
  let result: string | undefined
  try {
    result = JSON.stringify(value)
  } catch (error) {
    // A toJSON() of the user's may throw anything; JSON itself throws TypeErrors.
    if (!(error instanceof TypeError)) throw error
    const why = unserialisable(value, [], '') ?? firstLine(error.message)
    throw new ResultTypeError(`${nameOf(value)} (${why})`, { cause: error })
  }
  if (result === undefined) throw new ResultTypeError(nameOf(value))
  return result
}

/** How deep it is looked for what JSON cannot hold. */
const DEPTH_MAX = 64

/** What in a value JSON cannot hold, where that is, and what to do about it. */
function unserialisable(
  value: unknown,
  outer: readonly unknown[],
  place: string,
): string | undefined {
  const here = place === '' ? '' : ` at ${place}`
  if (typeof value === 'bigint') return `a bigint${here}: make it a string or a number`
  if (typeof value !== 'object' || value === null || outer.length > DEPTH_MAX) return undefined
  if (outer.includes(value)) return `a circle${here}: it is in itself`
  for (const [name, inner] of Object.entries(value)) {
    const found = unserialisable(inner, [...outer, value], place + step(name))
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Objects that are no data, of which JSON would be `{}`: Map, Set, Response, generators, streams
 * and whatever else carries a tag, and errors.
 */
function isOpaque(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { toJSON } = value as { toJSON?: unknown }
  return (Symbol.toStringTag in value || value instanceof Error) && typeof toJSON !== 'function'
}

/** The type of a value for people: `function`, `bigint`, `null`, or the name of its class. */
export function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  const { constructor } = value as { constructor?: { name?: unknown } }
  return typeof constructor?.name === 'string' ? constructor.name : 'object'
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? ''
}
