import type { EventEmitter } from 'node:events'
import { inspect } from 'node:util'
import { STATUS, TrivetError } from './abi_gen.js'
import { APP_BRAND, BEGIN_EVENT } from './brand.js'
import type { ErrorClass, ErrorHandler } from './error_map.js'
import { Lifecycle, type LifecycleHook } from './lifecycle.js'
import { checkNames, type NamesOf } from './names.js'
import { native, type NativeApp, type NativeConfig } from './native.js'
import { APP_OPTIONS, logLevel, nativeConfig, type AppOptions, type LogLevel } from './options.js'
import { supervise, takeInheritance, workerOfProcess, type WorkerIdentity } from './program.js'
import {
  describeRoutes,
  OPENAPI_OPTIONS,
  serveOpenAPI,
  type OpenAPIDocument,
  type OpenAPIOptions,
} from './openapi.js'
import type { ProviderOptions, ProviderScope } from './providers.js'
import { hooksOf, Registry } from './registry.js'
import type { Request } from './request.js'
import type { RouteInfo } from './route.js'
import { Router } from './router.js'
import { serve, serveTest, type Server } from './server.js'
import { settingsOf, variablesOf, type Setting } from './settings.js'
import { explaining, explainingLater } from './signals.js'
import type { UrlFor } from './urls.js'

export interface RunOptions extends AppOptions {
  /** Drain on SIGTERM and SIGINT; true unless given, and only in the main thread. */
  readonly signals?: boolean
  /** Print the banner; true unless given. */
  readonly banner?: boolean
}

export interface ListenOptions extends RunOptions {
  /** SO_REUSEPORT, for several loops on one port, each in a worker thread or process. */
  readonly reusePort?: boolean
  /** An already listening socket to take over. */
  readonly listenFd?: number
}

const OPTIONS: NamesOf<AppOptions & OpenAPIOptions> = { ...APP_OPTIONS, ...OPENAPI_OPTIONS }
const LISTEN_OPTIONS: NamesOf<ListenOptions> = {
  signals: true,
  banner: true,
  reusePort: true,
  listenFd: true,
  ...APP_OPTIONS,
}

/** Routes, hooks and configuration. All are frozen by the first listen(). */
export class App<Provided = unknown> extends Router<'', '', Provided> {
  /** Builds the path of a named route; `//host/path` for a route of a host. */
  readonly urlFor: UrlFor
  /** @internal */
  readonly [APP_BRAND] = true
  readonly #lifecycle: Lifecycle
  /** As resolved from code, environment, trivet.toml and defaults. */
  #config: NativeConfig

