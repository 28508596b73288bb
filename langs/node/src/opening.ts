import { LOG, REQUEST, STATUS, TrivetError } from './abi_gen.js'
import type { Driver } from './driver.js'
import { describe, ResultTypeError } from './errors.js'
import { ServerSentEvent } from './events.js'
import { native } from './native.js'
import type { Reply } from './reply.js'
import type { Request } from './request.js'
import { asBytes, isBinary, isThenable, nameOf } from './results.js'

/** What is written of an answer in pieces. */
export type Bytes = string | Uint8Array

/** The first piece, asked for ahead; `undefined` when there was none, which is the end. */
export interface Opening {
  readonly piece: Bytes | undefined
}

/** Whoever the driver tells what happens to an answer in pieces. */
export interface Writer {
  /** There is room again. */
  writable(): void
  /** The client has gone, or the loop has. */
  gone(): void
  /** The engine has refused a packed step, and ended the answer. */
  refused(status: number): void
}

/** HEAD, 204 and 304: the producer has nothing to do. */
export function hasNoContent(request: Request, status: number): boolean {
  const { lo, hi } = request
  return status === 204 || status === 304 || native.requestMethod(lo, hi) === 'HEAD'
}

/** A stream of events that begins at once waits for no piece. */
export function isUnopened(reply: Reply): boolean {
  return reply.kind === 'stream' && reply.opening === undefined && !reply.isAtOnce
}

/**
 * Asks for the first piece before after hooks see the answer, so that what fails there is an error
 * like any other: it is thrown or rejects, and the producer is stopped.
 */
export function open(request: Request, reply: Reply): Promise<void> | undefined {
  if (hasNoContent(request, reply.status)) return undefined
  try {
    if ((native.requestFlags(request.lo, request.hi) & REQUEST.GONE) !== 0) throw gone()
    const asked = reply.next()
    if (isThenable(asked)) return openLater(request, reply, asked)
    reply.opening = openingOf(reply, asked)
    return undefined
  } catch (error) {
    reply.discard(error, reportTo(request.driver))
    throw error
  }
}

async function openLater(
  request: Request,
  reply: Reply,
  asked: PromiseLike<IteratorResult<unknown>>,
): Promise<void> {
  try {
    const leaving = new Promise<never>((_resolve, reject) => {
      request.driver.track(request).writer = {
        writable: () => undefined,
        refused: () => undefined,
        gone() {
          reject(gone())
        },
      }
    })
    reply.opening = openingOf(reply, await Promise.race([asked, leaving]))
  } catch (error) {
    reply.discard(error, reportTo(request.driver))
    throw error
  }
}

function openingOf(reply: Reply, item: IteratorResult<unknown>): Opening {
  return { piece: item.done === true ? undefined : firstPiece(reply, item.value) }
}

/** An event that comes first makes the answer one of events. */
export function firstPiece(reply: Reply, value: unknown): Bytes {
  const isOpen = reply.encode === undefined && reply.length < 0
  if (isOpen && value instanceof ServerSentEvent) reply.becomeEvents()
  return (reply.encode ?? pieceOf)(value)
}

/** Logs what fails in the clean-up of a producer. */
export function reportTo(driver: Driver): (error: unknown) => void {
  return (error) => {
    const cause = describe(error)
    driver.log(LOG.ERROR, `the source of an answer failed when it was stopped: ${cause}`)
  }
}

export function pieceOf(value: unknown): Bytes {
  if (typeof value === 'string') return value
  if (isBinary(value)) return asBytes(value)
  throw new ResultTypeError(`a piece of an answer is text or bytes, not ${nameOf(value)}`)
}

function gone(): TrivetError {
  return new TrivetError(STATUS.TRIVET_E_GONE)
}
