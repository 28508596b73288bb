import { EVENT, STATUS, TrivetError } from './abi_gen.js'
import { fail, settle } from './answer.js'
import { Background } from './background.js'
import { Batch, EVENT_START, EVENT_STEP } from './batch.js'
import type { ErrorMap } from './error_map.js'
import { native, type NativeApp, type NativeLoop } from './native.js'
import type { Registry } from './registry.js'
import type { Events } from './reply.js'
import { Request, type Parts } from './request.js'
import { labelOf, type Route } from './route.js'
import { Scope } from './scope.js'
import type { UrlFor } from './urls.js'

/** Kinds of events that the addon adds; native/loop.h has the same numbers. */
const EVENT_TIMER = 0x100
const EVENT_FAILURE = 0x101
const EVENT_REFUSAL = 0x102

export interface DriverConfig {
  readonly flags: number
  readonly host: string | undefined
  readonly port: number
  readonly listenFd: number
  readonly controlFd: number
}

interface Timer {
  readonly timer: bigint
  readonly callback: () => void
}

/**
 * One loop of the engine and its way into the handlers: the addon calls #turn once for all events
 * of a turn, and every answer goes through send() or a call of its own.
 */
export class Driver {
  /** Loops of this thread that are not freed. */
  static openCount = 0
  readonly loop: NativeLoop
  readonly errors: ErrorMap
  readonly urlFor: UrlFor
  readonly background = new Background((level, message) => {
    this.log(level, message)
  })
  /** Called when the drain is complete; the loop is freed then. */
  onDrained: () => void = () => undefined
  /** Told of every error that nobody has expected, before it is answered. */
  onFailure: ((error: unknown) => void) | undefined
  readonly #timers = new Map<number, Timer>()
  readonly #timerIds = new Map<bigint, number>()
  readonly #watches = new Map<number, (ready: number) => void>()
  #timerCount = 0
  readonly #app: NativeApp
  readonly #routes: readonly Route[]
  readonly #batch = new Batch()
  readonly #scope = new Scope()
  readonly #onTurn = (count: number): void => {
    this.#turn(count)
  }
  readonly #tracked = new Map<string, Request>()
  #isClosed = false
  #isDelivering = false

  /** Freezes the app. */
  constructor(registry: Registry, config: DriverConfig) {
    registry.freeze()
    this.#app = registry.native
    this.#routes = registry.routes
    this.errors = registry.errors
    this.urlFor = registry.urlFor
    this.loop = native.loopNew(
      registry.native,
      config.flags,
      config.host,
      config.port,
      config.listenFd,
      config.controlFd,
      this.#batch.memory,
      this.#scope.resource,
      this.#onTurn,
    )
    Driver.openCount += 1
  }

  /** Whether the loop is freed; every call on it fails from then on. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Turns the loop by hand; an attached one is turned by libuv. Gives the number of events. */
  turn(timeoutMs: number): number {
    this.checkIdle()
    const count = native.loopTurn(this.loop, timeoutMs)
    this.#turn(count)
    if (!this.#isClosed) native.loopReplay(this.loop)
    return count
  }

  /** A turn within a handler would overwrite the events of the present one. */
  checkIdle(): void {
    if (this.#isDelivering) throw new TrivetError(STATUS.TRIVET_E_STATE, 'a handler is running')
  }

  /** Answers a request without header fields. */
  send(request: Request, status: number, content: number, body: string | Uint8Array): void {
    const { lo, hi } = request
    this.finish(request)
    if (this.#isClosed) return
    const isPacked =
      typeof body === 'string'
        ? this.#batch.text(this.loop, lo, hi, status, content, body)
        : this.#batch.bytes(this.loop, lo, hi, status, content, body)
    if (isPacked) return
    const code = native.replySend(lo, hi, status, content, [], body)
    if (code === STATUS.TRIVET_E_MEMORY)
      native.replyFail(lo, hi, 'out of memory for the answer', '')
  }

  /** Marks a request as answered. */
  finish(request: Request): void {
    const { parts } = request
    if (parts?.isTracked === true) this.#tracked.delete(key(request.lo, request.hi))
    request.lo = 0
    request.hi = 0
    if (parts === undefined) return
    parts.content?.fail(new TrivetError(STATUS.TRIVET_E_STALE))
    parts.form?.fail(new TrivetError(STATUS.TRIVET_E_STALE))
    if (parts.owned !== undefined || parts.tasks !== undefined) this.#conclude(request, parts)
  }

  /** Tells the request what happens to it: there is content, or room, or the client goes. */
  track(request: Request): Parts {
    const parts = request.parts
    if (parts?.isTracked === true) return parts
    this.#tracked.set(key(request.lo, request.hi), request)
    return request.track()
  }

  /** Begins an answer in pieces; a negative length is none. Gives the ABI's status. */
  begin(
    request: Request,
    status: number,
    content: number,
    fields: readonly string[],
    length: number,
  ): number {
    const { lo, hi } = request
    if (this.#isClosed) return STATUS.TRIVET_E_STALE
    if (fields.length > 0) return native.replyBegin(lo, hi, status, content, fields, length)
    this.#batch.begin(this.loop, lo, hi, status, content, length)
    return STATUS.TRIVET_OK
  }

  /** Begins an answer of events. Gives the ABI's status. */
  beginEvents(request: Request, events: Events, fields: readonly string[]): number {
    const { lo, hi } = request
    if (this.#isClosed) return STATUS.TRIVET_E_STALE
    return native.sseBegin(lo, hi, events.heartbeatMs, events.retryMs, fields)
  }

  /** Packs a small piece; a refusal comes as an event. Gives its bytes. */
  pack(request: Request, piece: string | Uint8Array): number {
    const { lo, hi } = request
    return this.#isClosed ? 0 : this.#batch.piece(this.loop, lo, hi, piece)
  }

  /** Writes a piece: 1 when the writer should wait for room, else the ABI's status. */
  write(request: Request, piece: Uint8Array): number {
    const { lo, hi } = request
    if (this.#isClosed) return STATUS.TRIVET_E_STALE
    this.#batch.flush(this.loop)
    return native.replyWrite(lo, hi, piece)
  }

  /** Ends an answer in pieces, unless the trailers are refused. Gives the ABI's status. */
  end(request: Request, trailers: readonly string[]): number {
    const { lo, hi } = request
    if (this.#isClosed) return STATUS.TRIVET_E_STALE
    if (trailers.length === 0) {
      this.#batch.end(this.loop, lo, hi)
    } else {
      this.#batch.flush(this.loop)
      const code = native.replyEnd(lo, hi, trailers)
      if (code === STATUS.TRIVET_E_HEADER) return code
    }
    this.finish(request)
    return STATUS.TRIVET_OK
  }

  /** Gives an answer up: its client has gone. */
  abort(request: Request): void {
    const { lo, hi } = request
    if (!this.#isClosed) {
      this.#batch.flush(this.loop)
      native.replyAbort(lo, hi)
    }
    this.finish(request)
  }

  /** Breaks an answer off in the middle, with a line in the log. */
  breakOff(request: Request, cause: string): void {
    const { lo, hi } = request
    if (!this.#isClosed) {
      this.#batch.flush(this.loop)
      native.replyFail(lo, hi, cause, '')
    }
    this.finish(request)
  }

  /** Calls back once after a delay. Ids wrap after 2^31 timers. */
  startTimer(delayMs: number, callback: () => void): bigint {
    this.#timerCount = (this.#timerCount + 1) & 0x7fffffff
    const id = this.#timerCount
    const timer = native.loopTimerStart(this.loop, delayMs, id)
    this.#timers.set(id, { timer, callback })
    this.#timerIds.set(timer, id)
    return timer
  }

  cancelTimer(timer: bigint): void {
    native.loopTimerCancel(this.loop, timer)
    this.#takeTimer(this.#timerIds.get(timer) ?? 0)
  }

  #takeTimer(id: number): Timer | undefined {
    const timer = this.#timers.get(id)
    if (timer === undefined) return undefined
    this.#timers.delete(id)
    this.#timerIds.delete(timer.timer)
    return timer
  }

  watch(fd: number, interest: number, onReady: ((ready: number) => void) | undefined): void {
    native.loopWatch(this.loop, fd, interest)
    if (interest === 0 || onReady === undefined) this.#watches.delete(fd)
    else this.#watches.set(fd, onReady)
  }

  log(level: number, message: string): void {
    native.appLog(this.#app, level, message)
  }

  /** Frees the loop; its requests are stale from then on. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    Driver.openCount -= 1
    native.loopFree(this.loop)
    this.#timers.clear()
    this.#timerIds.clear()
    this.#watches.clear()
    const left = [...this.#tracked.values()]
    this.#tracked.clear()
    for (const request of left) request.abort()
  }

  #turn(count: number): void {
    const { words } = this.#batch
    const end = EVENT_START + count * EVENT_STEP
    this.#isDelivering = true
    for (let at = EVENT_START; at < end; at += EVENT_STEP) {
      const kind = words[at]!
      if (kind === EVENT.REQUEST) {
        this.#serve(words[at + 1]!, words[at + 2]!, words[at + 3]!)
      } else {
        this.#dispatch(kind, words[at + 1]!, words[at + 2]!, words[at + 3]!, at)
      }
    }
    this.#isDelivering = false
  }

  /** What concerns one request. */
  #tell(kind: number, status: number, lo: number, hi: number, at: number): void {
    const request = this.#tracked.get(key(lo, hi))
    const parts = request?.parts
    if (request === undefined || parts === undefined) return
    const { listener, content, form, writer } = parts
    if (listener !== undefined) {
      guard(() => {
        const bytes =
          kind === EVENT.CONTENT && status === 0
            ? native.loopContent(this.loop, (at - EVENT_START) / EVENT_STEP)
            : undefined
        const hasStatus = kind === EVENT.CONTENT || kind === EVENT.WRITABLE || kind === EVENT.FORM
        listener(kind, hasStatus ? status : 0, bytes)
      })
    }
    if (kind === EVENT.GONE) request.abort()
    else if (kind === EVENT.READABLE) {
      content?.readable()
      form?.readable()
    } else if (kind === EVENT.WRITABLE) writer?.writable()
    else if (kind === EVENT_REFUSAL) writer?.refused(status)
  }

  #serve(index: number, lo: number, hi: number): void {
    const route = this.#routes[index]!
    const { Own } = route
    const request =
      Own === undefined ? new Request(lo, hi, route, this) : new Own(lo, hi, route, this)
    this.#scope.run(answerRequest, request as Request)
  }

  /** The request has its answer: what it was provided with ends, and its tasks begin. */
  #conclude(request: Request, parts: Parts): void {
    const { owned, tasks } = parts
    parts.owned = undefined
    parts.tasks = undefined
    if (owned !== undefined)
      this.background.follow(owned.end((level, line) => this.log(level, line)))
    if (tasks !== undefined) this.background.start(tasks, labelOf(request.entry.info))
  }

  #dispatch(kind: number, first: number, lo: number, hi: number, at: number): void {
    switch (kind) {
      case EVENT.GONE:
      case EVENT.READABLE:
      case EVENT.WRITABLE:
      case EVENT.CONTENT:
      case EVENT.FORM:
      case EVENT_REFUSAL:
        this.#tell(kind, first, lo, hi, at)
        break
      case EVENT.WATCH: {
        const onReady = this.#watches.get(first)
        if (onReady !== undefined) guard(() => onReady(lo))
        break
      }
      case EVENT.DRAINED:
        this.onDrained()
        break
      case EVENT_TIMER: {
        const timer = this.#takeTimer(first)
        if (timer !== undefined) guard(timer.callback)
        break
      }
      case EVENT_FAILURE:
        guard(() => {
          throw new TrivetError(first, 'the loop has stopped')
        })
    }
  }
}

/** What gives the pieces of an answer runs in the handler's context, too: it is settled there. */
function answerRequest(request: Request): void {
  try {
    const { handler } = request.entry
    settle(request, handler(request))
  } catch (error) {
    fail(request, error)
  }
}

/** An exception of a callback is uncaught, as that of any timer is; the batch goes on. */
function guard(callback: () => void): void {
  try {
    callback()
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}

function key(lo: number, hi: number): string {
  return `${String(lo)}:${String(hi)}`
}
