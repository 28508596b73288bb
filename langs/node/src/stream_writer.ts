import { CONTENT, REQUEST, STATUS, TrivetError } from './abi_gen.js'
import { describe, hasLeft } from './errors.js'
import { findField, flatten } from './fields.js'
import { native } from './native.js'
import { firstPiece, hasNoContent, pieceOf, reportTo, type Bytes, type Writer } from './opening.js'
import { checkEvents, type Reply } from './reply.js'
import type { Request } from './request.js'
import { isThenable } from './results.js'
import type { Source } from './stream_source.js'

/** Larger pieces go to the engine by a call of their own. */
const PACKED_BYTES_MAX = 8192
/** After so many packed bytes the engine is asked whether the client keeps up. */
const UNASKED_BYTES_MAX = 16384
/** Longer pieces are cut, and the client is waited for between the cuts. */
const CUT_BYTES = 262144

/**
 * An answer in pieces on its way: asks its source for a piece when there is room for one. The only
 * one that answers its request from run() on.
 */
export class StreamWriter implements Writer {
  readonly #request: Request
  readonly #reply: Reply
  readonly #source: Source
  #isBegun = false
  #isOver = false
  #left: number
  #unasked = 0
  #wake: () => void = () => undefined

  constructor(request: Request, reply: Reply) {
    this.#request = request
    this.#reply = reply
    this.#source = reply.takeSource()
    this.#left = reply.length
  }

  /** Never rejects. What fails before the first piece is left to `failEarly`. */
  async run(failEarly: (request: Request, error: unknown) => void): Promise<void> {
    const request = this.#request
    try {
      request.driver.track(request).writer = this
      if ((native.requestFlags(request.lo, request.hi) & REQUEST.GONE) !== 0) this.gone()
      else if (hasNoContent(request, this.#reply.status)) this.#skip()
      else await this.#pump()
    } catch (error) {
      if (this.#isOver) return
      this.#isOver = true
      this.#stop(error)
      if (this.#isBegun) this.#breakOff(error)
      else failEarly(request, error)
    }
  }

  writable(): void {
    this.#wake()
  }

  gone(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stop(new TrivetError(STATUS.TRIVET_E_GONE))
    this.#request.driver.abort(this.#request)
    this.#wake()
  }

  refused(status: number): void {
    if (this.#isOver) return
    if (status === STATUS.TRIVET_E_GONE || status === STATUS.TRIVET_E_STALE) {
      this.gone()
      return
    }
    this.#isOver = true
    this.#stop(new TrivetError(status))
    this.#request.driver.finish(this.#request)
    this.#wake()
  }

  async #pump(): Promise<void> {
    const { opening, isAtOnce, trailers, last: end } = this.#reply
    if (isAtOnce) this.#begin(undefined)
    let piece = opening?.piece
    let isEnded = opening !== undefined && piece === undefined
    while (!isEnded) {
      if (piece !== undefined) {
        if (!this.#isBegun) this.#begin(piece)
        if (!this.#write(piece)) await this.#writeLong(piece)
        if (this.#isOver) return
      }
      const asked = this.#source.next()
      const item = isThenable(asked) ? await asked : asked
      if (this.#isOver) return
      isEnded = item.done === true
      if (!isEnded) piece = this.#encode(item.value)
    }
    if (!this.#isBegun) this.#begin(undefined)
    if (end !== undefined && !this.#write(end)) await this.#writeLong(end)
    const last = typeof trailers === 'function' ? await trailers() : trailers
    // Its state may have changed meanwhile, which the checker does not see.
    if (!(this.#isOver as boolean)) this.#end(flatten(last))
  }

  #encode(item: unknown): Bytes {
    const reply = this.#reply
    return this.#isBegun ? (reply.encode ?? pieceOf)(item) : firstPiece(reply, item)
  }

  #skip(): void {
    this.#left = -1
    this.#begin(undefined)
    this.#isOver = true
    this.#stop(undefined)
    this.#request.driver.end(this.#request, [])
  }

  #begin(first: Bytes | undefined): void {
    const { driver } = this.#request
    const { fields, content, length, status, events } = this.#reply
    if (events !== undefined) {
      checkEvents(this.#reply)
      this.#check(driver.beginEvents(this.#request, events, fields))
    } else {
      let type = content
      if (type === CONTENT.NONE && first !== undefined && findField(fields, 'content-type') < 0) {
        type = typeof first === 'string' ? CONTENT.TEXT : CONTENT.BYTES
      }
      this.#check(driver.begin(this.#request, status, type, fields, length))
    }
    this.#isBegun = true
  }

  /** false when the piece is too long, or the engine is to be asked for room. */
  #write(piece: Bytes): boolean {
    const isText = typeof piece === 'string'
    if ((isText ? piece.length * 3 : piece.byteLength) > PACKED_BYTES_MAX) return false
    if (this.#unasked > UNASKED_BYTES_MAX) return false
    if (piece.length === 0) return true
    if (this.#left >= 0) this.#take(isText ? Buffer.byteLength(piece) : piece.byteLength)
    this.#unasked += this.#request.driver.pack(this.#request, piece)
    return true
  }

  async #writeLong(piece: Bytes): Promise<void> {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    if (this.#left >= 0) this.#take(bytes.byteLength)
    for (let at = 0; at < bytes.byteLength; at += CUT_BYTES) {
      const cut = bytes.byteLength <= CUT_BYTES ? bytes : bytes.subarray(at, at + CUT_BYTES)
      const status = this.#request.driver.write(this.#request, cut)
      this.#check(status)
      if (status > 0) await new Promise<void>((resolve) => (this.#wake = resolve))
      if (this.#isOver) return
    }
    this.#unasked = 0
  }

  /** Counts down what was promised. */
  #take(bytes: number): void {
    this.#left -= bytes
    if (this.#left >= 0) return
    const promised = String(this.#reply.length)
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `more than the ${promised} bytes promised`)
  }

  #end(trailers: readonly string[]): void {
    if (this.#left > 0) {
      const [left, all] = [String(this.#left), String(this.#reply.length)]
      const detail = `${left} of the ${all} bytes promised missing`
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
    this.#check(this.#request.driver.end(this.#request, trailers))
    this.#isOver = true
  }

  #check(status: number): void {
    if (status < 0) throw new TrivetError(status)
  }

  #stop(reason: unknown): void {
    this.#source.stop(reason, reportTo(this.#request.driver))
  }

  /** The client sees the connection end; the log has the cause, unless it is the client itself. */
  #breakOff(error: unknown): void {
    const { driver } = this.#request
    if (hasLeft(error)) {
      driver.abort(this.#request)
      return
    }
    driver.onFailure?.(error)
    driver.breakOff(this.#request, describe(error))
  }
}
