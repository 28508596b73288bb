import { LOG, STATUS, TrivetError } from './abi_gen.js'
import { describe, StartupError } from './errors.js'
import { checkNames, type NamesOf } from './names.js'
import { Request } from './request.js'
import { isThenable } from './results.js'

/** How long what a provider gives lives. */
export type ProviderScope = 'app' | 'request'

export interface ProviderOptions<Value, Scope extends ProviderScope> {
  /**
   * `app`, unless given: made once before the server accepts, in the order provided, and waited
   * for. `request`: made when a request first asks for it, and what the factory gives is given as
   * it is, a promise as well.
   */
  readonly scope?: Scope
  /**
   * Ends it, after the answer or after the drain, the one made last first; `error` is what the
   * handler or a hook threw.
   */
  readonly dispose?: (value: Value, error?: unknown) => unknown
}

const OPTIONS: NamesOf<ProviderOptions<never, ProviderScope>> = { scope: true, dispose: true }

type Factory = (needs: object) => unknown
type Log = (level: number, message: string) => void

/** One thing that is provided. */
export class Provider {
  /** Of the app's scope: what has been made. */
  value: unknown = undefined
  isMade = false
  isBeingMade = false
  /** What its factory may ask for. */
  visible: () => Providers = () => new Map()

  constructor(
    readonly name: string,
    readonly factory: Factory,
    readonly scope: ProviderScope,
    readonly dispose: ((value: unknown, error?: unknown) => unknown) | undefined,
    readonly site: string,
  ) {}

  /** For messages. */
  get label(): string {
    return `${this.name}${this.site === '' ? '' : ` (${this.site})`}`
  }
}

export type Providers = ReadonlyMap<string, Provider>

/** A mistake in what is provided and asked for. */
export class ProviderError extends Error {
  readonly code = 'ERR_TRIVET_PROVIDER'

  constructor(message: string) {
    super(message)
    this.name = 'ProviderError'
  }
}

/** Checks what app.provide() was given. */
export function providerOf(
  name: unknown,
  factory: unknown,
  options: ProviderOptions<never, ProviderScope>,
  site: string,
): Provider {
  const refuse = (detail: string): never => {
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
  }
  if (typeof name !== 'string' || name === '') refuse('a provider has a name')
  if ((name as string) in Request.prototype || RESERVED.has(name as string)) {
    refuse(`a request has a part named ${String(name)}: give the provider another name`)
  }
  if (typeof factory !== 'function') {
    refuse(`the provider ${String(name)} has no factory: provide('${String(name)}', () => …)`)
  }
  checkNames(options, OPTIONS, `option of the provider ${String(name)}`)
  const { scope = 'app', dispose } = options
  if (scope !== 'app' && scope !== 'request') {
    refuse(`the scope of ${String(name)} is app or request, not ${String(scope)}`)
  }
  const end = dispose as Provider['dispose']
  return new Provider(name as string, factory as Factory, scope, end, site)
}

/** Fields of a request, which its prototype does not have. */
const RESERVED = new Set(['lo', 'hi', 'entry', 'driver', 'parts', 'then', 'toJSON'])

/** What the providers of an app share. */
export class Container {
  readonly #overrides = new Map<string, unknown>()
  /** Of the app's scope, in the order provided. */
  readonly #ofApp: Provider[] = []
  readonly #names = new Set<string>()
  /** In the order made. */
  #made: Provider[] = []
  #servers = 0
  #starting: Promise<void> | undefined

  add(provider: Provider): void {
    this.#names.add(provider.name)
    if (provider.scope === 'app') this.#ofApp.push(provider)
  }