  /**
   * What is not given is as the environment (TRIVET_*), trivet.toml or the defaults say. Fails with
   * ERR_TRIVET_ARGUMENT for an option out of range, and for what is wrong there.
   */
  constructor(options: AppOptions & OpenAPIOptions = {}) {
    checkNames(options, OPTIONS, 'option of an app')
    const registry = new Registry()
    super(registry, registry.root)
    this.urlFor = registry.urlFor
    this.#lifecycle = new Lifecycle(registry.container, () => registry.root.providers())
    this.#config = explaining(() => {
      workerOfProcess()
      native.appConfigure(registry.native, nativeConfig(options))
      serveOpenAPI(registry.native, options)
      return native.appConfig(registry.native)
    })
  }

  /** @internal */
  get native(): NativeApp {
    return this.registry.native
  }

  /** The routes in the order in which they were added. */
  routes(): readonly RouteInfo[] {
    return [...this.registry.infos]
  }

  /** The OpenAPI document, served or not. Nothing can be added from now on. */
  openapi(): OpenAPIDocument {
    this.registry.freeze()
    return JSON.parse(native.openapiDocument(this.native)) as OpenAPIDocument
  }

  /**
   * Every setting of the server and of the table [app], and where each comes from. What the program
   * has set is told from what it found only where the two differ.
   */
  settings(): Setting[] {
    return settingsOf(this.native)
  }

  /**
   * The entries of the file .env that are no settings of the server. The trivet command puts them
   * into the environment of what it starts; nothing else does.
   */
  variables(): Record<string, string> {
    return variablesOf(this.native)
  }

  /** Which of a supervisor's workers this process is; `undefined` when it is none. */
  get worker(): WorkerIdentity | undefined {
    return workerOfProcess()
  }

  /**
   * The one place where errors become responses: what handlers and hooks throw, and the engine's
   * 404, 405 and 413, as an HttpError. With a class first, a handler for its instances; the most
   * specific class wins.
   */
  onError(handler: ErrorHandler): this
  onError<E>(type: ErrorClass<E>, handler: ErrorHandler<E>): this
  onError(...args: [ErrorHandler] | [ErrorClass<unknown>, ErrorHandler]): this {
    this.registry.checkOpen()
    if (args.some((arg) => typeof arg !== 'function')) {
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, 'an error handler is a function')
    }
    if (args.length === 1) this.registry.errors.setAll(args[0])
    else this.registry.errors.add(args[0], args[1])
    return this
  }

  /**
   * Provides something by a name, in which handlers, hooks and later factories find it; see
   * ProviderOptions. Fails with ERR_TRIVET_PROVIDER for a name that is taken.
   */
  provide<const Name extends string, Value>(
    name: Name,
    factory: (needs: Provided) => Value,
    options?: ProviderOptions<Awaited<Value>, 'app'>,
  ): App<Provided & { readonly [N in Name]: Awaited<Value> }>
  provide<const Name extends string, Value>(
    name: Name,
    factory: (request: Request & Provided) => Value,
    options: ProviderOptions<Awaited<Value>, 'request'> & { readonly scope: 'request' },
  ): App<Provided & { readonly [N in Name]: Value }>
  provide(
    name: string,
    factory: unknown,
    options: ProviderOptions<never, ProviderScope> = {},
  ): never {
    return this.addProvider(name, factory, options, this.provide) as never
  }

  /**
   * Gives a value in the place of what is provided by that name, in all groups, for tests: also
   * while the app serves. What it gives ends that.
   */
  override<Name extends keyof Provided & string>(name: Name, value: Provided[Name]): () => void {
    return this.registry.container.override(name, value)
  }

  /** Runs before the server accepts, in each worker; one that fails keeps it from serving. */
  onStartup(hook: LifecycleHook<Provided>): this {
    this.registry.checkOpen()
    this.#lifecycle.startup.push(...(hooksOf(hook) as readonly LifecycleHook<never>[]))
    return this
  }

  /** Runs after the drain, the one added last first. */
  onShutdown(hook: LifecycleHook<Provided>): this {
    this.registry.checkOpen()
    this.#lifecycle.shutdown.push(...(hooksOf(hook) as readonly LifecycleHook<never>[]))
    return this
  }

  /** Writes a line to the app's log, standard error. */
  log(level: Exclude<LogLevel, 'off'>, message: string): void {
    native.appLog(this.native, logLevel(level), message)
  }

  /**
   * Listens and serves in this process; settles when the socket accepts. Rejects with a
   * TrivetError, for example ERR_TRIVET_ADDRESS_IN_USE, or a StartupError. Where more than one
   * worker is configured it does what run() does.
   */
  listen(options: number | ListenOptions = {}): Promise<Server> {
    return explainingLater(this.#begin(optionsOf(options), false))
  }

  /**
   * Serves as a program: with as many workers as configured, else one for each CPU. With more than
   * one this process becomes their supervisor and starts the program anew in each; the promise
   * settles in the workers only. After SIGTERM the process drains and ends.
   */
  run(options: number | RunOptions = {}): Promise<Server> {
    return explainingLater(this.#begin(optionsOf(options), true))
  }

  async #begin(options: ListenOptions, isProgram: boolean): Promise<Server> {
    const { host, port } = options
    const isConfigured = !this.registry.isFrozen || (host === undefined && port === undefined)
    const config = this.#configure(options)
    await this.registry.plugged()
    const events: EventEmitter = process
    events.emit(BEGIN_EVENT)
    this.#inspect()
    const isSingle = !isProgram && config.workers <= 1 && config.threads <= 1
    const place = options.listenFd === undefined ? takeInheritance() : undefined
    if (this.worker === undefined && !isSingle) {
      const { workers } = native.appConcurrency(this.native)
      if (workers > 1) await supervise(config, workers)
    }
    return serve(this.registry, this.#lifecycle, {
      host: config.host,
      port: config.port,
      reusePort: options.reusePort ?? false,
      isConfigured,
      listenFd: place?.listenFd ?? options.listenFd ?? -1,
      controlFd: place?.controlFd ?? -1,
      shutdownTimeoutMs: config.shutdownTimeoutMs,
      banner: options.banner ?? true,
      signals: options.signals ?? true,
      endsProcess: isProgram || place !== undefined,
    })
  }

  /** @internal Serves connections of trivet/testing, without a listener. */
  async serveTest(onFailure: (error: unknown) => void): Promise<Server> {
    const { shutdownTimeoutMs } = this.#configure({})
    await this.registry.plugged()
    return serveTest(this.registry, this.#lifecycle, shutdownTimeoutMs, onFailure)
  }

  /** Ends the program when it was only started to tell what its app is like. */
  #inspect(): void {
    if ((process.env['TRIVET_INSPECT'] ?? '') === '') return
    describeRoutes(this.registry)
    if (native.appInspect(this.native, this.registry.hookNames())) process.exit()
  }

  /** A second server of this app may differ in its address only. */
  #configure(options: AppOptions): NativeConfig {
    const { host, port, ...others } = nativeConfig(options)
    if (this.registry.isFrozen && Object.keys(others).length === 0) {
      return { ...this.#config, host: host ?? this.#config.host, port: port ?? this.#config.port }
    }
    native.appConfigure(this.native, nativeConfig(options))
    this.#config = native.appConfig(this.native)
    return this.#config
  }
}

function optionsOf(options: number | ListenOptions): ListenOptions {
  if (typeof options === 'number') return { port: options }
  if (typeof options === 'object' && (options as unknown) !== null) {
    checkNames(options, LISTEN_OPTIONS, 'option of listen() and run()')
    return options
  }
  const what = 'an app listens on a port, 8000, or as options say, { port: 8000 }'
  const detail = `${what}, and this is ${inspect(options)}`
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
}
