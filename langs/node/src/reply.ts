import { CONTENT, STATUS, TrivetError } from './abi_gen.js'
import { encodeCookie, encodeRemoval, type CookieOptions, type CookieScope } from './cookies.js'
import { findField, flatten, type HeadersInit } from './fields.js'
import { checkNames, type NamesOf } from './names.js'
import { problemJson } from './problem.js'
import { ReplyHeaders } from './reply_headers.js'
import type { Opening } from './opening.js'
import type { Request } from './request.js'
import { EVENTS, eventText } from './events.js'
import type { ValidationError } from './schema_words.js'
import { asBytes, isBinary, isNothing, stringify } from './results.js'
import { isStreamable, sourceOf, type Source } from './stream_source.js'

/** Trailer fields of an answer in pieces, or what gives them when its last piece is there. */
export type TrailersInit =
  | HeadersInit
  | (() => HeadersInit | undefined | Promise<HeadersInit | undefined>)

export interface ReplyInit {
  /** 200 to 599. */
  readonly status?: number
  readonly headers?: HeadersInit
}

const NO_INIT: ReplyInit = {}
const INIT: NamesOf<ReplyInit> = { status: true, headers: true }

/**
 * What an answer is beyond content and fields. The engine writes redirects, problem details and
 * failures itself, and logs the last, unless a hook looks into them: then they become plain. It
 * writes the events of a hub, too.
 */
type ReplyKind = 'plain' | 'stream' | 'hub' | 'file' | 'redirect' | 'problem' | 'failure'

/** A file that is to be sent; without a path, that of the folder that the request's route has. */
export interface SentFile {
  readonly path: string
  readonly root: string
  readonly contentType: string
  readonly download: string
  readonly cacheControl: string
  readonly flags: number
}

/** How an answer of events begins; what is undefined is the engine's to choose. */
export interface Events {
  readonly heartbeatMs: number | undefined
  readonly retryMs: number | undefined
}

/**
 * An answer. The body follows the rules for results: text, bytes, nothing, pieces or JSON. An after
 * hook gets one of its own, which it may change.
 */
export class Reply {
  /** @internal 0 when it was not given. */
  code: number
  /** @internal In the place of one that was not given, but for events; 0: that of the content. */
  fallback = 0
  /** @internal [name, value, name, value, …] */
  fields: string[]
  /** @internal One of CONTENT. */
  content: number
  /** @internal The location of a redirect, the detail of a problem or failure. */
  payload: string | Uint8Array | undefined
  /** @internal */
  kind: ReplyKind = 'plain'
  /** @internal What a failure is logged with. */
  cause: string | undefined = undefined
  /** @internal Of an answer in pieces. */
  source: Source | undefined = undefined
  /** @internal What came of the source already. */
  opening: Opening | undefined = undefined
  /** @internal Whether an error handler gave it, which is not asked again when it fails. */
  isOfError = false
  /** @internal Of an answer of events. */
  events: Events | undefined = undefined
  /** @internal Whether it begins before there is a piece. */
  isAtOnce = false
  /** @internal What follows the last piece. */
  last: string | undefined = undefined
  /** @internal Answers a request with the events of a hub. */
  subscribe: ((request: Request, reply: Reply) => void) | undefined = undefined
  /** @internal What an item becomes, where it is no piece itself. */
  encode: ((item: unknown) => string | Uint8Array) | undefined = undefined
  /** @internal */
  file: SentFile | undefined = undefined
  /** @internal Bytes promised; -1 when none are. */
  length = -1
  /** @internal */
  trailers: TrailersInit | undefined = undefined

