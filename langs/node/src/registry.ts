import { DECOMPRESS, ROUTE, STATUS, TrivetError } from './abi_gen.js'
import { guardRequests, isDevelopment, watched } from './development.js'
import { ErrorMap } from './error_map.js'
import { HttpError, StartupError } from './errors.js'
import { nativeStatic, STATIC_OPTIONS, type StaticOptions } from './files.js'
import { compose } from './hooks.js'
import { nativeLimits } from './limits.js'
import { Middleware } from './middleware.js'
import { checkNames, type NamesOf } from './names.js'
import { native, type NativeApp, type NativeGroup, type NativeMiddleware } from './native.js'
import { checkProduces, describeRoutes, type RouteDocs } from './openapi.js'
import { paramsOf } from './params.js'
import {
  Container,
  ProviderError,
  requestClass,
  type Provider,
  type Providers,
  type RequestClass,
} from './providers.js'
import { checkStatus, Reply } from './reply.js'
import { Request } from './request.js'
import { isThenable, nameOf } from './results.js'
import { explaining } from './signals.js'
import { flattenUrl, type UrlFor } from './urls.js'
import { validating, validatorsOf, type Validators } from './validation.js'
import {
  callSite,
  listOf,
  type AfterHook,
  type AroundHook,
  type BeforeHook,
  type GroupOptions,
  type Route,
  type RouteInfo,
  type RouteOptions,
} from './route.js'

type Entry = (...args: never[]) => unknown

/** The app itself or a group: where hooks are kept for the routes in it. */
export class Layer {
  readonly before: BeforeHook[] = []
  readonly around: AroundHook[] = []
  readonly after: AfterHook[] = []
  readonly #providers = new Map<string, Provider>()

  constructor(
    readonly parent: Layer | undefined,
    readonly group: NativeGroup | undefined,
  ) {}

