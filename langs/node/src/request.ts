import { REQUEST, STATUS, TrivetError } from './abi_gen.js'
import { Content, ContentIterator, readableOf, readAll, type StreamOptions } from './content.js'
import type { BackgroundTask } from './background.js'
import { clientOf, type Client } from './client.js'
import { HttpError } from './errors.js'
import type { Driver } from './driver.js'
import { checkForm, FormReading, type Form, type FormOptions } from './forms.js'
import { pairs } from './fields.js'
import { FieldList, RequestHeaders } from './headers.js'
import { principalOf, type Principal } from './middleware.js'
import { native } from './native.js'
import type { Writer } from './opening.js'
import type { Owned } from './providers.js'
import { safeInteger } from './params.js'
import { labelOf, type Route, type RouteInfo } from './route.js'
import type { UrlFor } from './urls.js'

/** In the place of content that a schema lets be missing. */
export const ABSENT: unique symbol = Symbol('absent')

/**
 * What hooks and handler of one request share. Name what yours share by merging:
 * `declare module 'trivet' { interface State { user: User } }`.
 */
export interface State {
  [name: string]: unknown
}

export type Values = Readonly<Record<string, string | undefined>>

/** What a part of a request is: as its schema says, where it has one. */
type PartOf<Shape, Name extends string, Plain> = Shape extends { readonly [N in Name]: infer Own }
  ? Own
  : Plain

/** Gets the kind of an event, its status and what was read. */
export type Listener = (event: number, status: number, content: Buffer | undefined) => void

/** What has been read of a request; most requests never have one. */
export class Parts {
  params: Record<string, unknown> | undefined
  /** As its schema has it, where there is one; likewise the headers, cookies and content. */
  query: unknown
  queryAll: Readonly<Record<string, readonly string[]>> | undefined
  headers: unknown
  cookies: unknown
  body: unknown
  /** Those of a form, as their schema has them. */
  fields: unknown
  controller: AbortController | undefined
  content: Content | undefined
  form: FormReading | undefined
  writer: Writer | undefined
  /** Told of the engine's events, for the low level. */
  listener: Listener | undefined
  /** Whether the driver finds the request by its handle. */
  isTracked = false
  isGone = false
  state: State | undefined
  /** What providers of its scope have given. */
  owned: Owned | undefined
  /** What runs behind the answer. */
  tasks: BackgroundTask[] | undefined
}

/**
 * A request, from its delivery to its answer; afterwards what was not read before fails with
 * ERR_TRIVET_STALE. Every part is a getter that reads from the engine when it is touched, so
 * destructuring in the handler's signature costs what it names: `({ params, query }) => …`.
 */
export class Request<Params = Readonly<Record<string, unknown>>, Shape extends object = object> {
  /** @internal The handle's words; both 0 once it is answered. */
  lo: number
  /** @internal */
  hi: number
  /** @internal */
  readonly entry: Route
  /** @internal */
  readonly driver: Driver
  /** @internal */
  parts: Parts | undefined

  /** @internal */
  constructor(lo: number, hi: number, entry: Route, driver: Driver) {
    this.lo = lo
    this.hi = hi
    this.entry = entry
    this.driver = driver
    this.parts = undefined
  }

  /** Path parameters by name; `{id:int}` is a number, or a bigint where the route says so. */
  get params(): Params {
    const parts = this.#parts()
    return (parts.params ??= readParams(this as Request)) as Params
  }

  /** First value of each query parameter, decoded; or what the route's schema makes of them. */
  get query(): PartOf<Shape, 'query', Values> {
    const parts = this.#parts()
    parts.query ??= firstValues(native.requestQueryItems(this.lo, this.hi))
    return parts.query as PartOf<Shape, 'query', Values>
  }

