import { CONTENT, STATUS, TrivetError } from './abi_gen.js'
import { ResultTypeError } from './errors.js'

/** Fields by name (an array gives the field several times) or as pairs in order. */
export type HeadersInit =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [string, string]>

export interface ReplyInit {
  /** 200 to 599. */
  readonly status?: number
  readonly headers?: HeadersInit
}

/** What an answer is beyond content and fields: the engine writes these two itself. */
export type ReplyKind = 'plain' | 'redirect' | 'problem'

/** A whole answer. The body follows the rules for results: text, bytes, nothing or JSON. */
export class Reply {
  /** 0 when it was not given: the route's, 200, or 204 without content. */
  readonly status: number
  /** @internal [name, value, name, value, …] */
  readonly fields: readonly string[]
  /** @internal One of CONTENT. */
  readonly content: number
  /** @internal */
  readonly payload: string | Uint8Array | undefined
  /** @internal */
  readonly kind: ReplyKind

  constructor(body?: unknown, init: ReplyInit = {}, content?: number, kind: ReplyKind = 'plain') {
    this.status = init.status === undefined ? 0 : checkStatus(init.status)
    this.fields = flatten(init.headers)
    this.kind = kind
    if (body === undefined || body === null) {
      this.payload = undefined
      this.content = content ?? CONTENT.NONE
    } else if (typeof body === 'string') {
      this.payload = body
      this.content = content ?? CONTENT.TEXT
    } else if (isBinary(body)) {
      this.payload = asBytes(body)
      this.content = content ?? CONTENT.BYTES
    } else {
      this.payload = stringify(body)
      this.content = content ?? CONTENT.JSON
    }
    if (hasContentType(this.fields)) this.content = CONTENT.NONE
  }
}

/** text/plain */
export function text(body: string, init?: ReplyInit): Reply {
  return new Reply(body, init, CONTENT.TEXT)
}

/** text/html */
export function html(body: string, init?: ReplyInit): Reply {
  return new Reply(body, init, CONTENT.HTML)
}

/** application/json of any value that JSON holds, `null` included. */
export function json(value: unknown, init?: ReplyInit): Reply {
  return new Reply(stringify(value), init, CONTENT.JSON)
}

/** application/octet-stream */
export function bytes(body: ArrayBuffer | ArrayBufferView, init?: ReplyInit): Reply {
  return new Reply(body, init, CONTENT.BYTES)
}

/** An answer without content. */
export function empty(status = 204, init?: Omit<ReplyInit, 'status'>): Reply {
  return new Reply(undefined, { ...init, status }, CONTENT.NONE)
}

/** A redirect with 301, 302, 303, 307 or 308. */
export function redirect(location: string, status = 303): Reply {
  return new Reply(location, { status }, CONTENT.NONE, 'redirect')
}

/** Problem details (RFC 9457) with a status from 400 to 599. */
export function problem(status: number, detail = ''): Reply {
  return new Reply(detail, { status }, CONTENT.PROBLEM, 'problem')
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
    throw new ResultTypeError(`${nameOf(value)} (${firstLine(error.message)})`, { cause: error })
  }
  if (result === undefined) throw new ResultTypeError(nameOf(value))
  return result
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

/** The type of a value for people: `function`, `bigint`, or the name of its class. */
export function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value
  const { constructor } = value as { constructor?: { name?: unknown } }
  return typeof constructor?.name === 'string' ? constructor.name : 'object'
}

export function checkStatus(status: number): number {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `the status is 200 to 599, not ${String(status)}`)
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? ''
}

function flatten(headers: HeadersInit | undefined): readonly string[] {
  if (headers === undefined) return []
  const flat: string[] = []
  if (Symbol.iterator in headers) {
    for (const [name, value] of headers) flat.push(name, value)
    return flat
  }
  for (const [name, values] of Object.entries(headers)) {
    if (typeof values === 'string') flat.push(name, values)
    else for (const value of values) flat.push(name, value)
  }
  return flat
}

function hasContentType(fields: readonly string[]): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]!.length === 12 && fields[i]!.toLowerCase() === 'content-type') return true
  }
  return false
}
