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
  const frame = /^\s+at (.+)$/m.exec(error.stack ?? '')
  const place = frame === null ? '' : ` (at ${frame[1] ?? ''})`
  return `${error.name}: ${error.message}${place}`
}

/** Throws what a status of the ABI stands for, unless it is success. */
export function check(status: number): void {
  if (status !== 0) throw new TrivetError(status)
}