  /** Those of the outer layers as well, unless there is one of the same name further in. */
  providers(): Providers {
    const outer = this.parent?.providers()
    if (this.#providers.size === 0 && outer !== undefined) return outer
    return new Map([...(outer ?? []), ...this.#providers])
  }

  provide(provider: Provider): void {
    const other = this.#providers.get(provider.name)
    if (other !== undefined) {
      throw new ProviderError(
        `${provider.label} is provided already: ${other.label}; give one of the two another ` +
          'name, or a group of its own',
      )
    }
    this.#providers.set(provider.name, provider)
    provider.visible = () => this.#visibleTo(provider)
  }

  /** Its own name is that of the one outside, which it may stand on. */
  #visibleTo({ name }: Provider): Providers {
    const visible = new Map(this.providers())
    const outer = this.parent?.providers().get(name)
    if (outer === undefined) visible.delete(name)
    else visible.set(name, outer)
    return visible
  }

  /** Those of the outer layers first. */
  allBefore(): readonly BeforeHook[] {
    return [...(this.parent?.allBefore() ?? []), ...this.before]
  }

  allAround(): readonly AroundHook[] {
    return [...(this.parent?.allAround() ?? []), ...this.around]
  }

  allAfter(): readonly AfterHook[] {
    return [...(this.parent?.allAfter() ?? []), ...this.after]
  }
}

/** A route with what is composed into its handler when the app is frozen. */
interface Registration {
  readonly route: Route
  readonly layer: Layer
  readonly before: readonly BeforeHook[]
  readonly around: readonly AroundHook[]
  readonly after: readonly AfterHook[]
  /** The handler's name. */
  readonly runs: string
  /** The number of a folder's route, whose requests come here only if hooks want them. */
  readonly folder?: number
}

const GROUP_OPTIONS: NamesOf<GroupOptions> = {
  host: true,
  limits: true,
  decompress: true,
  before: true,
  around: true,
  after: true,
}

const ROUTE_OPTIONS: NamesOf<RouteOptions> = {
  ...GROUP_OPTIONS,
  name: true,
  metadata: true,
  status: true,
  integers: true,
  stream: true,
  middleware: true,
  params: true,
  query: true,
  headers: true,
  cookies: true,
  body: true,
  form: true,
  response: true,
  bodySchema: true,
  operationId: true,
  summary: true,
  description: true,
  tags: true,
  deprecated: true,
  produces: true,
  hidden: true,
}

/** Routes, hooks and error handlers of an app, until its first loop freezes them. */
export class Registry {
  readonly native: NativeApp = native.appNew()
  readonly root = new Layer(undefined, undefined)
  readonly errors = new ErrorMap()
  readonly container = new Container()
  /** By the numbers that requests come with. */
  readonly routes: Route[] = []
  readonly infos: RouteInfo[] = []
  readonly urlFor: UrlFor = (name, params, query) =>
    native.appUrl(this.native, name, flattenUrl(params), flattenUrl(query))
  readonly #registrations: Registration[] = []
  readonly #middleware = new Map<Middleware, NativeMiddleware>()
  /** Plugins that have not come to their ends. */
  readonly #plugins: Promise<void>[] = []
  #isFrozen = false

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  /** Hooks and handlers are composed once, so nothing can be added later. */
  checkOpen(): void {
    if (this.#isFrozen) throw new TrivetError(STATUS.TRIVET_E_STATE, 'the app is being served')
  }

  add(
    layer: Layer,
    methods: string | readonly string[],
    pattern: string,
    args: readonly [second: unknown, third: unknown],
    entry: Entry,
  ): void {
    const method = typeof methods === 'string' ? methods : methods.join(',')
    const handler = args[1] === undefined ? args[0] : args[1]
    const options = (args[1] === undefined ? {} : args[0]) as RouteOptions
    const label = `${method} ${pattern}`
    checkHandler(handler, label)
    checkNames(options, ROUTE_OPTIONS, `option of ${label}`)
    checkPattern(pattern, label)
    checkProduces(options.produces, label)
    const status = options.status === undefined ? 0 : checkStatus(options.status)
    const before = beforeHooksOf(options.before)
    const around = aroundHooksOf(options.around)
    const after = hooksOf(options.after)
    const { name = '', host = '', metadata = {} } = options
    const isStreamed = options.stream === true
    const validators = this.#validators(options, status, label)
    const limits = nativeLimits(options.limits)
    explaining(() => {
      native.appRoute(
        this.native,
        method,
        pattern,
        this.routes.length,
        callSite(entry),
        name,
        host,
        layer.group,
        textsOf(metadata),
        isStreamed ? ROUTE.STREAM : 0,
        limits,
        decompressOf(options.decompress),
        listOf(options.middleware).map((item) => this.#made(item)),
        bodySchemaOf(options.bodySchema),
      )
    })
    const info = this.#describe(metadata)
    const run = handler as Route['handler']
    const route: Route = {
      info,
      handler: validators === undefined ? run : validating(run, validators, status),
      params: paramsOf(info.host + info.pattern),
      // A schema speaks of numbers.
      hasBigInts: options.integers === 'bigint' && options.params === undefined,
      status,
      isStreamed,
      Own: undefined,
      validators,
      docs: docsOf(options),
    }
    this.infos.push(info)
    this.routes.push(route)
    const { name: runs } = handler as { readonly name: string }
    this.#registrations.push({ route, layer, before, around, after, runs })
  }

  /** A folder, which the engine serves. */
  addStatic(
    layer: Layer,
    prefix: string,
    directory: string,
    options: StaticOptions,
    entry: Entry,
  ): void {
    const label = `the folder ${prefix}`
    checkNames(options, STATIC_OPTIONS, `option of ${label}`)
    checkPattern(prefix, label)
    if (typeof directory !== 'string') {
      const detail = `${label}: the directory is text, not ${nameOf(directory)}`
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
    const before = beforeHooksOf(options.before)
    const around = aroundHooksOf(options.around)
    const after = hooksOf(options.after)
    const { name = '', host = '', metadata = {} } = options
    const { texts, rules, types, flags } = nativeStatic(options)
    const limits = nativeLimits(options.limits)
    const folder = this.routes.length
    explaining(() => {
      native.appStatic(
        this.native,
        prefix,
        directory,
        folder,
        callSite(entry),
        name,
        host,
        layer.group,
        textsOf(metadata),
        limits,
        listOf(options.middleware).map((item) => this.#made(item)),
        texts,
        rules,
        types,
        flags,
      )
    })
    const info = this.#describe(metadata)
    const route: Route = {
      info,
      handler: () => Reply.ofFile(undefined, {}, {}),
      params: paramsOf(info.host + info.pattern),
      hasBigInts: false,
      status: 0,
      isStreamed: false,
      Own: undefined,
      validators: undefined,
      docs: { hidden: true },
    }
    this.infos.push(info)
    this.routes.push(route)
    this.#registrations.push({ route, layer, before, around, after, runs: '', folder })
  }

  #validators(options: RouteOptions, status: number, name: string): Validators | undefined {
    if (options.stream === true && options.body !== undefined) {
      const detail = `${name} streams, so its content has no schema: leave out body or stream`
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
    try {
      return validatorsOf(options, status)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${name}: ${error.message}`)
    }
  }

  group(parent: Layer, prefix: string, options: GroupOptions, entry: Entry): Layer {
    checkPattern(prefix, `the group ${prefix}`)
    checkNames(options, GROUP_OPTIONS, `option of the group ${prefix}`)
    const limits = nativeLimits(options.limits)
    const decompress = decompressOf(options.decompress)
    const host = options.host ?? ''
    const site = callSite(entry)
    const make = (): NativeGroup =>
      native.appGroup(this.native, prefix, parent.group, host, site, limits, decompress)
    return new Layer(parent, explaining(make))
  }

  use(layer: Layer, middleware: readonly Middleware[]): void {
    this.checkOpen()
    explaining(() => {
      for (const item of middleware) native.appUse(this.native, layer.group, this.#made(item))
    })
  }

  /** Each is made once. */
  #made(middleware: Middleware): NativeMiddleware {
    if (!(middleware instanceof Middleware)) {
      const what = 'middleware is what the functions of `middleware` make'
      const detail = `${what}, and this is ${nameOf(middleware)}`
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
    let made = this.#middleware.get(middleware)
    if (made === undefined) {
      made = native.appMiddleware(this.native, middleware.kind, middleware.flat)
      this.#middleware.set(middleware, made)
    }
    return made
  }

  provide(layer: Layer, provider: Provider): void {
    this.checkOpen()
    layer.provide(provider)
    this.container.add(provider)
  }

  /** A plugin that takes time is waited for before anything is served. */
  plug(result: unknown, label: string): void {
    if (!isThenable(result)) return
    const plugged = Promise.resolve(result).then(
      () => undefined,
      (error: unknown) => {
        throw new StartupError(error, label)
      },
    )
    plugged.catch(() => undefined)
    this.#plugins.push(plugged)
  }

  /** Plugins may bring others. */
  async plugged(): Promise<void> {
    for (let i = 0; i < this.#plugins.length; i++) await this.#plugins[i]
  }

  /** Composes hooks and handlers. Called before each loop; only the first call does anything. */
  freeze(): void {
    if (this.#isFrozen) return
    describeRoutes(this)
    const { before, around, after } = this.root
    const hookCount = before.length + around.length + after.length
    if (hookCount > 0 || !this.errors.isEmpty) this.#addFallback()
    const isWatched = isDevelopment()
    if (isWatched) guardRequests(Request.prototype)
    const classes = new Map<Layer, RequestClass | undefined>()
    for (const { route, layer, runs, folder, ...own } of this.#registrations) {
      if (isWatched) route.handler = watched(route, runs)
      if (!classes.has(layer)) classes.set(layer, requestClass(layer.providers(), this.container))
      route.Own = classes.get(layer)
      const before = [...layer.allBefore(), ...own.before]
      const around = [...layer.allAround(), ...own.around]
      const after = [...layer.allAfter(), ...own.after].reverse()
      route.handler = compose(before, around, route, after)
      if (folder !== undefined) {
        const isDelivered = before.length + around.length + after.length > 0
        native.appDeliverStatic(this.native, folder, Number(isDelivered))
      }
    }
    this.#isFrozen = true
  }

  /**
   * The names of each route's hooks, those before it (and around it) and those after by turns,
   * joined by commas.
   */
  hookNames(): string[] {
    return this.#registrations.flatMap(({ layer, ...own }) => [
      namesOf([...layer.allBefore(), ...own.before, ...layer.allAround(), ...own.around]),
      namesOf([...layer.allAfter(), ...own.after].reverse()),
    ])
  }

  /** What the engine would refuse goes through hooks and error handlers as an HttpError. */
  #addFallback(): void {
    const handler = ({ lo, hi }: { lo: number; hi: number }): never => {
      throw new HttpError(native.requestRefusal(lo, hi))
    }
    const route: Route = {
      info: undefined,
      handler,
      params: [],
      hasBigInts: false,
      status: 0,
      isStreamed: false,
      Own: undefined,
      validators: undefined,
      docs: {},
    }
    native.appFallback(this.native, this.routes.length)
    this.routes.push(route)
    this.#registrations.push({
      route,
      layer: this.root,
      before: [],
      around: [],
      after: [],
      runs: '',
    })
  }

  /** Of the route just added: the engine knows the whole pattern and the group's host. */
  #describe(metadata: Readonly<Record<string, unknown>>): RouteInfo {
    const { methods, pattern, host, name, site } = native.appGetRoute(
      this.native,
      this.routes.length,
    )
    return Object.freeze({ name, pattern, methods: methods.split(','), host, metadata, site })
  }
}

export function beforeHooksOf<Hook>(hooks: Hook | readonly Hook[] | undefined): readonly Hook[] {
  const list = hooksOf(hooks)
  for (const hook of list) {
    const { length, name } = hook as { readonly length: number; readonly name: string }
    if (length <= 1) continue
    const taken = `${name || 'this one'} takes ${String(length)} values`
    const what = `a before hook takes the request alone, and ${taken}`
    const next = 'return nothing to go on, or the answer; app.after() gets the reply as well'
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${what}: ${next}`)
  }
  return list
}

export function aroundHooksOf<Hook>(hooks: Hook | readonly Hook[] | undefined): readonly Hook[] {
  const list = hooksOf(hooks)
  for (const hook of list) {
    const { length, name } = hook as { readonly length: number; readonly name: string }
    if (length <= 2) continue
    const taken = `${name || 'this one'} takes ${String(length)} values`
    const what = `an around hook takes the request and next, and ${taken}`
    const next = 'write async (request, next) => …, which gives what next() gives or another answer'
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${what}: ${next}`)
  }
  return list
}

/** The mistakes of those who come from other frameworks, before they are riddles. */
function checkHandler(handler: unknown, label: string): void {
  let detail = `${label} has no handler`
  if (typeof handler === 'function') {
    if (handler.length <= 1) return
    const count = String(handler.length)
    detail =
      `${label}: a handler takes the request alone, and this one takes ${count} values: ` +
      'write ({ params, query }) => … and return the answer'
  } else if (handler !== undefined) {
    detail += `: it is no function, but ${nameOf(handler)}`
  }
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
}

function checkPattern(pattern: unknown, label: string): void {
  if (typeof pattern !== 'string') {
    const detail = `${label}: a pattern is text like /users/{id:int}, not ${nameOf(pattern)}`
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
  }
  const [, name, star] = /\/(?::(\w+)|(\*)(?=\/|$))/.exec(pattern) ?? []
  if (name === undefined && star === undefined) return
  const hint = star === undefined ? `{${name!}}, not :${name!}` : '{rest:path}, not *'
  const detail = `${label}: a parameter is written ${hint}`
  throw new TrivetError(STATUS.TRIVET_E_PATTERN, detail)
}

export function hooksOf<Hook>(hooks: Hook | readonly Hook[] | undefined): readonly Hook[] {
  const list = listOf(hooks)
  for (const hook of list) {
    if (typeof hook !== 'function') {
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, 'a hook is a function')
    }
  }
  return list
}

function docsOf(options: RouteOptions): RouteDocs {
  const { operationId, summary, description, tags, deprecated, produces, hidden } = options
  return { operationId, summary, description, tags, deprecated, produces, hidden } as RouteDocs
}

function decompressOf(choice: boolean | undefined): number {
  if (choice === undefined) return DECOMPRESS.INHERIT
  return choice ? DECOMPRESS.ON : DECOMPRESS.OFF
}

function bodySchemaOf(schema: RouteOptions['bodySchema']): string {
  return schema === undefined || typeof schema === 'string'
    ? (schema ?? '')
    : JSON.stringify(schema)
}

function namesOf(hooks: readonly { readonly name: string }[]): string {
  return hooks.map(({ name }) => (name === '' ? '(anonymous)' : name.replaceAll(',', ' '))).join()
}

/** The engine keeps metadata that are text; JavaScript keeps all of them. */
function textsOf(metadata: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(metadata)
    .filter((item): item is [string, string] => typeof item[1] === 'string')
    .flat()
}
