import { LOOP, STATE } from './abi_gen.js'
import { Driver } from './driver.js'
import type { Lifecycle } from './lifecycle.js'
import { native, type LoopInfo, type LoopStats } from './native.js'
import type { Registry } from './registry.js'
import { watchSignals } from './signals.js'

export interface ServeConfig {
  readonly host: string
  readonly port: number
  readonly reusePort: boolean
  /** Host and port are the app's configuration, which socket activation may serve. */
  readonly isConfigured: boolean
  readonly listenFd: number
  /** The channel to the supervisor, or -1. */
  readonly controlFd: number
  readonly shutdownTimeoutMs: number
  readonly banner: boolean
  readonly signals: boolean
  /** Whether the process ends after a drain that it did not ask for itself. */
  readonly endsProcess: boolean
}

/** Binds the listener, runs the startup hooks and accepts. */
export async function serve(
  registry: Registry,
  lifecycle: Lifecycle,
  config: ServeConfig,
): Promise<Server> {
  const driver = new Driver(registry, {
    flags:
      LOOP.DEFERRED |
      (config.reusePort ? LOOP.REUSE_PORT : 0) |
      (config.isConfigured ? LOOP.CONFIGURED : 0),
    host: config.host,
    port: config.port,
    listenFd: config.listenFd,
    controlFd: config.controlFd,
  })
  const server = new Server(driver, lifecycle, config)
  await server.start()
  return server
}

/** Serves without a listener: connections come from the process itself. */
export async function serveTest(
  registry: Registry,
  lifecycle: Lifecycle,
  shutdownTimeoutMs: number,
  onFailure: (error: unknown) => void,
): Promise<Server> {
  const place = { host: '', port: 0, listenFd: -1, controlFd: -1 }
  const driver = new Driver(registry, { ...place, flags: LOOP.DEFERRED | LOOP.TEST })
  driver.onFailure = onFailure
  const server = new Server(driver, lifecycle, {
    ...place,
    reusePort: false,
    isConfigured: false,
    shutdownTimeoutMs,
    banner: false,
    signals: false,
    endsProcess: false,
  })
  await server.start()
  return server
}

/** A listening loop, as App.listen() gives it. It keeps the process alive until it is closed. */
export class Server {
  /** Settles when the drain is complete and the shutdown hooks have run. */
  readonly closed: Promise<void>
  readonly #driver: Driver
  readonly #info: LoopInfo
  readonly #lifecycle: Lifecycle
  readonly #config: ServeConfig
  #phase: 'starting' | 'serving' | 'stopping' = 'starting'
  #isClosing = false
  #isDraining = false
  #isDrained = false
  #isForced = false
  /** When the drain began, as far as it was asked for here. */
  #drainedFrom: number | undefined
  /** Whether close() was to end what is in flight. */
  #isHurried = false
  #hasClosed: () => void = () => undefined
  #unwatch: () => void = () => undefined

  /** @internal */
  constructor(driver: Driver, lifecycle: Lifecycle, config: ServeConfig) {
    this.#driver = driver
    this.#lifecycle = lifecycle
    this.#config = config
    this.#info = native.loopInfo(driver.loop)
    this.closed = new Promise((resolve) => (this.#hasClosed = resolve))
    driver.onDrained = () => {
      this.#isDrained = true
      if (this.#phase === 'serving') void this.#stop()
    }
  }

  /** @internal The loop is driven from here on: a supervisor may ask for the drain at any time. */
  async start(): Promise<void> {
    const { loop } = this.#driver
    const { banner, signals, controlFd } = this.#config
    native.loopAttach(loop)
    native.loopSetReferenced(loop, false)
    // A terminal's Ctrl-C reaches the supervisor as well, which drains its workers.
    if (signals && controlFd >= 0) watchSignals(['SIGINT'], () => undefined)
    try {
      await this.#lifecycle.start((level, message) => {
        this.#driver.log(level, message)
      })
      // Signals are watched before anybody is told that there is something to end.
      if (signals) this.#watch(controlFd >= 0 ? ['SIGTERM'] : ['SIGTERM', 'SIGINT'])
      if (banner) native.loopBanner(loop, `Node ${process.versions.node}`)
      if (!this.#isDrained) native.loopStart(loop)
    } catch (error) {
      this.#unwatch()
      this.#driver.close()
      throw error
    }
    this.#phase = 'serving'
    if (this.#isDrained) void this.#stop()
    else native.loopSetReferenced(loop, true)
  }

  get host(): string {
    return this.#info.host
  }

  get port(): number {
    return this.#info.port
  }

  /** `io_uring` or `epoll`. */
  get engine(): string {
    return this.#info.engine
  }

  get engineReason(): string {
    return this.#info.engineReason
  }

  /** `http://127.0.0.1:8000/`, or `https:` with TLS; of a Unix socket its `unix:/path`. */
  get url(): string {
    if (this.host.startsWith('unix:')) return this.host
    const host = this.host.includes(':') ? `[${this.host}]` : this.host
    return `${this.#info.isSecured ? 'https' : 'http'}://${host}:${String(this.port)}/`
  }

  info(): LoopInfo {
    return native.loopInfo(this.#driver.loop)
  }

  stats(): LoopStats {
    return native.loopStats(this.#driver.loop)
  }

  /**
   * Stops accepting, finishes what is in flight, runs the shutdown hooks and settles when that is
   * done; `force` ends what is in flight now. A second call waits for the same end.
   */
  close(options: { readonly force?: boolean } = {}): Promise<void> {
    this.#isClosing = true
    this.#isHurried ||= options.force ?? false
    this.#drain(options.force ?? false)
    return this.closed
  }

  /** Lets the process end although the server listens. */
  unref(): this {
    if (!this.#driver.isClosed) native.loopSetReferenced(this.#driver.loop, false)
    return this
  }

  ref(): this {
    if (!this.#driver.isClosed) native.loopSetReferenced(this.#driver.loop, true)
    return this
  }

  /** A second drain would force the end, whoever asked for the first. */
  #drain(isForced: boolean): void {
    if (this.#isDrained) return
    const { loop } = this.#driver
    this.#isDraining ||= native.loopInfo(loop).state !== STATE.SERVING
    this.#drainedFrom ??= Date.now()
    if (!this.#isDraining) native.loopDrain(loop)
    if (isForced) native.loopDrain(loop)
    this.#isDraining = true
  }

  /** The second signal ends the process: at once when only shutdown hooks are left. */
  #watch(signals: readonly NodeJS.Signals[]): void {
    this.#unwatch = watchSignals(signals, (count) => {
      this.#isForced = count > 1
      if (this.#isForced && this.#isDrained) process.exit()
      this.#drain(this.#isForced)
    })
  }

  async #stop(): Promise<void> {
    this.#phase = 'stopping'
    const sinceDrain = Date.now() - (this.#drainedFrom ?? Date.now())
    const left =
      this.#isForced || this.#isHurried
        ? 0
        : Math.max(0, this.#config.shutdownTimeoutMs - sinceDrain)
    await this.#driver.background.drain(left)
    await this.#lifecycle.stop((level, message) => {
      this.#driver.log(level, message)
    })
    this.#unwatch()
    this.#driver.close()
    this.#hasClosed()
    // What the program left behind (a timer, a socket) must not hold up a worker's end, nor a
    // forced one.
    const ends = this.#config.endsProcess && !this.#isClosing
    if (ends || this.#isForced) setImmediate(() => process.exit())
  }
}
