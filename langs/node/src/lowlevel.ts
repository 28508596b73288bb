/**
 * The C ABI as it is, for those who build on the engine: loops turned by hand, timers, watches,
 * answers by handle. Handlers and App.listen() need none of it.
 */
import { LOOP, STATUS, TrivetError } from './abi_gen.js'
import type { App } from './app.js'
import { Driver } from './driver.js'
import { check } from './errors.js'
import { pairs } from './fields.js'
import {
  native,
  type LoopInfo,
  type LoopStats,
  type NativeConfig,
  type NativeRoute,
} from './native.js'
import type { AnyRequest, Listener, Request } from './request.js'

export {
  ABI_VERSION,
  CONTENT,
  ENGINE,
  EVENT,
  LENGTH,
  LOG,
  LOOP,
  POST,
  PROFILE,
  READY,
  REQUEST,
  ROUTE,
  SSE_EVENT,
  SSE_HUB,
  SSE_POLICY,
  STATE,
  STATUS,
  WATCH,
} from './abi_gen.js'
export * as reply from './lowlevel_reply.js'
export * as sse from './lowlevel_sse.js'
export type { Listener } from './request.js'
export type { LoopInfo, LoopStats, NativeConfig, NativeRoute } from './native.js'

/** Version of the engine, for example 0.1.0. */
export const version = (): string => native.version()
/** major * 10000 + minor * 100 + patch */
export const abiVersion = (): number => native.abiVersion()
/** For example TRIVET_E_STALE; empty for a number that is no status. */
export const statusName = (status: number): string => native.statusName(status)

/** The handle of an unanswered request, for answers packed for Loop.post(). */
export function handleOf(request: AnyRequest): bigint {
  return (BigInt(request.hi >>> 0) << 32n) | BigInt(request.lo >>> 0)
}

/** First query parameter of a name, decoded, without decoding the others into objects. */
export function findQuery(request: AnyRequest, name: string): string | undefined {
  return native.requestQuery(request.lo, request.hi, name)
}

/** First cookie of a name. */
export function findCookie(request: AnyRequest, name: string): string | undefined {
  return native.requestCookie(request.lo, request.hi, name)
}

/** HTTP version of a request: 10 or 11. */
export function httpVersion(request: AnyRequest): number {
  return native.requestVersion(request.lo, request.hi)
}

/** Flags of a request, of REQUEST. */
export function requestFlags(request: AnyRequest): number {
  return native.requestFlags(request.lo, request.hi)
}

/** Status with which the engine would refuse a request: 400, 404, 405, 413, 415, or 0. */
export function refusalOf(request: AnyRequest): number {
  return native.requestRefusal(request.lo, request.hi)
}

/** What the engine knows of the route that matched; `undefined` when none did. */
export function routeOf(request: AnyRequest): NativeRoute | undefined {
  return native.requestRoute(request.lo, request.hi)
}

/** Keeps a value with the engine's request until that ends; the one before is let go. */
export function setData(request: AnyRequest, data: unknown): void {
  native.requestSetData(request.lo, request.hi, data)
}

/** The value that is kept with the engine's request. */
export function getData(request: AnyRequest): unknown {
  return native.requestGetData(request.lo, request.hi)
}

/**
 * What has come of the content; empty at its end. Fails with ERR_TRIVET_AGAIN when nothing has come
 * yet: onReady() tells when to ask again.
 */
export function readContent(request: AnyRequest): Buffer {
  const got = native.requestRead(request.lo, request.hi)
  if (typeof got !== 'number') return got
  check(got)
  return Buffer.alloc(0)
}

/** The fields after the content, once that has been read to its end. */
export function trailersOf(request: AnyRequest): [string, string][] {
  return pairs(native.requestTrailers(request.lo, request.hi))
}

/**
 * Has a request's events of the turns told: READABLE, WRITABLE, GONE, FORM, and CONTENT with its
 * bytes.
 * Once more replaces the listener.
 */
export function onReady(request: AnyRequest, listener: Listener): void {
  if (request.isAnswered) throw new TrivetError(STATUS.TRIVET_E_STALE)
  request.driver.track(request as Request).listener = listener
}

/** The configuration of an app as it is now: code over environment over trivet.toml. */
export function configOf(app: App): NativeConfig {
  return native.appConfig(app.native)
}

/** With how many workers and threads the app is to be served; Node has one thread. */
export function concurrencyOf(app: App): { workers: number; threads: number } {
  return native.appConcurrency(app.native)
}

/**
 * The descriptor of a client's connection to a loop of the app that was made with LOOP.TEST;
 * whoever asked closes it.
 */
export function inject(app: App): number {
  return native.appInject(app.native)
}

/** Puts the clock of an app's loops that were made with LOOP.TEST forward. */
export function advance(app: App, milliseconds: number): void {
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) {
    const detail = `a number of milliseconds, not ${String(milliseconds)}`
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
  }
  native.appAdvance(app.native, milliseconds)
}

