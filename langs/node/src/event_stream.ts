import { STATUS, TrivetError } from './abi_gen.js'
import { ResultTypeError } from './errors.js'
import { EVENTS, eventText, numberOf, retryOf, sse } from './events.js'
import type { HeadersInit } from './fields.js'
import { checkNames, type NamesOf } from './names.js'
import { Reply } from './reply.js'
import { iterable, type Pieces } from './reply_helpers.js'
import { asBytes, isBinary, nameOf, stringify } from './results.js'

export interface EventStreamInit {
  readonly headers?: HeadersInit
  /** After so long a silence the engine sends a comment; 15000 unless given, 0 for never. */
  readonly heartbeatMs?: number
  /** Sent at the beginning: how long the client waits before it connects again. */
  readonly retryMs?: number
}

const STREAM: NamesOf<EventStreamInit> = { headers: true, heartbeatMs: true, retryMs: true }
const HEARTBEAT_MAX = 86_400_000

/**
 * An answer of Server-Sent Events that begins at once, before the first one: the client knows that
 * it is connected, and the engine sends comments while the source is silent. What is no event
 * becomes the data of one; `undefined` and `null` are ERR_TRIVET_ARGUMENT.
 */
export class EventStream extends Reply {
  constructor(source: Pieces<unknown>, init: EventStreamInit = {}) {
    checkNames(init, STREAM, 'option of an EventStream')
    super(undefined, init.headers === undefined ? {} : { headers: init.headers })
    fillEvents(this, source, init)
    this.isAtOnce = true
  }
}

function fillEvents(reply: Reply, source: unknown, init: EventStreamInit): void {
  const events = {
    heartbeatMs: heartbeatOf(init.heartbeatMs),
    retryMs: retryOf('retryMs', init.retryMs),
  }
  reply.fillFrom(iterable(source))
  reply.events = events
  reply.encode = eventText
  reply.content = EVENTS
}

export function heartbeatOf(heartbeatMs: number | undefined): number | undefined {
  return numberOf('heartbeatMs', heartbeatMs, HEARTBEAT_MAX)
}

export interface TokenStreamInit extends EventStreamInit {
  /** `sse` unless given. */
  readonly format?: 'sse' | 'ndjson' | 'text'
}

const TOKENS: NamesOf<TokenStreamInit> = { ...STREAM, format: true }

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Ends a stream of events for the clients of language models. */
const DONE = '[DONE]'

/**
 * What a language model says, token by token, at the client's pace. As `sse` each token is an
 * event, and `[DONE]` the last one; as `text` it is sent as it is. Either takes text or bytes, in
 * an event of UTF-8, and nothing else. As `ndjson` each is JSON on a line of its own. The source is
 * stopped when the client leaves.
 */
export class TokenStream extends Reply {
  #count = 0

  constructor(source: Pieces<unknown>, init: TokenStreamInit = {}) {
    checkNames(init, TOKENS, 'option of a TokenStream')
    super(undefined, init.headers === undefined ? {} : { headers: init.headers })
    const { format = 'sse' } = init
    if (format === 'sse') {
      fillEvents(this, source, init)
      this.last = sse(DONE).text
    } else if (format === 'ndjson' || format === 'text') {
      this.fillFrom(iterable(source))
      const type = format === 'text' ? 'text/plain; charset=utf-8' : 'application/x-ndjson'
      if (!this.headers.has('content-type')) this.headers.set('Content-Type', type)
    } else {
      const detail = `the format is sse, ndjson or text, not ${String(format)}`
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
    const encode = format === 'sse' ? eventOf : format === 'text' ? tokenOf : lineOf
    this.encode = (token) => {
      const piece = encode(token)
      this.#count += 1
      return piece
    }
  }

  /** Tokens that were sent so far. */
  get count(): number {
    return this.#count
  }
}

/** A TokenStream of events. */
export function sseStream(source: Pieces<unknown>, init: EventStreamInit = {}): TokenStream {
  return new TokenStream(source, init)
}

function lineOf(token: unknown): string {
  return `${stringify(token)}\n`
}

function tokenOf(token: unknown): string | Uint8Array {
  if (typeof token === 'string') return token
  if (isBinary(token)) return asBytes(token)
  throw new ResultTypeError(`a token is text or bytes, not ${nameOf(token)}`)
}

function eventOf(token: unknown): string {
  const piece = tokenOf(token)
  return eventText(typeof piece === 'string' ? piece : decoded(piece))
}

function decoded(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch (error) {
    throw new ResultTypeError('a token of bytes that are not UTF-8', { cause: error })
  }
}
