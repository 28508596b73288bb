import { LOOP, STATUS, TrivetError } from './abi_gen.js'
import { Driver } from './driver.js'
import { native, type NativeApp } from './native.js'
import { logLevel, nativeConfig, type AppOptions, type LogLevel } from './options.js'
import { paramsOf } from './params.js'
import { checkStatus } from './reply.js'
import { callSite, type Handler, type Route, type RouteOptions } from './route.js'
import { Server } from './server.js'
import { explainUncaught } from './signals.js'

export interface ListenOptions extends AppOptions {
  /** 0 lets the kernel choose; TRIVET_PORT, else 8000, unless given. */
  readonly port?: number
  /** An IPv4 or IPv6 address or `localhost`; TRIVET_HOST, else 127.0.0.1, unless given. */
  readonly host?: string
  /** SO_REUSEPORT, for several loops on one port, each in a worker thread or process. */
  readonly reusePort?: boolean
  /** An already listening socket to take over. */
  readonly listenFd?: number
  /** Drain on SIGTERM and SIGINT; true unless given, and only in the main thread. */
  readonly signals?: boolean
  /** Print the banner; true unless given. */
  readonly banner?: boolean
}

/** Registers handlers for a method: `(pattern, handler)` or `(pattern, options, handler)`. */
interface Register<Self> {
  <const Pattern extends string>(pattern: Pattern, handler: Handler<Pattern>): Self
  <const Pattern extends string, const Options extends RouteOptions>(
    pattern: Pattern,
    options: Options,
    handler: Handler<Pattern, Options>,
  ): Self
}

/** Routes and configuration. Both are frozen by the first listen(). */
export class App {
  /** @internal */
  readonly native: NativeApp
  /** @internal */
  readonly routes: Route[] = []
  readonly #options: AppOptions

  /** Fails with ERR_TRIVET_ARGUMENT for an option out of range. */
  constructor(options: AppOptions = {}) {
    this.native = native.appNew()
    this.#options = options
    native.appConfigure(this.native, nativeConfig(options))
  }

  readonly get: Register<this> = this.#method('GET')
  readonly head: Register<this> = this.#method('HEAD')
  readonly post: Register<this> = this.#method('POST')
  readonly put: Register<this> = this.#method('PUT')
  readonly patch: Register<this> = this.#method('PATCH')
  readonly delete: Register<this> = this.#method('DELETE')
  readonly options: Register<this> = this.#method('OPTIONS')
  /** Every method that has no route of its own. */
  readonly all: Register<this> = this.#method('*')

  /**
   * Adds a route. GET answers HEAD as well; OPTIONS, 404 and 405 are the engine's. Fails with
   * ERR_TRIVET_PATTERN, ERR_TRIVET_CONFLICT, or ERR_TRIVET_STATE after listen().
   */
  route<const Pattern extends string>(
    method: string,
    pattern: Pattern,
    handler: Handler<Pattern>,
  ): this
  route<const Pattern extends string, const Options extends RouteOptions>(
    method: string,
    pattern: Pattern,
    options: Options,
    handler: Handler<Pattern, Options>,
  ): this
  route(method: string, pattern: string, second: unknown, third?: unknown): this {
    return this.#add(method, pattern, second, third, this.route)
  }

  /** Writes a line to the app's log, standard error. */
  log(level: Exclude<LogLevel, 'off'>, message: string): void {
    native.appLog(this.native, logLevel(level), message)
  }

  /**
   * Listens and serves; settles when the socket accepts. Rejects with a TrivetError, for example
   * ERR_TRIVET_ADDRESS_IN_USE.
   */
  async listen(options: number | ListenOptions = {}): Promise<Server> {
    try {
      return this.#listen(typeof options === 'number' ? { port: options } : options)
    } catch (error) {
      if (error instanceof TrivetError) explainUncaught(error)
      throw error
    }
  }

  #listen(options: ListenOptions): Server {
    const config = nativeConfig(options)
    if (Object.keys(config).length > 0) {
      native.appConfigure(this.native, { ...nativeConfig(this.#options), ...config })
    }
    const driver = new Driver(this.native, this.routes, {
      flags: options.reusePort === true ? LOOP.REUSE_PORT : 0,
      host: options.host ?? process.env['TRIVET_HOST'],
      port: checkPort(options.port ?? Number(process.env['TRIVET_PORT'] ?? 8000)),
      listenFd: options.listenFd ?? -1,
    })
    const server = new Server(driver, options.signals ?? true)
    if (options.banner ?? true) native.loopBanner(driver.loop, `Node ${process.versions.node}`)
    return server
  }

  #method(method: string): Register<this> {
    const register = (pattern: string, second: unknown, third?: unknown): this =>
      this.#add(method, pattern, second, third, register)
    return register as Register<this>
  }

  #add(
    method: string,
    pattern: string,
    second: unknown,
    third: unknown,
    entry: (...args: never[]) => unknown,
  ): this {
    const handler = third === undefined ? second : third
    const options = (third === undefined ? {} : second) as RouteOptions
    if (typeof handler !== 'function') {
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${method} ${pattern} has no handler`)
    }
    try {
      native.appRoute(this.native, method, pattern, this.routes.length, callSite(entry))
    } catch (error) {
      if (error instanceof TrivetError) explainUncaught(error)
      throw error
    }
    this.routes.push({
      handler: handler as Route['handler'],
      params: paramsOf(pattern),
      hasBigInts: options.integers === 'bigint',
      status: options.status === undefined ? 0 : checkStatus(options.status),
    })
    return this
  }
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `the port is 0 to 65535, not ${String(port)}`)
}
