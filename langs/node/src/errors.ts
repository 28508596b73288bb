import { STATUS, TrivetError, type TrivetErrorCode } from './abi_gen.js'
import { flatten, type HeadersInit } from './fields.js'
import { checkNames, type NamesOf } from './names.js'

export interface HttpErrorOptions extends ErrorOptions {
  /** Fields of the answer, for example `Retry-After` or `WWW-Authenticate`. */
  readonly headers?: HeadersInit
}

const OPTIONS: NamesOf<HttpErrorOptions> = { headers: true, cause: true }

/** Thrown by a handler or hook: answered with problem details (RFC 9457) of that status. */
export class HttpError extends Error {
  /** 400 to 599. */
  readonly status: number
  /** For the client; may be empty. */
  readonly detail: string
  /** @internal [name, value, name, value, …] */
  readonly fields: readonly string[]

  constructor(status: number, detail = '', options?: HttpErrorOptions) {
    if (options !== undefined) checkNames(options, OPTIONS, 'option of an HttpError')
    super(detail === '' ? `HTTP ${String(status)}` : detail, options)
    this.name = 'HttpError'
    this.status = status
    this.detail = detail
    this.fields = flatten(options?.headers)
  }
}

/**
 * Why the content of a request could not be read to its end: 413, 415, 408 or 400 for the client;
 * 500 or 503 of a form that could not be stored.
 */
export class ContentError extends HttpError {
  readonly code: TrivetErrorCode

  /** @internal */
  constructor(httpStatus: number, detail: string, status: number) {
    const cause = new TrivetError(status)
    super(httpStatus, detail, { cause })
    this.name = 'ContentError'
    this.code = cause.code
  }
}

/** Whether an error says that the client has left. Users may throw anything. */
export function hasLeft(error: unknown): boolean {
  try {
    return error instanceof TrivetError && error.status === STATUS.TRIVET_E_GONE
  } catch {
    return false
  }
}

type ErrorHelper = (detail?: string, options?: HttpErrorOptions) => HttpError

function helper(status: number): ErrorHelper {
  return (detail, options) => new HttpError(status, detail, options)
}

/** An HttpError for each common status: `throw errors.notFound('no such cat')`. */
export const errors = {
  /** 400 */
  badRequest: helper(400),
  /** 401; say how to authenticate with `{ headers: { 'WWW-Authenticate': … } }`. */
  unauthorized: helper(401),
  /** 403 */
  forbidden: helper(403),
  /** 404 */
  notFound: helper(404),
  /** 405; name the methods with `{ headers: { Allow: … } }`. */
  methodNotAllowed: helper(405),
  /** 409 */
  conflict: helper(409),
  /** 410 */
  gone: helper(410),
  /** 413 */
  contentTooLarge: helper(413),
  /** 415 */
  unsupportedMediaType: helper(415),
  /** 422 */
  unprocessableContent: helper(422),
  /** 429 */
  tooManyRequests: helper(429),
  /** 500 */
  internalServerError: helper(500),
  /** 502 */
  badGateway: helper(502),
  /** 503 */
  serviceUnavailable: helper(503),
  /** 504 */
  gatewayTimeout: helper(504),
} as const

/** A result that is no string, no bytes and that JSON cannot hold. */
export class ResultTypeError extends TypeError {
  constructor(what: string, options?: ErrorOptions) {
    super(`the result cannot be serialised: ${what}`, options)
    this.name = 'ResultTypeError'
  }
}

/** How many wrong values of a result are told. */
const FAULTS_TOLD = 5

/** A result that is not as the route's response schema says: 500, and a line in the log. */
export class ResponseError extends TypeError {
  constructor(
    faults: readonly { readonly pointer: string; readonly detail: string }[],
    reason?: string,
  ) {
    const told = faults
      .slice(0, FAULTS_TOLD)
      .map(({ pointer, detail }) => `${pointer === '' ? 'it' : pointer} ${detail}`)
    if (faults.length > FAULTS_TOLD) told.push('and more')
    super(`the result is not as the route's response schema says: ${reason ?? told.join(', ')}`)
    this.name = 'ResponseError'
  }
}

/** A startup hook, provider or plugin failed, so nothing is served; `cause` is what it threw. */
export class StartupError extends Error {
  readonly code = 'ERR_TRIVET_STARTUP'

  constructor(cause: unknown, what = 'a startup hook') {
    super(`${what} failed: ${describe(cause)}`, { cause })
    this.name = 'StartupError'
  }
}

const OWN_FOLDER = new URL('.', import.meta.url).href

/** How many causes of an error are followed. */
const CAUSES_MAX = 4

/** One line for the log: type, message, first stack frame, and the same of its causes. */
export function describe(error: unknown): string {
  try {
    const lines: string[] = []
    let current = error
    do {
      lines.push(describeOne(current))
      current = current instanceof Error ? current.cause : undefined
    } while (current !== undefined && lines.length <= CAUSES_MAX)
    return lines.join('; cause: ')
  } catch {
    // Users may throw anything, also what fails when it is looked at.
    return `threw ${typeof error} that cannot be described`
  }
}

function describeOne(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${typeof error}: ${String(error)}`
  const frames = [...(error.stack ?? '').matchAll(/^\s+at (.+)$/gm)].map(([, frame = '']) => frame)
  // Where the program is, if it is anywhere, and not where the SDK found the mistake.
  const frame = frames.find((each) => !each.includes(OWN_FOLDER)) ?? frames[0]
  const place = frame === undefined ? '' : ` (at ${frame})`
  return `${error.name}: ${error.message}${place}`
}

/** Throws what a status of the ABI stands for, unless it is success. */
export function check(status: number): void {
  if (status !== 0) throw new TrivetError(status)
}
