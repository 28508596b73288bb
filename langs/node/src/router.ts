import { STATUS, TrivetError } from './abi_gen.js'
import type { StaticOptions } from './files.js'
import type { Middleware } from './middleware.js'
import type { Join } from './params.js'
import { providerOf, type ProviderOptions, type ProviderScope } from './providers.js'
import { aroundHooksOf, beforeHooksOf, hooksOf, type Layer, type Registry } from './registry.js'
import type { Request } from './request.js'
import {
  callSite,
  type AfterHook,
  type AroundHook,
  type BeforeHook,
  type GroupOptions,
  type Handler,
  type RouteOptions,
} from './route.js'

/** So that every group can be given to a function that takes a `Group`. */
type AnyText = any

/** Host and pattern as one text, of which the parameters are read. */
type Whole<Host extends string, Prefix extends string, Pattern extends string, Options> = Join<
  HostOf<Options, Host>,
  Join<Prefix, Pattern>
>

type HostOf<Options, Host extends string> = Options extends { readonly host: infer Own }
  ? Own extends string
    ? Own
    : Host
  : Host

/** Registers handlers for a method: `(pattern, handler)` or `(pattern, options, handler)`. */
export interface Register<Self, Prefix extends string, Host extends string, Provided = unknown> {
  <const Pattern extends string>(
    pattern: Pattern,
    handler: Handler<Whole<Host, Prefix, Pattern, object>, object, Provided>,
  ): Self
  <
    const Pattern extends string,
    const Options extends RouteOptions<Join<Prefix, Pattern>, Provided>,
  >(
    pattern: Pattern,
    options: Options,
    handler: Handler<Whole<Host, Prefix, Pattern, Options>, Options, Provided>,
  ): Self
}

/** The same with one method or several before them. */
interface RegisterMethods<Self, Prefix extends string, Host extends string, Provided> {
  <const Pattern extends string>(
    methods: string | readonly string[],
    pattern: Pattern,
    handler: Handler<Whole<Host, Prefix, Pattern, object>, object, Provided>,
  ): Self
  <
    const Pattern extends string,
    const Options extends RouteOptions<Join<Prefix, Pattern>, Provided>,
  >(
    methods: string | readonly string[],
    pattern: Pattern,
    options: Options,
    handler: Handler<Whole<Host, Prefix, Pattern, Options>, Options, Provided>,
  ): Self
}

/** Makes a group; the callback gets it, to keep its routes together. */
interface MakeGroup<Prefix extends string, Host extends string, Provided> {
  <const Own extends string>(
    prefix: Own,
    callback?: (group: Group<Join<Prefix, Own>, Host, Provided>) => void,
  ): Group<Join<Prefix, Own>, Host, Provided>
  <const Own extends string, const Options extends GroupOptions<Join<Prefix, Own>, Provided>>(
    prefix: Own,
    options: Options,
    callback?: (group: Group<Join<Prefix, Own>, HostOf<Options, Host>, Provided>) => void,
  ): Group<Join<Prefix, Own>, HostOf<Options, Host>, Provided>
}

/** What app and groups share: routes, groups and hooks. All are frozen by the first listen(). */
export abstract class Router<
  Prefix extends string = AnyText,
  Host extends string = AnyText,
  Provided = unknown,
