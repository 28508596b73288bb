/**
 * A client for tests: an app is served in this process, by the engine, without a port.
 *
 * ```ts
 * import { testClient } from 'trivet/testing'
 *
 * const client = await testClient(app)
 * const response = await client.get('/')
 * assert.deepEqual(await response.json(), { hello: 'world' })
 * await client.close()
 * ```
 */
import { Agent, request as sendRequest, type IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { App } from './app.js'
import { advance } from './lowlevel.js'
import { checkNames, type NamesOf } from './names.js'
import { native, type NativeApp } from './native.js'
import type { Server } from './server.js'
import { CookieJar } from './test_cookies.js'
import { EventReader, type ReceivedEvent } from './test_events.js'
import { headersOf, outgoing, type Outgoing, type TestRequestInit } from './test_request.js'

export type { ReceivedEvent } from './test_events.js'
export type { TestRequestInit } from './test_request.js'

export interface TestClientOptions {
  /**
   * Whether a request rejects with what a handler threw and nobody answered; true unless given.
   * Else it gets its 500.
   */
  readonly raiseErrors?: boolean
  /** Fields that every request has. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long nothing may come before a request fails; 30 seconds unless given. */
  readonly timeoutMs?: number
}

const OPTIONS: NamesOf<TestClientOptions> = { raiseErrors: true, headers: true, timeoutMs: true }

const GRACE_MS = 1000

/** Connections that the engine accepts from within the process. */
class InProcessAgent extends Agent {
  readonly #app: NativeApp

  constructor(app: NativeApp) {
    super({ keepAlive: true })
    this.#app = app
  }

  override createConnection(): Socket {
    return new Socket({ fd: native.appInject(this.#app), readable: true, writable: true })
  }
}

/** Serves an app, whose startup hooks have run when this settles. */
export async function testClient<Provided>(
  app: App<Provided>,
  options: TestClientOptions = {},
): Promise<TestClient<Provided>> {
  checkNames(options, OPTIONS, 'option of testClient()')
  const failures: unknown[] = []
  const server = await app.serveTest((error) => failures.push(error))
  return new TestClient(app, server, failures, options)
}

/** Sends requests to an app of this process; see testClient(). */
export class TestClient<Provided = unknown> {
  /** What handlers threw, nobody has answered, and no request has rejected with. */
  readonly failures: unknown[]
  readonly #app: App<Provided>
  readonly #server: Server
  readonly #agent: InProcessAgent
  readonly #options: TestClientOptions
  readonly #jar = new CookieJar()

  /** @internal */
  constructor(app: App<Provided>, server: Server, failures: unknown[], options: TestClientOptions) {
    this.#app = app
    this.#server = server
    this.failures = failures
    this.#options = options
    this.#agent = new InProcessAgent(app.native)
  }

  /** The cookies that answers have set and that are kept. */
  get cookies(): Record<string, string> {
    return this.#jar.all()
  }

  /** Keeps a cookie as if an answer had set it. */
  setCookie(name: string, value: string, path = '/'): void {
    this.#jar.set(name, value, path)
  }

  clearCookies(): void {
    this.#jar.clear()
  }

  get(path: string, init?: TestRequestInit): Promise<Response> {
    return this.request('GET', path, init)
  }

  head(path: string, init?: TestRequestInit): Promise<Response> {
    return this.request('HEAD', path, init)
  }

  options(path: string, init?: TestRequestInit): Promise<Response> {
    return this.request('OPTIONS', path, init)
  }

  post(path: string, init?: TestRequestInit): Promise<Response> {
    return this.request('POST', path, init)
  }

  put(path: string, init?: TestRequestInit): Promise<Response> {
    return this.request('PUT', path, init)
  }

  patch(path: string, init?: TestRequestInit): Promise<Response> {
    return this.request('PATCH', path, init)
  }

  delete(path: string, init?: TestRequestInit): Promise<Response> {
    return this.request('DELETE', path, init)
  }

  /** Sends a request and reads the answer to its end. */
  async request(method: string, path: string, init: TestRequestInit = {}): Promise<Response> {
    const message = await this.#open(method, path, init)
    const pieces: Buffer[] = []
    try {
      for await (const piece of message) pieces.push(piece as Buffer)
    } catch (error) {
      throw this.#failureOr(error)
    }
    const status = message.statusCode ?? 0
    const isEmpty = method === 'HEAD' || status === 204 || status === 205 || status === 304
    const body = isEmpty ? null : Buffer.concat(pieces)
    return new Response(body, { status, headers: headersOf(message) })
  }

  /** Sends a request; the answer is read while it comes. Close it, or read it to its end. */
  async stream(method: string, path: string, init: TestRequestInit = {}): Promise<ResponseStream> {
    const message = await this.#open(method, path, init)
    return new ResponseStream(message, (error) => this.#failureOr(error))
  }

  /** Reads Server-Sent Events. Close it: the client leaves. */
  async sse(
    path: string,
    init: Pick<TestRequestInit, 'query' | 'headers'> & { readonly lastEventId?: string } = {},
  ): Promise<ReceivedEvents> {
    const { lastEventId, headers = {}, ...others } = init
    const last = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }
    const accept = { Accept: 'text/event-stream' }
    const given = { ...others, headers: { ...accept, ...last, ...headers } }
    return new ReceivedEvents(await this.stream('GET', path, given))
  }

  /** Gives a value in the place of what the app provides by that name; what it gives ends that. */
  override<Name extends keyof Provided & string>(name: Name, value: Provided[Name]): () => void {
    return this.#app.override(name, value)
  }

  /**
   * Puts the app's clock forward: deadlines and heartbeats of the engine. JavaScript's own timers
   * are moved by `mock.timers` of node:test.
   */
  advance(milliseconds: number): void {
    advance(this.#app as App, milliseconds)
  }

  /** Leaves, drains, and runs the shutdown hooks. */
  async close(): Promise<void> {
    this.#agent.destroy()
    // Nobody waits for what still runs: a handler that never ends must not hold up a test.
    const hurry = setTimeout(() => void this.#server.close({ force: true }), GRACE_MS)
    try {
      await this.#server.close()
    } finally {
      clearTimeout(hurry)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #open(method: string, path: string, init: TestRequestInit): Promise<IncomingMessage> {
    const request = await outgoing(path, init)
    const message = await this.#send(method, request).catch((error: unknown) => {
      throw this.#failureOr(error)
    })
    this.#jar.take(headersOf(message).getSetCookie())
    const { raiseErrors = true } = this.#options
    if ((message.statusCode ?? 0) >= 500 && raiseErrors && this.failures.length > 0) {
      message.destroy()
      throw this.failures.shift()
    }
    return message
  }

  #failureOr(error: unknown): unknown {
    const { raiseErrors = true } = this.#options
    return raiseErrors && this.failures.length > 0 ? this.failures.shift() : error
  }

  async #send(method: string, { path, headers, body }: Outgoing): Promise<IncomingMessage> {
    const cookie = this.#jar.of(path.replace(/\?.*$/s, ''))
    const { timeoutMs = 30_000, headers: always = {} } = this.#options
    const request = sendRequest({
      agent: this.#agent,
      method,
      path,
      host: 'trivet.test',
      timeout: timeoutMs,
      headers: { ...(cookie === '' ? {} : { Cookie: cookie }), ...always, ...headers },
    })
    request.once('timeout', () => {
      const told = `nothing came for ${String(timeoutMs)} ms: does the handler answer?`
      request.destroy(new Error(told))
    })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      request.once('error', reject)
    })
    if (body === undefined || body instanceof Uint8Array) {
      request.end(body)
    } else {
      // The answer may come before all was sent, and says what is wrong.
      pipeline(Readable.from(body), request).catch(() => undefined)
    }
    return answered
  }
}

/** An answer that is read while it comes: iterate over its pieces. */
export class ResponseStream {
  readonly status: number
  readonly headers: Headers
  readonly #message: IncomingMessage
  readonly #explain: (error: unknown) => unknown

  /** @internal */
  constructor(message: IncomingMessage, explain: (error: unknown) => unknown) {
    this.status = message.statusCode ?? 0
    this.headers = headersOf(message)
    this.#message = message
    this.#explain = explain
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const piece of this.#message) yield piece as Buffer
    } catch (error) {
      throw this.#explain(error)
    }
  }

  /** Leaves. */
  close(): void {
    this.#message.destroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }
}

/** The events of an answer: iterate over them, or ask for the next one. */
export class ReceivedEvents {
  readonly status: number
  readonly headers: Headers
  readonly #stream: ResponseStream
  readonly #reader = new EventReader()
  readonly #pieces: AsyncIterator<Uint8Array>
  #waiting: ReceivedEvent[] = []

  /** @internal */
  constructor(stream: ResponseStream) {
    this.status = stream.status
    this.headers = stream.headers
    this.#stream = stream
    this.#pieces = stream[Symbol.asyncIterator]()
  }

  /** The comments so far: what heartbeats are. */
  get comments(): readonly string[] {
    return this.#reader.comments
  }

  /** The next event; undefined at the end. */
  async next(): Promise<ReceivedEvent | undefined> {
    while (this.#waiting.length === 0) {
      const { done = false, value } = await this.#pieces.next()
      if (done) return undefined
      this.#waiting = this.#reader.feed(value as Uint8Array)
    }
    return this.#waiting.shift()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReceivedEvent, void, undefined> {
    for (let event = await this.next(); event !== undefined; event = await this.next()) yield event
  }

  /** Leaves. */
  close(): void {
    this.#stream.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }
}
