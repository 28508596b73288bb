import type { Join } from './params.js'
import { hooksOf, type Layer, type Registry } from './registry.js'
import type { AfterHook, BeforeHook, GroupOptions, Handler, RouteOptions } from './route.js'

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
export interface Register<Self, Prefix extends string, Host extends string> {
  <const Pattern extends string>(
    pattern: Pattern,
    handler: Handler<Whole<Host, Prefix, Pattern, object>>,
  ): Self
  <const Pattern extends string, const Options extends RouteOptions<Join<Prefix, Pattern>>>(
    pattern: Pattern,
    options: Options,
    handler: Handler<Whole<Host, Prefix, Pattern, Options>, Options>,
  ): Self
}

/** The same with one method or several before them. */
interface RegisterMethods<Self, Prefix extends string, Host extends string> {
  <const Pattern extends string>(
    methods: string | readonly string[],
    pattern: Pattern,
    handler: Handler<Whole<Host, Prefix, Pattern, object>>,
  ): Self
  <const Pattern extends string, const Options extends RouteOptions<Join<Prefix, Pattern>>>(
    methods: string | readonly string[],
    pattern: Pattern,
    options: Options,
    handler: Handler<Whole<Host, Prefix, Pattern, Options>, Options>,
  ): Self
}

/** Makes a group; the callback gets it, to keep its routes together. */
interface MakeGroup<Prefix extends string, Host extends string> {
  <const Own extends string>(
    prefix: Own,
    callback?: (group: Group<Join<Prefix, Own>, Host>) => void,
  ): Group<Join<Prefix, Own>, Host>
  <const Own extends string, const Options extends GroupOptions<Join<Prefix, Own>>>(
    prefix: Own,
    options: Options,
    callback?: (group: Group<Join<Prefix, Own>, HostOf<Options, Host>>) => void,
  ): Group<Join<Prefix, Own>, HostOf<Options, Host>>
}

/** What app and groups share: routes, groups and hooks. All are frozen by the first listen(). */
export abstract class Router<Prefix extends string = AnyText, Host extends string = AnyText> {
  /** @internal */
  readonly registry: Registry
  readonly #layer: Layer

  /** @internal */
  constructor(registry: Registry, layer: Layer) {
    this.registry = registry
    this.#layer = layer
  }

  readonly get: Register<this, Prefix, Host> = this.#method('GET')
  readonly head: Register<this, Prefix, Host> = this.#method('HEAD')
  readonly post: Register<this, Prefix, Host> = this.#method('POST')
  readonly put: Register<this, Prefix, Host> = this.#method('PUT')
  readonly patch: Register<this, Prefix, Host> = this.#method('PATCH')
  readonly delete: Register<this, Prefix, Host> = this.#method('DELETE')
  readonly options: Register<this, Prefix, Host> = this.#method('OPTIONS')
  /** Every method that has no route of its own. */
  readonly all: Register<this, Prefix, Host> = this.#method('*')

  /**
   * Adds a route for one method or several. GET answers HEAD as well; OPTIONS, 404 and 405 are the
   * engine's. Fails with ERR_TRIVET_PATTERN, ERR_TRIVET_CONFLICT (also of names), or
   * ERR_TRIVET_STATE after listen().
   */
  readonly route: RegisterMethods<this, Prefix, Host> = ((
    methods: string | readonly string[],
    pattern: string,
    second: unknown,
    third?: unknown,
  ): this => {
    this.registry.add(this.#layer, methods, pattern, [second, third], this.route)
    return this
  }) as RegisterMethods<this, Prefix, Host>

  /**
   * Routes with a common prefix, host and hooks; groups nest. In a group a route may have the empty
   * pattern, which is the prefix itself.
   */
  readonly group: MakeGroup<Prefix, Host> = ((
    prefix: string,
    second?: unknown,
    third?: (group: Group) => void,
  ): Group => {
    const callback = typeof second === 'function' ? (second as typeof third) : third
    const options = (typeof second === 'function' ? {} : (second ?? {})) as GroupOptions
    const before = hooksOf(options.before)
    const after = hooksOf(options.after)
    const layer = this.registry.group(this.#layer, prefix, options, this.group)
    layer.before.push(...before)
    layer.after.push(...after)
    const group = new Group(this.registry, layer)
    callback?.(group)
    return group
  }) as unknown as MakeGroup<Prefix, Host>

  /** Adds hooks that run before the handlers of all its routes, in the order added. */
  before(...hooks: readonly BeforeHook<Prefix>[]): this {
    this.registry.checkOpen()
    this.#layer.before.push(...(hooksOf(hooks) as readonly BeforeHook[]))
    return this
  }

  /** Adds hooks that run when its requests have their answers, the one added last first. */
  after(...hooks: readonly AfterHook<Prefix>[]): this {
    this.registry.checkOpen()
    this.#layer.after.push(...(hooksOf(hooks) as readonly AfterHook[]))
    return this
  }

  #method(method: string): Register<this, Prefix, Host> {
    const register = (pattern: string, second: unknown, third?: unknown): this => {
      this.registry.add(this.#layer, method, pattern, [second, third], register)
      return this
    }
    return register as Register<this, Prefix, Host>
  }
}

/** Routes with a common prefix, host and hooks; made by App.group() or Group.group(). */
export class Group<Prefix extends string = AnyText, Host extends string = AnyText> extends Router<
  Prefix,
  Host
> {}
