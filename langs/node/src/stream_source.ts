import { STATUS, TrivetError } from './abi_gen.js'
import { isBinary } from './results.js'

/** What gives the pieces of an answer, at the pace at which it is asked. */
export interface Source {
  next(): IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>
  /**
   * Ends it before its time, so that it cleans up. Does not throw: `report` gets what fails there,
   * if anything.
   */
  stop(reason: unknown, report: (error: unknown) => void): void
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>

/** What is used of a Node Readable. */
interface NodeReadable extends AsyncIterable<unknown> {
  pipe: unknown
  destroy(): void
  on(event: 'error', listener: () => void): void
}

/** Whether a result is answered in pieces. */
export function isStreamable(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (Symbol.asyncIterator in value) return true
  return Symbol.iterator in value && isPieces(value)
}

/** Iterators, and iterables that are neither bytes, nor data of a known kind, nor JSON's. */
function isPieces(value: object): boolean {
  const { next, toJSON } = value as { next?: unknown; toJSON?: unknown }
  if (typeof next === 'function') return true
  return !(Symbol.toStringTag in value) && typeof toJSON !== 'function' && !isBinary(value)
}

export function sourceOf(value: object): Source {
  if (value instanceof ReadableStream) return new ReaderSource(value)
  if (isNodeReadable(value)) return new NodeSource(value)
  return new IteratorSource(value as AsyncIterable<unknown> | Iterable<unknown>)
}

function isNodeReadable(value: object): value is NodeReadable {
  const { pipe, destroy } = value as Partial<NodeReadable>
  return (
    typeof pipe === 'function' && typeof destroy === 'function' && Symbol.asyncIterator in value
  )
}

class IteratorSource implements Source {
  readonly #iterable: AsyncIterable<unknown> | Iterable<unknown>
  #iterator: AnyIterator | undefined

  constructor(iterable: AsyncIterable<unknown> | Iterable<unknown>) {
    this.#iterable = iterable
  }

  next(): IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>> {
    return this.#open().next()
  }

  stop(_reason: unknown, report: (error: unknown) => void): void {
    try {
      const ended = this.#open().return?.()
      if (ended !== undefined && 'then' in ended) ended.then(undefined, report)
    } catch (error) {
      report(error)
    }
  }

  #open(): AnyIterator {
    if (this.#iterator !== undefined) return this.#iterator
    const iterable = this.#iterable
    this.#iterator =
      Symbol.asyncIterator in iterable
        ? iterable[Symbol.asyncIterator]()
        : iterable[Symbol.iterator]()
    return this.#iterator
  }
}

/** Its own iterator would wait for the next piece before it stopped. */
class NodeSource implements Source {
  readonly #readable: NodeReadable
  #iterator: AsyncIterator<unknown> | undefined

  constructor(readable: NodeReadable) {
    this.#readable = readable
    // What fails before the first piece is asked for is told by the iterator.
    readable.on('error', () => undefined)
  }

  next(): PromiseLike<IteratorResult<unknown>> {
    this.#iterator ??= this.#readable[Symbol.asyncIterator]()
    return this.#iterator.next()
  }

  stop(_reason: unknown, report: (error: unknown) => void): void {
    try {
      this.#readable.destroy()
    } catch (error) {
      report(error)
    }
  }
}

/** As NodeSource, for streams of the web. */
class ReaderSource implements Source {
  readonly #reader: ReadableStreamDefaultReader<unknown>

  constructor(stream: ReadableStream<unknown>) {
    if (stream.locked) throw new TrivetError(STATUS.TRIVET_E_STATE, 'the stream is locked')
    this.#reader = stream.getReader()
    this.#reader.closed.catch(() => undefined)
  }

  next(): PromiseLike<IteratorResult<unknown>> {
    return this.#reader.read() as PromiseLike<IteratorResult<unknown>>
  }

  stop(reason: unknown, report: (error: unknown) => void): void {
    this.#reader.cancel(reason).catch(report)
  }
}
