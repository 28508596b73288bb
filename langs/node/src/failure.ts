import { LOG } from './abi_gen.js'
import { isDevelopment } from './development.js'
import { errorPage, terminalFrame } from './error_page.js'
import { describe, hasLeft, HttpError, ResultTypeError } from './errors.js'
import { native } from './native.js'
import { isUnopened, open } from './opening.js'
import { Reply } from './reply.js'
import { html } from './reply_helpers.js'
import type { Request } from './request.js'
import { isNothing, isThenable } from './results.js'
import { ValidationError } from './schema_words.js'

/** Status for a client that is gone: nobody reads it, the counters do. */
const CLIENT_GONE = 499

/** The answer to an error: what the app's error handlers make of it, or the default. */
export function replyTo(request: Request, error: unknown): Reply | Promise<Reply> {
  const owned = request.parts?.owned
  if (owned !== undefined) owned.error = error
  const isHttp = isHttpError(error)
  if (!isHttp && (request.isAborted || hasLeft(error)))
    return new Reply(undefined, { status: CLIENT_GONE })
  const { errors } = request.driver
  if (errors.isEmpty) return defaultReply(request, error)
  try {
    const own = errors.ofClass(error)
    const handler = own ?? errors.all
    const result = handler?.(request, error)
    const isUnexpected = own === undefined && !isHttp
    const finish = (value: unknown): Reply | Promise<Reply> =>
      mapped(request, error, value, isUnexpected)
    const reply = isThenable(result) ? result.then(finish) : finish(result)
    return reply instanceof Reply ? reply : replyLater(request, error, reply)
  } catch (raised) {
    return ofHandler(request, raised, error)
  }
}

async function replyLater(
  request: Request,
  error: unknown,
  pending: PromiseLike<Reply>,
): Promise<Reply> {
  try {
    return await pending
  } catch (raised) {
    return ofHandler(request, raised, error)
  }
}

/** The answer when an error handler fails, or the pieces that it gives do before the first one. */
function ofHandler(request: Request, raised: unknown, error: unknown): Reply {
  if (request.isAborted || hasLeft(raised)) return new Reply(undefined, { status: CLIENT_GONE })
  request.driver.onFailure?.(raised)
  return Reply.special('failure', 500, '').because(describeRaised(raised, error))
}

function mapped(
  request: Request,
  error: unknown,
  result: unknown,
  isUnexpected: boolean,
): Reply | Promise<Reply> {
  if (isNothing(result)) return defaultReply(request, error)
  const reply = Reply.from(result, isHttpError(error) ? error.status : 500)
  reply.isOfError = true
  const logged = (): Reply => {
    if (isUnexpected && reply.status >= 500 && !request.isAnswered) {
      request.driver.onFailure?.(error)
      request.driver.log(LOG.ERROR, failureLine(request, describe(error)))
    }
    return reply
  }
  const opening = isUnopened(reply) ? open(request, reply) : undefined
  return opening === undefined ? logged() : opening.then(logged)
}

function defaultReply(request: Request, error: unknown): Reply {
  if (isHttpError(error)) {
    if (error instanceof ValidationError) return Reply.wrong(error)
    return Reply.special('problem', error.status, error.detail, error.fields)
  }
  request.driver.onFailure?.(error)
  const detail = error instanceof ResultTypeError ? error.message : ''
  if (isDevelopment() && error instanceof Error) return developmentReply(request, error, detail)
  return Reply.special('failure', 500, detail).because(describe(error))
}

/** With the source around the place: on the terminal, and for a browser as a page. */
function developmentReply(request: Request, error: Error, detail: string): Reply {
  const { lo, hi } = request
  const title = `${native.requestMethod(lo, hi)} ${native.requestPath(lo, hi)}`
  try {
    process.stderr.write(terminalFrame(error, title))
    if (native.requestHeader(lo, hi, 'accept')?.includes('text/html') === true) {
      return html(errorPage(error, title), { status: 500 }).because(describe(error))
    }
  } catch {
    // Users may throw anything, also what fails when it is looked at.
  }
  return Reply.special('failure', 500, detail).because(describe(error))
}

/** The line that the engine logs for a failure it answers itself. */
export function failureLine({ lo, hi }: Request, cause: string): string {
  const id = String(native.requestId(lo, hi))
  const [method, path] = [native.requestMethod(lo, hi), native.requestPath(lo, hi)]
  return `request ${id} ${method} ${path} failed: ${cause}`
}

function describeRaised(raised: unknown, error: unknown): string {
  return `the error handler failed: ${describe(raised)}; handling: ${describe(error)}`
}

/**
 * A status that is no error's is the program's mistake. Users may throw anything, also what fails
 * when it is looked at.
 */
function isHttpError(error: unknown): error is HttpError {
  try {
    return error instanceof HttpError && error.status >= 400 && error.status <= 599
  } catch {
    return false
  }
}