  constructor(body?: unknown, init?: ReplyInit)
  /** @internal With what else the options may hold, which the caller reads. */
  constructor(body: unknown, init: ReplyInit, known: Readonly<Record<string, true>>)
  constructor(
    body?: unknown,
    init: ReplyInit = NO_INIT,
    known: Readonly<Record<string, true>> = INIT,
  ) {
    if (init !== NO_INIT) checkNames(init, known, 'option of an answer')
    this.code = init.status === undefined ? 0 : checkStatus(init.status)
    this.fields = flatten(init.headers)
    this.payload = undefined
    this.content = CONTENT.NONE
    if (!isNothing(body)) this.#fill(body)
  }

  /** @internal An answer that the engine writes. */
  static special(
    kind: ReplyKind,
    code: number,
    payload: string,
    fields?: readonly string[],
  ): Reply {
    const reply = new Reply()
    reply.kind = kind
    reply.code = code
    reply.payload = payload
    if (kind !== 'redirect') reply.content = CONTENT.PROBLEM
    if (fields !== undefined) reply.fields = [...fields]
    return reply
  }

  /** @internal The problem details of wrong values. */
  static wrong({ status, detail, errors, fields }: ValidationError): Reply {
    const reply = new Reply()
    reply.code = status
    reply.content = CONTENT.PROBLEM
    reply.payload = problemJson(status, detail, { errors })
    reply.fields = [...fields]
    return reply
  }

  /** @internal The events of a hub, which the engine writes. */
  static subscribing(subscribe: (request: Request, reply: Reply) => void, init: ReplyInit): Reply {
    const reply = new Reply(undefined, init)
    reply.kind = 'hub'
    reply.content = EVENTS
    reply.subscribe = subscribe
    return reply
  }

  /** @internal A file, which the engine finds and sends. */
  static ofFile(
    file: SentFile | undefined,
    init: ReplyInit,
    known: Readonly<Record<string, true>>,
  ): Reply {
    const reply = new Reply(undefined, init, known)
    reply.kind = 'file'
    reply.file = file
    return reply
  }

  /** @internal What a failure is logged with. */
  because(cause: string): this {
    this.cause = cause
    return this
  }

  /** @internal An answer of its own, of any result; `status` is for one that names none. */
  static from(result: unknown, status: number): Reply {
    if (!(result instanceof Reply)) return new Reply(result).#settle(status)
    const copy = new Reply()
    copy.code = result.code
    copy.fallback = result.fallback
    copy.fields = [...result.fields]
    copy.content = result.content
    copy.payload = result.payload
    copy.kind = result.kind
    copy.cause = result.cause
    // The copy has them alone: the program may have kept what it gave.
    if (result.kind === 'stream') copy.source = result.takeSource()
    copy.opening = result.opening
    copy.isOfError = result.isOfError
    copy.events = result.events
    copy.isAtOnce = result.isAtOnce
    copy.last = result.last
    copy.subscribe = result.subscribe
    copy.encode = result.encode
    copy.file = result.file
    copy.length = result.length
    copy.trailers = result.trailers
    return copy.#settle(status)
  }

  get status(): number {
    if (this.code !== 0) return this.code
    const isStream = this.kind === 'stream'
    // To a client of events anything else is an error: no default may make it one.
    if (this.kind === 'hub' || (isStream && this.events !== undefined)) return 200
    const isEmpty = this.payload === undefined && !isStream && this.kind !== 'file'
    return this.fallback || (isEmpty ? 204 : 200)
  }

  set status(status: number) {
    this.#render()
    this.code = checkStatus(status)
  }

  get headers(): ReplyHeaders {
    if (this.kind === 'redirect') this.#render()
    return new ReplyHeaders(this)
  }

  /**
   * The content: text, also that of JSON, or bytes; `undefined` when there is none, or when it is
   * made in pieces or by a hub, or is a file.
   */
  get body(): string | Uint8Array | undefined {
    this.#render()
    return this.payload
  }

  /** Text and bytes keep the Content-Type there is; anything else becomes JSON. */
  set body(body: unknown) {
    this.#render()
    this.discard()
    this.kind = 'plain'
    if (this.content === EVENTS) this.content = CONTENT.NONE
    if (isNothing(body)) {
      this.headers.delete('content-type')
      this.payload = undefined
    } else {
      this.#fill(body)
    }
  }

