import { TrivetError } from './abi_gen.js'

/** Thrown by a handler: answered with problem details (RFC 9457) of that status. */
export class HttpError extends Error {
  /** 400 to 599. */
  readonly status: number
  /** For the client; may be empty. */
  readonly detail: string

  constructor(status: number, detail = '', options?: ErrorOptions) {
    super(detail === '' ? `HTTP ${String(status)}` : detail, options)
    this.name = 'HttpError'
    this.status = status
    this.detail = detail
  }
}

/** A result that is no string, no bytes and that JSON cannot hold. */
export class ResultTypeError extends TypeError {
  constructor(what: string, options?: ErrorOptions) {
    super(`the result cannot be serialised: ${what}`, options)
    this.name = 'ResultTypeError'
  }
}

/** One line for the log: type, message, first stack frame, and the same of the cause. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${typeof error}: ${String(error)}`
  const frame = /^\s+at (.+)$/m.exec(error.stack ?? '')
  const place = frame === null ? '' : ` (at ${frame[1] ?? ''})`
  const cause = error.cause === undefined ? '' : `; cause: ${describe(error.cause)}`
  return `${error.name}: ${error.message}${place}${cause}`
}

/** Throws what a status of the ABI stands for, unless it is success. */
export function check(status: number): void {
  if (status !== 0) throw new TrivetError(status)
}
