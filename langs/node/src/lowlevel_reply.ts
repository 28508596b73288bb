/** Answers at once, each by the ABI's function of that name, and throws what it refuses. */
import { STATUS } from './abi_gen.js'
import { check } from './errors.js'
import { native } from './native.js'
import type { Request } from './request.js'

/** A request, or its handle as handleOf() gives it; the engine refuses one of another thread. */
type Answerable = Request<unknown> | bigint

interface Words {
  readonly lo: number
  readonly hi: number
}

function wordsOf(request: Answerable): Words {
  if (typeof request !== 'bigint') return request
  return { lo: Number(BigInt.asIntN(32, request)), hi: Number(BigInt.asIntN(32, request >> 32n)) }
}

/** After these two refusals the request is still unanswered. */
function end(request: Answerable, code: number): void {
  const isEnded = code !== STATUS.TRIVET_E_HEADER && code !== STATUS.TRIVET_E_ARGUMENT
  if (isEnded && typeof request !== 'bigint') request.driver.finish(request as Request)
  check(code)
}

export function send(
  request: Answerable,
  status: number,
  content: number,
  headers: readonly (readonly [string, string])[],
  body?: string | Uint8Array,
): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replySend(lo, hi, status, content, headers.flat(), body))
}

export function text(request: Answerable, status: number, body: string): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replyText(lo, hi, status, body))
}

export function html(request: Answerable, status: number, body: string): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replyHtml(lo, hi, status, body))
}

export function xml(request: Answerable, status: number, body: string): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replyXml(lo, hi, status, body))
}

/** Adds a field to the answer to come, whoever gives it. It does not answer. */
export function addHeader(request: Answerable, name: string, value: string): void {
  const { lo, hi } = wordsOf(request)
  check(native.replyAddHeader(lo, hi, name, value))
}

/** `body` is serialised JSON. */
export function json(request: Answerable, status: number, body: string): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replyJson(lo, hi, status, body))
}

export function bytes(request: Answerable, status: number, body: Uint8Array): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replyBytes(lo, hi, status, body))
}

export function empty(request: Answerable, status: number): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replyEmpty(lo, hi, status))
}

export function redirect(request: Answerable, status: number, location: string): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replyRedirect(lo, hi, status, location))
}

export function problem(request: Answerable, status: number, detail: string): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replyProblem(lo, hi, status, detail))
}

/** 500 for the client, with a detail if there is one, and one log line with the cause. */
export function fail(request: Answerable, cause: string, detail = ''): void {
  const { lo, hi } = wordsOf(request)
  end(request, native.replyFail(lo, hi, cause, detail))
}