> {
  /** @internal */
  readonly registry: Registry
  readonly #layer: Layer

  /** @internal */
  constructor(registry: Registry, layer: Layer) {
    this.registry = registry
    this.#layer = layer
  }

  readonly get: Register<this, Prefix, Host, Provided> = this.#method('GET')
  readonly head: Register<this, Prefix, Host, Provided> = this.#method('HEAD')
  readonly post: Register<this, Prefix, Host, Provided> = this.#method('POST')
  readonly put: Register<this, Prefix, Host, Provided> = this.#method('PUT')
  readonly patch: Register<this, Prefix, Host, Provided> = this.#method('PATCH')
  readonly delete: Register<this, Prefix, Host, Provided> = this.#method('DELETE')
  readonly options: Register<this, Prefix, Host, Provided> = this.#method('OPTIONS')
  /** Every method that has no route of its own. */
  readonly all: Register<this, Prefix, Host, Provided> = this.#method('*')

  /**
   * Adds a route for one method or several. GET answers HEAD as well; OPTIONS, 404 and 405 are the
   * engine's. Fails with ERR_TRIVET_PATTERN, ERR_TRIVET_CONFLICT (also of names), or
   * ERR_TRIVET_STATE after listen().
   */
  readonly route: RegisterMethods<this, Prefix, Host, Provided> = ((
    methods: string | readonly string[],
    pattern: string,
    second: unknown,
    third?: unknown,
  ): this => {
    this.registry.add(this.#layer, methods, pattern, [second, third], this.route)
    return this
  }) as RegisterMethods<this, Prefix, Host, Provided>

  /**
   * Routes with a common prefix, host and hooks; groups nest. In a group a route may have the empty
   * pattern, which is the prefix itself.
   */
  readonly group: MakeGroup<Prefix, Host, Provided> = ((
    prefix: string,
    second?: unknown,
    third?: (group: Group) => void,
  ): Group => {
    const callback = typeof second === 'function' ? (second as typeof third) : third
    const options = (typeof second === 'function' ? {} : (second ?? {})) as GroupOptions
    const before = beforeHooksOf(options.before)
    const around = aroundHooksOf(options.around)
    const after = hooksOf(options.after)
    const layer = this.registry.group(this.#layer, prefix, options, this.group)
    layer.before.push(...before)
    layer.around.push(...around)
    layer.after.push(...after)
    const group = new Group(this.registry, layer)
    callback?.(group)
    return group
  }) as unknown as MakeGroup<Prefix, Host, Provided>

  /**
   * Serves a folder below a prefix, by the engine: GET and HEAD with ETag, Last-Modified,
   * preconditions and ranges, in the coding that the client wants where there are precompressed
   * files. A change on disk is served within two seconds, and no path leads out of the folder. One
   * with hooks around it comes through JavaScript; one without them never does.
   */
  static(prefix: string, directory: string, options: StaticOptions = {}): this {
    this.registry.checkOpen()
    this.registry.addStatic(this.#layer, prefix, directory, options, this.static)
    return this
  }

  /**
   * Runs a plugin in a scope of its own, a group, which has the prefix and host of the options
   * where they are given; the plugin gets all of them.
   */
  register<Options = void>(
    plugin: (scope: Group<Prefix, Host, Provided>, options: Options) => void | Promise<void>,
    ...[options]: Options extends void
      ? [options?: PluginOptions]
      : [options: Options & PluginOptions]
  ): this {
    this.registry.checkOpen()
    if (typeof plugin !== 'function') {
      const detail = 'a plugin is a function that gets a scope: register((scope, options) => …)'
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
    const { prefix = '', host } = (options ?? {}) as PluginOptions
    const made = host === undefined ? {} : { host }
    const layer = this.registry.group(this.#layer, prefix, made, this.register)
    const label = `the plugin ${plugin.name || '(anonymous)'}`
    this.registry.plug(plugin(new Group(this.registry, layer), options as Options), label)
    return this
  }

  /** @internal */
  protected addProvider(
    name: string,
    factory: unknown,
    options: ProviderOptions<never, ProviderScope>,
    entry: (...args: never[]) => unknown,
  ): this {
    const provider = providerOf(name, factory, options, callSite(entry))
    this.registry.provide(this.#layer, provider)
    return this
  }

  /**
   * Mounts middleware of the engine on all its routes. It runs before all hooks, whatever was added
   * first. That of the app holds for requests without a route, too; of a kind that is mounted in
   * several places the innermost counts, and of authentication each.
   */
  use(...middleware: readonly Middleware[]): this {
    this.registry.use(this.#layer, middleware)
    return this
  }

  /** Adds hooks that run before the handlers of all its routes, in the order added. */
  before(...hooks: readonly BeforeHook<Prefix, Provided>[]): this {
    this.registry.checkOpen()
    this.#layer.before.push(...(beforeHooksOf(hooks) as readonly BeforeHook[]))
    return this
  }

  /**
   * Adds hooks that run around the handlers of all its routes, behind all before hooks, the one
   * added first outermost: `(request, next) => …`.
   */
  around(...hooks: readonly AroundHook<Prefix, Provided>[]): this {
    this.registry.checkOpen()
    this.#layer.around.push(...(aroundHooksOf(hooks) as readonly AroundHook[]))
    return this
  }

  /** Adds hooks that run when its requests have their answers, the one added last first. */
  after(...hooks: readonly AfterHook<Prefix, Provided>[]): this {
    this.registry.checkOpen()
    this.#layer.after.push(...(hooksOf(hooks) as readonly AfterHook[]))
    return this
  }

  #method(method: string): Register<this, Prefix, Host, Provided> {
    const register = (pattern: string, second: unknown, third?: unknown): this => {
      this.registry.add(this.#layer, method, pattern, [second, third], register)
      return this
    }
    return register as Register<this, Prefix, Host, Provided>
  }
}

/** Routes with a common prefix, host and hooks; made by App.group() or Group.group(). */
export class Group<
  Prefix extends string = AnyText,
  Host extends string = AnyText,
  Provided = unknown,
> extends Router<Prefix, Host, Provided> {
  /** As App.provide(), for the routes in this group: it is not seen outside. */
  provide<const Name extends string, Value>(
    name: Name,
    factory: (needs: Provided) => Value,
    options?: ProviderOptions<Awaited<Value>, 'app'>,
  ): Group<Prefix, Host, Provided & { readonly [N in Name]: Awaited<Value> }>
  provide<const Name extends string, Value>(
    name: Name,
    factory: (request: Request & Provided) => Value,
    options: ProviderOptions<Awaited<Value>, 'request'> & { readonly scope: 'request' },
  ): Group<Prefix, Host, Provided & { readonly [N in Name]: Value }>
  provide(
    name: string,
    factory: unknown,
    options: ProviderOptions<never, ProviderScope> = {},
  ): never {
    return this.addProvider(name, factory, options, this.provide) as never
  }
}

/**
 * Adds routes, hooks and providers to a scope of its own: what it adds is not seen beside it, and
 * what is outside it is seen in it. May be async; the app serves when it has come to its end.
 */
export type Plugin<Options = void, Provided = unknown> = (
  scope: Group<AnyText, AnyText, Provided>,
  options: Options,
) => void | Promise<void>

/** Where a plugin goes. */
export interface PluginOptions {
  readonly prefix?: string
  readonly host?: string
}
