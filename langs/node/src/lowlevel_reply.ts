/** Answers at once, each by the ABI's function of that name, and throws what it refuses. */
import { STATUS } from './abi_gen.js'
import { encodeCookie, encodeRemoval, type CookieOptions, type CookieScope } from './cookies.js'
import { check } from './errors.js'
import { sendFile, type FileInit } from './files.js'
import { native } from './native.js'
import type { AnyRequest, Request } from './request.js'

/** A request, or its handle as handleOf() gives it; the engine refuses one of another thread. */
export type Answerable = AnyRequest | bigint

interface Words {
  readonly lo: number
  readonly hi: number
}

export function wordsOf(request: Answerable): Words {
  if (typeof request !== 'bigint') return request
  return { lo: Number(BigInt.asIntN(32, request)), hi: Number(BigInt.asIntN(32, request >> 32n)) }
}

/** After these refusals the request is still unanswered. */
const REFUSALS: readonly number[] = [
  STATUS.TRIVET_E_HEADER,
  STATUS.TRIVET_E_ARGUMENT,
  STATUS.TRIVET_E_STATE,
]

function settle(request: Answerable, code: number): void {
  if (!REFUSALS.includes(code)) finish(request)
  check(code)
}

function finish(request: Answerable): void {
  if (typeof request !== 'bigint') request.driver.finish(request as Request)
}

export function send(
  request: Answerable,
  status: number,
  content: number,
  headers: readonly (readonly [string, string])[],
  body?: string | Uint8Array,
): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replySend(lo, hi, status, content, headers.flat(), body))
}

export function text(request: Answerable, status: number, body: string): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyText(lo, hi, status, body))
}

export function html(request: Answerable, status: number, body: string): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyHtml(lo, hi, status, body))
}

export function xml(request: Answerable, status: number, body: string): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyXml(lo, hi, status, body))
}

/** Adds a field to the answer to come, whoever gives it. It does not answer. */
export function addHeader(request: Answerable, name: string, value: string): void {
  const { lo, hi } = wordsOf(request)
  check(native.replyAddHeader(lo, hi, name, value))
}

/** Sets a cookie with the answer to come, whoever gives it. It does not answer. */
export function setCookie(
  request: Answerable,
  name: string,
  value: string,
  options?: CookieOptions,
): void {
  addHeader(request, 'Set-Cookie', encodeCookie(name, value, options))
}

/** Removes a cookie with the answer to come. Its domain and path are those it was set with. */
export function deleteCookie(request: Answerable, name: string, scope?: CookieScope): void {
  addHeader(request, 'Set-Cookie', encodeRemoval(name, scope))
}

/** `body` is serialised JSON. */
export function json(request: Answerable, status: number, body: string): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyJson(lo, hi, status, body))
}

export function bytes(request: Answerable, status: number, body: Uint8Array): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyBytes(lo, hi, status, body))
}

export function empty(request: Answerable, status: number): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyEmpty(lo, hi, status))
}

export function redirect(request: Answerable, status: number, location: string): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyRedirect(lo, hi, status, location))
}

export function problem(request: Answerable, status: number, detail: string): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyProblem(lo, hi, status, detail))
}

/** 500 for the client, with a detail if there is one, and one log line with the cause. */
export function fail(request: Answerable, cause: string, detail = ''): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyFail(lo, hi, cause, detail))
}

/** Begins an answer in pieces; without a length it is chunked. */
export function begin(
  request: Answerable,
  status: number,
  content: number,
  headers: readonly (readonly [string, string])[] = [],
  length = -1,
): void {
  const { lo, hi } = wordsOf(request)
  check(native.replyBegin(lo, hi, status, content, headers.flat(), length))
}

/** Writes a piece; true when the writer should wait until it is told that there is room. */
export function write(request: Answerable, piece: string | Uint8Array): boolean {
  const { lo, hi } = wordsOf(request)
  const code = native.replyWrite(lo, hi, piece)
  if (code < 0) check(code)
  return code === 1
}

/** Ends an answer in pieces. Too little of a promised length ends it as well, and throws. */
export function end(
  request: Answerable,
  trailers: readonly (readonly [string, string])[] = [],
): void {
  const { lo, hi } = wordsOf(request)
  const code = native.replyEnd(lo, hi, trailers.flat())
  if (code !== STATUS.TRIVET_E_HEADER && code !== STATUS.TRIVET_E_STATE) finish(request)
  check(code)
}

/** Gives an answer up, begun or not: the connection closes. */
export function abort(request: Answerable): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyAbort(lo, hi))
}

/** The file that the folder of the request's route has for it. */
export function folder(request: Answerable): void {
  const { lo, hi } = wordsOf(request)
  settle(request, native.replyStatic(lo, hi))
}

/** A file; `init` is as of sendFile(). */
export function file(request: Answerable, path: string, init: FileInit = {}): void {
  const { lo, hi } = wordsOf(request)
  const reply = sendFile(path, init)
  const { root, contentType, download, cacheControl, flags } = reply.file!
  const code = native.replyFile(
    lo,
    hi,
    reply.status,
    flags,
    path,
    root,
    contentType,
    download,
    cacheControl,
    reply.fields,
  )
  settle(request, code)
}