  /**
   * Sets a cookie: sent over TLS alone, out of the reach of scripts and of requests from other
   * sites, unless the options say otherwise. What no browser could take is ERR_TRIVET_ARGUMENT.
   */
  setCookie(name: string, value: string, options?: CookieOptions): this {
    this.fields.push('Set-Cookie', encodeCookie(name, value, options))
    return this
  }

  /** Removes a cookie. Its domain and path must be those it was set with. */
  deleteCookie(name: string, scope?: CookieScope): this {
    this.fields.push('Set-Cookie', encodeRemoval(name, scope))
    return this
  }

  /** @internal The pieces, for the one who sends them; they cannot be had twice. */
  takeSource(): Source {
    const { source } = this
    if (source === undefined || source === USED) {
      throw new TrivetError(STATUS.TRIVET_E_STATE, 'an answer in pieces is sent once')
    }
    this.source = USED
    return source
  }

  /** @internal The first item of the pieces. */
  next(): ReturnType<Source['next']> {
    return (this.source ?? USED).next()
  }

  /** @internal Stops what makes the pieces of an answer that is not sent. */
  discard(reason?: unknown, report: (error: unknown) => void = () => undefined): void {
    const { source } = this
    this.source = undefined
    source?.stop(reason, report)
  }

  /** @internal */
  fillFrom(pieces: object): void {
    this.source = sourceOf(pieces)
    this.opening = undefined
    this.kind = 'stream'
    this.payload = undefined
    this.length = -1
    this.trailers = undefined
    this.encode = undefined
    this.events = undefined
    this.isAtOnce = false
    this.last = undefined
  }

  /** @internal Its first item is an event. */
  becomeEvents(): void {
    this.events = { heartbeatMs: undefined, retryMs: undefined }
    this.encode = eventText
    this.content = EVENTS
  }

  #settle(status: number): this {
    if (this.code === 0) this.fallback = status || this.status
    return this
  }

  #fill(body: unknown): void {
    if (typeof body === 'string') {
      this.#put(body, this.content || CONTENT.TEXT)
    } else if (isBinary(body)) {
      this.#put(asBytes(body), this.content || CONTENT.BYTES)
    } else if (isStreamable(body)) {
      this.fillFrom(body)
    } else {
      this.#put(stringify(body), CONTENT.JSON)
    }
  }

  #put(payload: string | Uint8Array, content: number): void {
    this.payload = payload
    this.content = findField(this.fields, 'content-type') < 0 ? content : CONTENT.NONE
  }

  #render(): void {
    const { kind, payload } = this
    if (kind === 'plain' || kind === 'stream' || kind === 'hub' || kind === 'file') return
    this.kind = 'plain'
    if (kind === 'redirect') {
      this.fields.push('Location', payload as string)
      this.payload = undefined
    } else {
      this.#put(problemJson(this.code, payload as string), this.content)
    }
  }
}

/** In place of a source that has been taken. */
const USED: Source = { next: () => ({ done: true, value: undefined }), stop: () => undefined }

/** Stops a result in pieces that nobody gets. */
export function discard(result: unknown): void {
  try {
    if (result instanceof Reply) result.discard()
    else if (isStreamable(result)) sourceOf(result).stop(undefined, () => undefined)
  } catch {
    // It is in use elsewhere, or cannot be looked at: there is nothing to stop.
  }
}

/** What says that an answer is one of events is not to be changed. */
export function checkEvents(reply: Reply): void {
  const { status, content, fields } = reply
  if (status === 200 && content === EVENTS && findField(fields, 'content-type') < 0) return
  const detail = 'an answer of events has the status 200 and the type text/event-stream'
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
}

export function checkStatus(status: number): number {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `the status is 200 to 599, not ${String(status)}`)
}
