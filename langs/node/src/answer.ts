import { CONTENT, LOG, STATUS, TrivetError } from './abi_gen.js'
import { describe, HttpError, ResultTypeError } from './errors.js'
import { native } from './native.js'
import { asBytes, isBinary, nameOf, Reply, stringify } from './reply.js'
import type { Request } from './request.js'

/** Status for a client that is gone: nobody reads it, the counters do. */
const CLIENT_GONE = 499

/** Answers a request with what its handler gave. Never throws. */
export function settle(request: Request, result: unknown): void {
  const { driver, route } = request
  if (typeof result === 'string') {
    if (request.isAnswered) complain(request, 'a result')
    else driver.send(request, route.status || 200, CONTENT.TEXT, result)
    return
  }
  try {
    if (isThenable(result)) {
      wait(request, result)
    } else if (request.isAnswered) {
      if (result !== undefined) complain(request, 'a result')
    } else {
      answer(request, result)
    }
  } catch (error) {
    fail(request, error)
  }
}

/** Answers a request whose handler threw. Never throws. */
export function fail(request: Request, error: unknown): void {
  const { lo, hi, driver } = request
  if (request.isAnswered) {
    complain(request, describe(error))
    return
  }
  if (error instanceof HttpError && error.status >= 400 && error.status <= 599) {
    native.replyProblem(lo, hi, error.status, error.detail)
  } else if (request.isAborted) {
    native.replyEmpty(lo, hi, CLIENT_GONE)
  } else {
    const detail = error instanceof ResultTypeError ? error.message : ''
    native.replyFail(lo, hi, describe(error), detail)
  }
  driver.finish(request)
}

function answer(request: Request, result: unknown): void {
  const { driver, route } = request
  const status = route.status || 200
  if (result === undefined || result === null) {
    driver.send(request, route.status || 204, CONTENT.NONE, '')
  } else if (result instanceof Reply) {
    reply(request, result)
  } else if (isBinary(result)) {
    driver.send(request, status, CONTENT.BYTES, asBytes(result))
  } else if (typeof result === 'function' || typeof result === 'symbol') {
    throw new ResultTypeError(nameOf(result))
  } else {
    driver.send(request, status, CONTENT.JSON, stringify(result))
  }
}

function reply(request: Request, { kind, status, content, fields, payload }: Reply): void {
  const { lo, hi, driver, route } = request
  if (kind === 'plain' && fields.length === 0 && content !== CONTENT.PROBLEM) {
    const plain = status || route.status || (payload === undefined ? 204 : 200)
    driver.send(request, plain, content, payload ?? '')
    return
  }
  let code: number
  if (kind === 'redirect') {
    code = native.replyRedirect(lo, hi, status, payload as string)
  } else if (kind === 'problem') {
    code = native.replyProblem(lo, hi, status, payload as string)
  } else {
    const whole = status || route.status || (payload === undefined ? 204 : 200)
    code = native.replySend(lo, hi, whole, content, fields, payload)
  }
  // These two leave the request unanswered; any other failure ends it.
  if (code === STATUS.TRIVET_E_HEADER || code === STATUS.TRIVET_E_ARGUMENT) {
    throw new TrivetError(code)
  }
  driver.finish(request)
}

function wait(request: Request, result: PromiseLike<unknown>): void {
  result.then(
    (value) => {
      settle(request, value)
    },
    (error: unknown) => {
      fail(request, error)
    },
  )
}

function isThenable(result: unknown): result is PromiseLike<unknown> {
  return (
    typeof result === 'object' &&
    result !== null &&
    typeof (result as { then?: unknown }).then === 'function'
  )
}

function complain({ driver }: Request, what: string): void {
  driver.log(LOG.ERROR, `a request that was already answered got ${what}`)
}