/** Number of routes that the engine has. */
export function routeCount(app: App): number {
  return native.appRouteCount(app.native)
}

/** What the engine knows of a route by its number, from 0. */
export function routeAt(app: App, index: number): NativeRoute {
  return native.appGetRoute(app.native, index)
}

/** Runs an app as a program (trivet_app_main), blocking; the app is gone afterwards. */
export function main(app: App, argv: readonly string[]): number {
  return native.appMain(app.native, argv)
}

export interface LoopOptions {
  /** No listener: timers, watches and wake-ups only. */
  readonly isUnbound?: boolean
  /** Accepts from start() on, not at once. */
  readonly isDeferred?: boolean
  readonly reusePort?: boolean
  readonly host?: string
  readonly port?: number
  readonly listenFd?: number
}

/** A loop that is turned by hand, or by libuv after attach(). Only for the thread that made it. */
export class Loop {
  readonly #driver: Driver
  #isDrained = false

  constructor(app: App, options?: LoopOptions)
  /** @internal */
  constructor(driver: Driver)
  constructor(from: App | Driver, options: LoopOptions = {}) {
    if (from instanceof Driver) {
      this.#driver = from
      return
    }
    const unbound = options.isUnbound === true ? LOOP.UNBOUND : 0
    const deferred = options.isDeferred === true ? LOOP.DEFERRED : 0
    const reuse = options.reusePort === true ? LOOP.REUSE_PORT : 0
    this.#driver = new Driver(from.registry, {
      flags: unbound | deferred | reuse,
      host: options.host,
      port: options.port ?? 0,
      listenFd: options.listenFd ?? -1,
      controlFd: -1,
    })
    this.#driver.onDrained = () => {
      this.#isDrained = true
    }
  }

  /** The loop that delivered a request. */
  static of(request: AnyRequest): Loop {
    return new Loop(request.driver)
  }

  /** Waits in the kernel and runs nothing; blocks the thread. Negative waits without limit. */
  wait(timeoutMs: number): void {
    native.loopWait(this.#driver.loop, timeoutMs)
  }

  /** One turn: waits, then serves what came. Gives the number of events. */
  turn(timeoutMs: number): number {
    return this.#driver.turn(timeoutMs)
  }

  /** Turns until the loop is drained, blocking, without handlers: for unbound loops. */
  run(): void {
    this.#driver.checkIdle()
    native.loopRun(this.#driver.loop)
    this.#isDrained = true
  }

  /** Begins to accept, for a loop that was made deferred. */
  start(): void {
    native.loopStart(this.#driver.loop)
  }

  /** Lets libuv turn the loop; it keeps the process alive until detach(), unref() or free(). */
  attach(): void {
    native.loopAttach(this.#driver.loop)
  }

  detach(): void {
    native.loopDetach(this.#driver.loop)
  }

  ref(): void {
    native.loopSetReferenced(this.#driver.loop, true)
  }

  unref(): void {
    native.loopSetReferenced(this.#driver.loop, false)
  }

  flush(): void {
    native.loopFlush(this.#driver.loop)
  }

  /** Polls readable when a turn has something to do. Only poll it. */
  get fd(): number {
    return native.loopFd(this.#driver.loop)
  }

  /** Milliseconds until the next timer; 0 when one is due, -1 when there is none. */
  get deadline(): number {
    return native.loopDeadline(this.#driver.loop)
  }

  wake(): void {
    native.loopWake(this.#driver.loop)
  }

  drain(): void {
    native.loopDrain(this.#driver.loop)
  }

  get isDrained(): boolean {
    return this.#isDrained
  }

  info(): LoopInfo {
    return native.loopInfo(this.#driver.loop)
  }

  stats(): LoopStats {
    return native.loopStats(this.#driver.loop)
  }

  banner(runtime: string): void {
    native.loopBanner(this.#driver.loop, runtime)
  }

  /** Watches a descriptor, level-triggered; interest 0 ends the watch. `ready` is of WATCH. */
  watch(fd: number, interest: number, onReady?: (ready: number) => void): void {
    this.#driver.watch(fd, interest, onReady)
  }

  /** Calls back once after a delay, in the turn that finds it due. */
  startTimer(delayMs: number, callback: () => void): bigint {
    if (!Number.isInteger(delayMs) || delayMs < 0) {
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, 'the delay is a whole number from 0')
    }
    return this.#driver.startTimer(delayMs, callback)
  }

  /** Fails with ERR_TRIVET_STALE for a timer that fired or was cancelled. */
  cancelTimer(timer: bigint): void {
    this.#driver.cancelTimer(timer)
  }

  /** Hands over packed answers (trivet_reply_record); the loop answers at its next turn. */
  post(records: Uint8Array): void {
    native.loopPost(this.#driver.loop, records)
  }

  free(): void {
    this.#driver.close()
  }
}
