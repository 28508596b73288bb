import { CONTENT, LOG, STATUS, TrivetError } from './abi_gen.js'
import { check, describe, ResultTypeError } from './errors.js'
import { failureLine, replyTo } from './failure.js'
import { native } from './native.js'
import { discard, Reply } from './reply.js'
import type { Request } from './request.js'
import { asBytes, isBinary, isThenable, nameOf, stringify } from './results.js'
import { isStreamable } from './stream_source.js'
import { StreamWriter } from './stream_writer.js'

/** Answers a request with what its handler gave. Never throws. */
export function settle(request: Request, result: unknown): void {
  const { driver, entry } = request
  if (typeof result === 'string') {
    if (request.isAnswered) complain(request, 'a result')
    else driver.send(request, entry.status || 200, CONTENT.TEXT, result)
    return
  }
  try {
    if (isThenable(result)) {
      wait(request, result)
    } else if (request.isAnswered) {
      if (result !== undefined) complain(request, 'a result')
      discard(result)
    } else {
      answer(request, result)
    }
  } catch (error) {
    fail(request, error)
  }
}

/** Answers a request whose handler threw. Never throws. */
export function fail(request: Request, error: unknown): void {
  if (request.isAnswered) {
    complain(request, describe(error))
    return
  }
  const reply = replyTo(request, error)
  if (reply instanceof Reply) sendOrFail(request, reply)
  else void reply.then((later) => sendOrFail(request, later))
}

/** Sends the answer to an error, which must not become another error. */
function sendOrFail(request: Request, reply: Reply): void {
  if (request.isAnswered) {
    reply.discard()
    return
  }
  try {
    send(request, reply)
  } catch (error) {
    failAtLast(request, error)
  }
}

/** An error handler whose answer fails is not asked again. */
function failAtLast(request: Request, error: unknown): void {
  const { lo, hi, driver } = request
  driver.onFailure?.(error)
  native.replyFail(lo, hi, describe(error), '')
  driver.finish(request)
}

function answer(request: Request, result: unknown): void {
  const { driver, entry } = request
  const status = entry.status || 200
  if (result === undefined || result === null) {
    driver.send(request, entry.status || 204, CONTENT.NONE, '')
  } else if (result instanceof Reply) {
    send(request, result)
  } else if (isBinary(result)) {
    driver.send(request, status, CONTENT.BYTES, asBytes(result))
  } else if (typeof result === 'function' || typeof result === 'symbol') {
    throw new ResultTypeError(nameOf(result))
  } else if (isStreamable(result)) {
    send(request, new Reply(result))
  } else {
    driver.send(request, status, CONTENT.JSON, stringify(result))
  }
}

/** Throws when the engine refuses the answer, which leaves the request unanswered. */
function send(request: Request, reply: Reply): void {
  const { kind, content, fields, payload, cause } = reply
  if (kind === 'stream') {
    sendPieces(request, reply)
    return
  }
  if (kind === 'hub') {
    sendEvents(request, reply)
    return
  }
  if (kind === 'file') {
    sendAsFile(request, reply)
    return
  }
  if (kind !== 'plain') {
    sendSpecial(request, reply)
    return
  }
  const { lo, hi, driver, entry } = request
  const status = reply.code || reply.fallback || entry.status || (payload === undefined ? 204 : 200)
  const line = cause === undefined ? '' : failureLine(request, cause)
  if (fields.length === 0) driver.send(request, status, content, payload ?? '')
  else end(request, native.replySend(lo, hi, status, content, fields, payload))
  if (line !== '') driver.log(LOG.ERROR, line)
}

function sendPieces(request: Request, reply: Reply): void {
  reply.fallback ||= request.entry.status
  const line = reply.cause === undefined ? '' : failureLine(request, reply.cause)
  void new StreamWriter(request, reply).run(reply.isOfError ? failAtLast : fail)
  if (line !== '') request.driver.log(LOG.ERROR, line)
}

/** The engine finds and sends it. */
function sendAsFile(request: Request, reply: Reply): void {
  const { lo, hi } = request
  const { fields, file } = reply
  if (file === undefined) {
    for (let i = 0; i < fields.length; i += 2) {
      check(native.replyAddHeader(lo, hi, fields[i]!, fields[i + 1]!))
    }
    end(request, native.replyStatic(lo, hi))
    return
  }
  const { path, root, contentType, download, cacheControl, flags } = file
  const status = reply.code || reply.fallback || request.entry.status || 200
  const code = native.replyFile(
    lo,
    hi,
    status,
    flags,
    path,
    root,
    contentType,
    download,
    cacheControl,
    fields,
  )
  end(request, code)
}

/** The engine sends what the hub has. */
function sendEvents(request: Request, reply: Reply): void {
  reply.subscribe?.(request, reply)
}

/** What the engine writes itself, unless a hook has looked into it or given it another type. */
function sendSpecial(request: Request, reply: Reply): void {
  const { kind, code, content, fields } = reply
  if (kind !== 'redirect' && content !== CONTENT.PROBLEM) {
    void reply.body
    send(request, reply)
    return
  }
  const { lo, hi } = request
  const payload = reply.payload as string
  for (let i = 0; i < fields.length; i += 2) {
    check(native.replyAddHeader(lo, hi, fields[i]!, fields[i + 1]!))
  }
  if (kind === 'redirect') end(request, native.replyRedirect(lo, hi, code, payload))
  else if (kind === 'problem') end(request, native.replyProblem(lo, hi, code, payload))
  else end(request, native.replyFail(lo, hi, reply.cause ?? '', payload))
}

function end(request: Request, code: number): void {
  // These two leave the request unanswered; any other failure ends it.
  if (code === STATUS.TRIVET_E_HEADER || code === STATUS.TRIVET_E_ARGUMENT) {
    throw new TrivetError(code)
  }
  request.driver.finish(request)
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

function complain({ driver }: Request, what: string): void {
  driver.log(LOG.ERROR, `a request that was already answered got ${what}`)
}