  /** All values of each query parameter, decoded, in the order received. */
  get queryAll(): Readonly<Record<string, readonly string[]>> {
    return (this.#parts().queryAll ??= allValues(native.requestQueryItems(this.lo, this.hi)))
  }

  /** Query as received, without the question mark. */
  get queryText(): string {
    return native.requestQueryText(this.lo, this.hi)
  }

  get headers(): PartOf<Shape, 'headers', RequestHeaders> {
    const parts = this.#parts()
    parts.headers ??= new RequestHeaders(this as Request)
    return parts.headers as PartOf<Shape, 'headers', RequestHeaders>
  }

  /** The last event that a client of Server-Sent Events has seen, when it comes back. */
  get lastEventId(): string | undefined {
    return native.requestHeader(this.lo, this.hi, 'last-event-id')
  }

  /** First value of each cookie. */
  get cookies(): PartOf<Shape, 'cookies', Values> {
    const parts = this.#parts()
    parts.cookies ??= firstValues(native.requestCookieItems(this.lo, this.hi))
    return parts.cookies as PartOf<Shape, 'cookies', Values>
  }

  /**
   * The content; empty when there is none. Of a streaming route only after read(). Where the route
   * has a schema for it, what the schema makes of its JSON.
   */
  get body(): PartOf<Shape, 'body', Buffer> {
    if (this.entry.isStreamed) return this.#bodyRead() as PartOf<Shape, 'body', Buffer>
    const parts = this.#parts()
    if (parts.body === undefined) parts.body = native.requestBody(this.lo, this.hi)
    return (parts.body === ABSENT ? undefined : parts.body) as PartOf<Shape, 'body', Buffer>
  }

  /** What the route's schema of a form makes of its fields; `undefined` without one. */
  get fields(): PartOf<Shape, 'form', undefined> {
    return this.parts?.fields as PartOf<Shape, 'form', undefined>
  }

  /** Reads the content as UTF-8. Of a streaming route only after read(). */
  get text(): () => string {
    return () => this.#text()
  }

  /**
   * The content as it comes, each chunk a copy of its own. Nothing is read before it is asked for,
   * and the client is held back. Fails with a ContentError (413, 408, 400), or ERR_TRIVET_GONE.
   */
  get stream(): (options?: StreamOptions) => AsyncIterableIterator<Buffer> {
    return (options = {}) => new ContentIterator(this.#content(), options)
  }

  /** The content as a byte stream of the web, at its reader's pace. */
  get readable(): (options?: StreamOptions) => ReadableStream<Uint8Array> {
    return (options = {}) => readableOf(this.#content(), options)
  }

  /** Reads all that has not been read; after that, `body`, `text()` and `json()` have it. */
  get read(): (options?: StreamOptions) => Promise<Buffer> {
    return (options = {}) => {
      const content = this.#content()
      const isWhole = content.received === 0
      const reading = readAll(content, options).then((all) => {
        if (isWhole) this.#parts().body = all
        return all
      })
      reading.catch(() => undefined)
      return reading
    }
  }

  /**
   * Reads the content as a form, urlencoded or multipart; the limits of the first call hold. Fails
   * with a ContentError (413, 415, 408, 400), or ERR_TRIVET_GONE.
   */
  get form(): (options?: FormOptions) => Promise<Form> {
    return (options = {}) => {
      const parts = this.#parts()
      try {
        return (parts.form ??= new FormReading(this as Request, checkForm(options))).promise
      } catch (error) {
        return Promise.reject(error as Error)
      }
    }
  }

  /** The fields after the content, once that has been read to its end; none before. */
  get trailers(): FieldList {
    return new FieldList(native.requestTrailers(this.lo, this.hi))
  }

  /** Parses the content as JSON; what is none is answered with 400. */
  get json(): () => unknown {
    return () => {
      try {
        return JSON.parse(this.#text()) as unknown
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        throw new HttpError(400, 'the content is not JSON', { cause: error })
      }
    }
  }

  /** Method as received. */
  get method(): string {
    return native.requestMethod(this.lo, this.hi)
  }

  /** Path, percent-decoded. */
  get path(): string {
    return native.requestPath(this.lo, this.hi)
  }

  /** Request target as received. */
  get target(): string {
    return native.requestTarget(this.lo, this.hi)
  }

  /** The id that middleware has given; undefined where none is mounted. */
  get requestId(): string | undefined {
    return this.attribute('request_id')
  }

  /** The nonce of the answer's Content-Security-Policy, where it has one. */
  get nonce(): string | undefined {
    return this.attribute('nonce')
  }

  /** Who asks, as middleware has proven; undefined when nobody has. */
  get principal(): Principal | undefined {
    return principalOf((name) => this.attribute(name))
  }

  /** Who has sent it: the far end of the connection, or whom trusted proxies name. */
  get client(): Client {
    return clientOf(native.requestClient(this.lo, this.hi))
  }

  /** As the client speaks it. */
  get scheme(): 'http' | 'https' {
    return this.client.scheme
  }

  /** Host and port as the client asked for; may be empty. */
  get host(): string {
    return this.client.host
  }

  /**
   * What middleware of the engine has found out, by its name: `traceparent`, `trace_id`, `span_id`,
   * `parent_id`, `trace_flags`, `trace_state` and those above.
   */
  attribute(name: string): string | undefined {
    return native.requestAttribute(this.lo, this.hi, name)
  }

  /** Number of the request in its process, the one in log lines. */
  get id(): number {
    return native.requestId(this.lo, this.hi)
  }

  /**
   * The route that matched. Requests without one (404, 405, 413) reach hooks of the app and error
   * handlers only, which find `undefined`.
   */
  get route(): RouteInfo | undefined {
    return this.entry.info
  }

  /** An object of this request, for hooks and handler to share; made when it is first used. */
  get state(): State {
    return (this.#parts().state ??= {})
  }

  /**
   * Runs a function when the answer is on its way, in the order given. What fails there is logged;
   * a server that ends waits for it, as long as `shutdownTimeoutMs` lets it.
   */
  get background(): (task: BackgroundTask) => void {
    return (task) => {
      if (typeof task !== 'function') {
        throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, 'a background task is a function')
      }
      const parts = this.#parts()
      if (this.isAnswered) this.driver.background.start([task], labelOf(this.entry.info))
      else (parts.tasks ??= []).push(task)
    }
  }

  /** Builds the path of a named route, as App.urlFor() does. */
  get urlFor(): UrlFor {
    return this.driver.urlFor
  }

  /**
   * Aborted when the client goes before the answer, or the server ends without it; `reason` is a
   * TrivetError.
   */
  get signal(): AbortSignal {
    const parts = this.#parts()
    if (parts.controller === undefined) {
      const flags = native.requestFlags(this.lo, this.hi)
      parts.controller = new AbortController()
      this.driver.track(this as Request)
      if ((flags & REQUEST.GONE) !== 0) this.abort()
    }
    return parts.controller.signal
  }

  /** Whether an answer was given. */
  get isAnswered(): boolean {
    return this.lo === 0 && this.hi === 0
  }

  /** @internal The client has gone, or the loop has, and nobody can be answered. */
  abort(): void {
    const { parts } = this
    if (parts === undefined) return
    const reason = new TrivetError(STATUS.TRIVET_E_GONE)
    parts.isGone = true
    parts.controller?.abort(reason)
    parts.writer?.gone()
    parts.content?.fail(reason)
    parts.form?.fail(reason)
  }

  /** @internal Whether a handler was told that the client has gone. */
  get isAborted(): boolean {
    return this.parts?.isGone ?? false
  }

  /** @internal The driver finds the request by its handle from now on. */
  track(): Parts {
    const parts = this.#parts()
    parts.isTracked = true
    return parts
  }

  /** @internal Where parts are kept. */
  keepParts(): Parts {
    return this.#parts()
  }

  #content(): Content {
    return (this.#parts().content ??= new Content(this as Request))
  }

  #text(): string {
    if (this.entry.isStreamed) return this.#bodyRead().toString()
    return native.requestText(this.lo, this.hi)
  }

  #bodyRead(): Buffer {
    const body = this.parts?.body
    if (body !== undefined) return body as Buffer
    const detail = 'the route streams: read the content with request.read() or form()'
    throw new TrivetError(STATUS.TRIVET_E_STATE, detail)
  }

  #parts(): Parts {
    return (this.parts ??= new Parts())
  }
}

/** A request of any route, whatever its schemas make of its parts. */
export type AnyRequest = Request<unknown, any>

function readParams(request: Request<unknown>): Record<string, unknown> {
  const { lo, hi, entry } = request
  const result: Record<string, unknown> = {}
  for (let i = 0; i < entry.params.length; i++) {
    const { name, kind } = entry.params[i]!
    const text = native.requestParam(lo, hi, i)
    if (kind === 'text') result[name] = text
    else if (kind === 'uuid') result[name] = text.toLowerCase()
    else result[name] = entry.hasBigInts ? BigInt(text) : safeInteger(name, text)
  }
  return result
}

// Without a prototype, so that a parameter named __proto__ is one like any other.
function firstValues(flat: readonly string[]): Values {
  const result = Object.create(null) as Record<string, string | undefined>
  for (const [name, value] of pairs(flat)) result[name] ??= value
  return result
}

function allValues(flat: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const result = Object.create(null) as Record<string, string[]>
  for (const [name, value] of pairs(flat)) (result[name] ??= []).push(value)
  return result
}
