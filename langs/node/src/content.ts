import type { ReadableByteStreamController } from 'node:stream/web'
import { STATUS, TrivetError } from './abi_gen.js'
import { countChunk } from './chunk_memory.js'
import { ContentError } from './errors.js'
import { native } from './native.js'
import type { Request } from './request.js'

/**
 * Called when bytes have been read: how many until now, and of how many, where the client has said.
 * What the engine reads for form() nobody is told.
 */
export type Progress = (received: number, total: number | undefined) => void

export interface StreamOptions {
  readonly progress?: Progress
}

interface Waiting {
  readonly resolve: (chunk: Buffer | undefined) => void
  readonly reject: (error: unknown) => void
}

const nothing = (): undefined => undefined

/**
 * The content of one request, read as it comes. Nothing is taken from the engine that nobody has
 * asked for. One reader at a time: a second one fails with ERR_TRIVET_STATE.
 */
export class Content {
  readonly #request: Request<unknown>
  #received = 0
  #isEnded = false
  #failure: unknown
  #owner: object | undefined
  #waiting: Waiting | undefined

  constructor(request: Request<unknown>) {
    this.#request = request
  }

  get received(): number {
    return this.#received
  }

  acquire(owner: object): void {
    if (this.#owner === owner) return
    if (this.#owner !== undefined) throw readElsewhere()
    this.#owner = owner
  }

  release(owner: object): void {
    if (this.#owner === owner) this.#owner = undefined
  }

  /** The next bytes, `undefined` at the end. A rejection that nobody looks at is no error. */
  next(progress: Progress | undefined): Promise<Buffer | undefined> {
    const result = new Promise<Buffer | undefined>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.readable()
    })
    result.catch(nothing)
    return progress === undefined ? result : this.#reporting(result, progress)
  }

  /** There is something now, or the reader has just begun to wait. */
  readable(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    if (this.#failure !== undefined || this.#isEnded) {
      this.#settle()
      return
    }
    const { lo, hi, driver } = this.#request
    const got = native.requestRead(lo, hi)
    if (typeof got !== 'number') {
      this.#received += got.byteLength
      countChunk(got.byteLength)
      this.#waiting = undefined
      waiting.resolve(got)
    } else if (got === STATUS.TRIVET_E_AGAIN) {
      driver.track(this.#request as Request)
    } else {
      this.#isEnded = got === 0
      if (!this.#isEnded) this.#failure = failureOf(got)
      this.#settle()
    }
  }

  /** No more will come: whoever waits is told, and whoever reads later. */
  fail(error: unknown): void {
    if (this.#isEnded) return
    this.#failure ??= error
    this.#settle()
  }

  /** Frees a reader that waits, which then has reached the end of what it gets. */
  leave(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(undefined)
  }

  #settle(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (this.#failure !== undefined) waiting?.reject(this.#failure)
    else waiting?.resolve(undefined)
  }

  async #reporting(
    pending: Promise<Buffer | undefined>,
    progress: Progress,
  ): Promise<Buffer | undefined> {
    const chunk = await pending
    if (chunk !== undefined) progress(this.#received, this.#total())
    return chunk
  }

  #total(): number | undefined {
    const { lo, hi } = this.#request
    const length = native.requestHeader(lo, hi, 'content-length')
    return length === undefined ? undefined : Number(length)
  }
}

/** The content as an iterator; leaving its loop leaves the rest unread. */
export class ContentIterator implements AsyncIterableIterator<Buffer> {
  readonly #content: Content
  readonly #progress: Progress | undefined
  #isDone = false
  #isReading = false

  constructor(content: Content, { progress }: StreamOptions) {
    this.#content = content
    this.#progress = progress
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#isDone) return { done: true, value: undefined }
    if (this.#isReading) throw readElsewhere()
    this.#content.acquire(this)
    this.#isReading = true
    try {
      const chunk = await this.#content.next(this.#progress)
      if (chunk !== undefined) return { done: false, value: chunk }
      this.#finish()
      return { done: true, value: undefined }
    } catch (error) {
      this.#finish()
      throw error
    } finally {
      this.#isReading = false
    }
  }

  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.#finish()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(): void {
    if (this.#isDone) return
    this.#isDone = true
    if (this.#isReading) this.#content.leave()
    this.#content.release(this)
  }
}

/** The content as a stream of the web, which asks for bytes only when its reader does. */
export function readableOf(content: Content, options: StreamOptions): ReadableStream<Uint8Array> {
  const chunks = new ContentIterator(content, options)
  return new ReadableStream({
    type: 'bytes',
    async pull(controller: ReadableByteStreamController) {
      const item = await chunks.next()
      if (item.done !== true) {
        controller.enqueue(item.value)
        return
      }
      controller.close()
      // Node's types know of no such request.
      const { byobRequest } = controller as object as {
        byobRequest?: { respond(bytes: number): void } | null
      }
      byobRequest?.respond(0)
    },
    async cancel() {
      await chunks.return()
    },
  })
}

/** All of the content that has not been read yet. */
export async function readAll(content: Content, options: StreamOptions): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of new ContentIterator(content, options)) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

function readElsewhere(): TrivetError {
  return new TrivetError(STATUS.TRIVET_E_STATE, 'the content is being read elsewhere')
}

function failureOf(status: number): Error {
  switch (status) {
    case STATUS.TRIVET_E_LIMIT:
      return new ContentError(413, 'the content is too large', status)
    case STATUS.TRIVET_E_TIMEOUT:
      return new ContentError(408, 'the content came too slowly', status)
    case STATUS.TRIVET_E_PROTOCOL:
      return new ContentError(400, 'the content is malformed', status)
    default:
      return new TrivetError(status)
  }
}