  /** Gives a value in the place of every provider of that name. Gives what ends that. */
  override(name: string, value: unknown): () => void {
    if (!this.#names.has(name)) {
      const known = [...this.#names].join(', ') || 'none'
      throw new ProviderError(
        `nobody provides ${name}, so nothing is overridden; there are: ${known}`,
      )
    }
    this.#overrides.set(name, value)
    return () => {
      this.#overrides.delete(name)
    }
  }

  /** Makes all of the app's scope for the first server, and waits for them. */
  async start(log: Log): Promise<void> {
    this.#servers++
    try {
      await (this.#starting ??= this.#makeAll())
    } catch (error) {
      await this.stop(log)
      throw error
    }
  }

  async #makeAll(): Promise<void> {
    for (const provider of this.#ofApp) {
      if (provider.isMade || this.#overrides.has(provider.name)) continue
      try {
        const value = this.#make(provider)
        if (isThenable(value)) await this.#waitFor(provider, value)
      } catch (error) {
        throw new StartupError(error, `the provider ${provider.label}`)
      }
    }
  }

  async #waitFor(provider: Provider, value: PromiseLike<unknown>): Promise<void> {
    provider.isBeingMade = true
    try {
      provider.value = await value
      provider.isMade = true
      this.#made.push(provider)
    } finally {
      provider.isBeingMade = false
    }
  }

  /** Ends them for the last server. What fails is logged. */
  async stop(log: Log): Promise<void> {
    if (--this.#servers > 0) return
    this.#starting = undefined
    const made = this.#made.reverse()
    this.#made = []
    for (const provider of made) {
      const { value } = provider
      provider.isMade = false
      provider.value = undefined
      try {
        await provider.dispose?.(value)
      } catch (error) {
        log(LOG.ERROR, `the end of ${provider.label} failed: ${describe(error)}`)
      }
    }
  }

  /** What those of the app's scope give, by name. */
  needs(visible: Providers, asker: string): object {
    const read = (_target: object, name: string | symbol): unknown => {
      if (typeof name === 'symbol' || name === 'then') return undefined
      const provider = visible.get(name)
      if (provider === undefined) throw missing(name, asker, visible)
      if (provider.scope === 'request') {
        throw new ProviderError(
          `${asker} asks for ${provider.label}, which each request has of its own: ` +
            `let it be of the scope request, too`,
        )
      }
      return this.ofApp(provider, asker)
    }
    return new Proxy({}, { get: read })
  }

  ofApp(provider: Provider, asker: string): unknown {
    if (this.#overrides.size > 0 && this.#overrides.has(provider.name)) {
      return this.#overrides.get(provider.name)
    }
    if (provider.isMade) return provider.value
    if (provider.isBeingMade) throw circle(provider, asker)
    if (this.#servers === 0) {
      throw new ProviderError(`${provider.label} is there once the app serves`)
    }
    const value = this.#make(provider)
    if (!isThenable(value)) return value
    void Promise.resolve(value).catch(() => undefined)
    throw new ProviderError(
      `${asker} asks for ${provider.label}, which is provided after it and takes time to make: ` +
        `provide ${provider.name} first`,
    )
  }

  ofRequest(provider: Provider, request: Request): unknown {
    if (this.#overrides.size > 0 && this.#overrides.has(provider.name)) {
      return this.#overrides.get(provider.name)
    }
    const parts = request.keepParts()
    return (parts.owned ??= new Owned(request)).get(provider)
  }

  #make(provider: Provider): unknown {
    const value = making(provider, () => {
      return provider.factory(this.needs(provider.visible(), `the provider ${provider.label}`))
    })
    if (isThenable(value)) return value
    provider.value = value
    provider.isMade = true
    this.#made.push(provider)
    return value
  }
}

/** What one request has been provided with. */
export class Owned {
  error: unknown = undefined
  readonly #request: Request
  readonly #values = new Map<Provider, unknown>()

  constructor(request: Request) {
    this.#request = request
  }

  get(provider: Provider): unknown {
    if (this.#values.has(provider)) {
      const value = this.#values.get(provider)
      if (value === MAKING) throw circle(provider, `the provider ${provider.label}`)
      return value
    }
    this.#values.set(provider, MAKING)
    try {
      const value = provider.factory(this.#request)
      this.#values.delete(provider) // so that they end in the order in which they were made
      this.#values.set(provider, value)
      return value
    } catch (error) {
      this.#values.delete(provider)
      throw error
    }
  }

  /** Ends them, the one made last first, when the request has its answer. */
  async end(log: Log): Promise<void> {
    const { error } = this
    for (const [provider, value] of [...this.#values].reverse()) {
      if (provider.dispose === undefined) continue
      try {
        await provider.dispose(isThenable(value) ? await value : value, error)
      } catch (failure) {
        log(LOG.ERROR, `the end of ${provider.label} failed: ${describe(failure)}`)
      }
    }
  }
}

const MAKING = Symbol('making')

function making(provider: Provider, make: () => unknown): unknown {
  if (provider.isBeingMade) throw circle(provider, `the provider ${provider.label}`)
  provider.isBeingMade = true
  try {
    return make()
  } finally {
    provider.isBeingMade = false
  }
}

function circle(provider: Provider, asker: string): ProviderError {
  return new ProviderError(
    `${asker} asks for ${provider.label}, which is being made and asks for it in turn: ` +
      'one of the two must do without the other',
  )
}

export function missing(name: string, asker: string, visible: Providers): ProviderError {
  const known = [...visible.keys()].join(', ') || 'none'
  return new ProviderError(
    `${asker} asks for ${name}, which nobody provides there: write provide('${name}', () => …) ` +
      `on the app, or on the group it belongs to; provided are: ${known}`,
  )
}

/** Makes requests of a route. */
export type RequestClass = new (...args: ConstructorParameters<typeof Request>) => Request

/** A request with a getter for each provider; undefined where there is none. */
export function requestClass(visible: Providers, container: Container): RequestClass | undefined {
  if (visible.size === 0) return undefined
  const Own = class extends Request {}
  for (const provider of visible.values()) {
    const get =
      provider.scope === 'request'
        ? function get(this: Request): unknown {
            return container.ofRequest(provider, this)
          }
        : function get(): unknown {
            return container.ofApp(provider, 'a request')
          }
    Object.defineProperty(Own.prototype, provider.name, { get, configurable: true })
  }
  return Own
}
