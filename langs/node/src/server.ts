import { Driver } from './driver.js'
import { native, type LoopInfo, type LoopStats } from './native.js'
import { watchSignals } from './signals.js'

/** A listening loop, as App.listen() gives it. It keeps the process alive until it is closed. */
export class Server {
  /** Settles when the drain is complete. */
  readonly closed: Promise<void>
  readonly #driver: Driver
  readonly #info: LoopInfo
  #isDraining = false

  /** @internal */
  constructor(driver: Driver, hasSignals: boolean) {
    this.#driver = driver
    native.loopStart(driver.loop)
    this.#info = native.loopInfo(driver.loop)
    const unwatch = hasSignals ? watchSignals(() => native.loopDrain(driver.loop)) : undefined
    this.closed = new Promise((resolve) => {
      driver.onDrained = () => {
        unwatch?.()
        driver.close()
        resolve()
      }
    })
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

  get url(): string {
    const host = this.host.includes(':') ? `[${this.host}]` : this.host
    return `http://${host}:${String(this.port)}/`
  }

  info(): LoopInfo {
    return native.loopInfo(this.#driver.loop)
  }

  stats(): LoopStats {
    return native.loopStats(this.#driver.loop)
  }

  /**
   * Stops accepting, finishes what is in flight and settles when that is done; `force` ends it
   * now. A second call waits for the same end.
   */
  close(options: { readonly force?: boolean } = {}): Promise<void> {
    if (this.#driver.isClosed) return this.closed
    if (!this.#isDraining) native.loopDrain(this.#driver.loop)
    this.#isDraining = true
    if (options.force === true) native.loopDrain(this.#driver.loop)
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
}
