import { CONTENT, LOG, REQUEST, STATUS, TrivetError } from './abi_gen.js'
import { describe, hasLeft, ResultTypeError } from './errors.js'
import { findField, flatten } from './fields.js'
import { native } from './native.js'
import type { Reply } from './reply.js'
import type { Request } from './request.js'
import { asBytes, isBinary, isThenable, nameOf } from './results.js'
import type { Source } from './stream_source.js'

/** Larger pieces go to the engine by a call of their own. */
const PACKED_BYTES_MAX = 8192
/** After so many packed bytes the engine is asked whether the client keeps up. */
const UNASKED_BYTES_MAX = 16384
/** Longer pieces are cut, and the client is waited for between the cuts. */
const CUT_BYTES = 262144

type Piece = string | Uint8Array

/**
 * An answer in pieces on its way: asks its source for a piece when there is room for one. The only
 * one that answers its request from run() on.
 */
export class StreamWriter {
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
      else if (this.#hasNoContent()) this.#skip()
      else await this.#pump()
    } catch (error) {
      if (this.#isOver) return
      this.#isOver = true
      this.#stop(error)
      if (this.#isBegun) this.#breakOff(error)
      else failEarly(request, error)
    }
  }

  /** There is room again. */
  writable(): void {
    this.#wake()
  }

  /** The client has gone, or the loop has. */
  gone(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stop(new TrivetError(STATUS.TRIVET_E_GONE))
    this.#request.driver.abort(this.#request)
    this.#wake()
  }

  /** The engine has refused a packed step. */
  refused(status: number): void {
    if (this.#isOver) return
    const error = new TrivetError(status)
    if (status === STATUS.TRIVET_E_GONE || status === STATUS.TRIVET_E_STALE) {
      this.gone()
      return
    }
    this.#isOver = true
    this.#stop(error)
    this.#breakOff(error)
    this.#wake()
  }

  async #pump(): Promise<void> {
    const encode = this.#reply.encode ?? pieceOf
    for (;;) {
      const asked = this.#source.next()
      const item = isThenable(asked) ? await asked : asked
      if (this.#isOver) return
      if (item.done === true) break
      const piece = encode(item.value)
      if (!this.#isBegun) this.#begin(piece)
      if (!this.#write(piece)) await this.#writeLong(piece)
      if (this.#isOver) return
    }
    if (!this.#isBegun) this.#begin(undefined)
    const { trailers } = this.#reply
    const last = typeof trailers === 'function' ? await trailers() : trailers
    // Its state may have changed meanwhile, which the checker does not see.
    if (!(this.#isOver as boolean)) this.#end(flatten(last))
  }

  /** HEAD, 204 and 304: the producer has nothing to do. */
  #hasNoContent(): boolean {
    const { lo, hi } = this.#request
    const status = this.#reply.status
    return status === 204 || status === 304 || native.requestMethod(lo, hi) === 'HEAD'
  }

  #skip(): void {
    this.#left = -1
    this.#begin(undefined)
    this.#isOver = true
    this.#stop(undefined)
    this.#request.driver.end(this.#request, [])
  }

  #begin(first: Piece | undefined): void {
    const { fields, content, length, status } = this.#reply
    let type = content
    if (type === CONTENT.NONE && first !== undefined && findField(fields, 'content-type') < 0) {
      type = typeof first === 'string' ? CONTENT.TEXT : CONTENT.BYTES
    }
    this.#check(this.#request.driver.begin(this.#request, status, type, fields, length))
    this.#isBegun = true
  }

  /** false when the piece is too long, or the engine is to be asked for room. */
  #write(piece: Piece): boolean {
    const isText = typeof piece === 'string'
    if ((isText ? piece.length * 3 : piece.byteLength) > PACKED_BYTES_MAX) return false
    if (this.#unasked > UNASKED_BYTES_MAX) return false
    if (piece.length === 0) return true
    if (this.#left >= 0) this.#take(isText ? Buffer.byteLength(piece) : piece.byteLength)
    this.#unasked += this.#request.driver.pack(this.#request, piece)
    return true
  }

  async #writeLong(piece: Piece): Promise<void> {
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
    const { driver } = this.#request
    this.#source.stop(reason, (error) => {
      driver.log(
        LOG.ERROR,
        `the source of an answer failed when it was stopped: ${describe(error)}`,
      )
    })
  }

  /** The client sees the connection end; the log has the cause, unless it is the client itself. */
  #breakOff(error: unknown): void {
    const { driver } = this.#request
    if (hasLeft(error)) driver.abort(this.#request)
    else driver.breakOff(this.#request, describe(error))
  }
}

function pieceOf(value: unknown): Piece {
  if (typeof value === 'string') return value
  if (isBinary(value)) return asBytes(value)
  throw new ResultTypeError(`a piece of an answer is text or bytes, not ${nameOf(value)}`)
}
