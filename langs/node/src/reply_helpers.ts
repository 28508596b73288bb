import { CONTENT, STATUS, TrivetError } from './abi_gen.js'
import { ResultTypeError } from './errors.js'
import { findField } from './fields.js'
import type { NamesOf } from './names.js'
import { checkStatus, Reply, type ReplyInit, type TrailersInit } from './reply.js'
import { isBinary, nameOf, stringify } from './results.js'

/** Text (sent as UTF-8) or bytes. */
export type Piece = string | ArrayBuffer | ArrayBufferView

/** What makes an answer in pieces; a Node Readable is an AsyncIterable. */
export type Pieces<T> = AsyncIterable<T> | Iterable<T> | ReadableStream<T>

export interface StreamInit extends ReplyInit {
  /** Unless given the first piece decides: text is text/plain, bytes application/octet-stream. */
  readonly contentType?: string
  /** How many bytes will come; another number of them breaks the connection off. */
  readonly length?: number
  /** Fields for the end, of a client of HTTP/1.1; not with a length. */
  readonly trailers?: TrailersInit
}

const STREAM: NamesOf<StreamInit> = {
  status: true,
  headers: true,
  contentType: true,
  length: true,
  trailers: true,
}

function typed(body: unknown, init: ReplyInit | undefined, content: number): Reply {
  const reply = new Reply(body, init)
  reply.content = findField(reply.fields, 'content-type') < 0 ? content : CONTENT.NONE
  return reply
}

/** text/plain */
export function text(body: string, init?: ReplyInit): Reply {
  return typed(body, init, CONTENT.TEXT)
}

/** text/html */
export function html(body: string, init?: ReplyInit): Reply {
  return typed(body, init, CONTENT.HTML)
}

/** application/xml: a document that names its encoding, or UTF-8. */
export function xml(body: string, init?: ReplyInit): Reply {
  return typed(body, init, CONTENT.XML)
}

/** application/json of any value that JSON holds, `null` included. */
export function json(value: unknown, init?: ReplyInit): Reply {
  return typed(stringify(value), init, CONTENT.JSON)
}

/** application/octet-stream */
export function bytes(body: ArrayBuffer | ArrayBufferView, init?: ReplyInit): Reply {
  return typed(body, init, CONTENT.BYTES)
}

/** An answer without content. */
export function empty(status = 204, init?: Omit<ReplyInit, 'status'>): Reply {
  return new Reply(undefined, { ...init, status })
}

/** A redirect with 301, 302, 303, 307 or 308. */
export function redirect(location: string, status = 303): Reply {
  return Reply.special('redirect', checkStatus(status), location)
}

/** Problem details (RFC 9457) with a status from 400 to 599. */
export function problem(status: number, detail = ''): Reply {
  return Reply.special('problem', checkStatus(status), detail)
}

/** An answer in pieces, made and sent at the client's pace. */
export function stream(pieces: Pieces<Piece>, init: StreamInit = {}): Reply {
  const { contentType, length = -1, trailers } = init
  if (length !== -1 && (!Number.isSafeInteger(length) || length < 0)) {
    const detail = `the length is a whole number from 0, not ${String(length)}`
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
  }
  const reply = new Reply(undefined, init, STREAM)
  if (contentType !== undefined) reply.headers.set('Content-Type', contentType)
  reply.fillFrom(iterable(pieces))
  reply.length = length
  reply.trailers = trailers
  return reply
}

/** Values as JSON, a line each (application/x-ndjson), made and sent at the client's pace. */
export function ndjson(values: Pieces<unknown>, init: Omit<StreamInit, 'length'> = {}): Reply {
  const reply = stream(values as Pieces<Piece>, { contentType: 'application/x-ndjson', ...init })
  reply.encode = (value) => `${stringify(value)}\n`
  return reply
}

/** @internal */
export function iterable(pieces: unknown): object {
  const isObject = typeof pieces === 'object' && pieces !== null && !isBinary(pieces)
  if (isObject && (Symbol.asyncIterator in pieces || Symbol.iterator in pieces)) return pieces
  throw new ResultTypeError(`${nameOf(pieces)}, which does not give pieces`)
}
