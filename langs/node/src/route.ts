import type { RouteLimits } from './limits.js'
import type { Middleware } from './middleware.js'
import type { HookParams, Param, ParamsOf } from './params.js'
import type { RequestClass } from './providers.js'
import type { Reply } from './reply.js'
import type { Request } from './request.js'
import type { RouteDocs } from './openapi.js'
import type { InputOf, OutputOf } from './schema_types.js'
import type { RouteSchemas, Validators } from './validation.js'

type OneOrMore<T> = T | readonly T[]

/**
 * Runs before the handler. No result: the next hook, then the handler. Any result answers the
 * request, by the rules for a handler's. May give a promise.
 */
export type BeforeHook<Pattern extends string = string, Provided = unknown> = (
  request: Request<HookParams<Pattern>> & Provided,
) => unknown

/**
 * Runs when the request has its answer, whoever gave it, and may change it or give another one.
 * May give a promise.
 */
export type AfterHook<Pattern extends string = string, Provided = unknown> = (
  request: Request<HookParams<Pattern>> & Provided,
  reply: Reply,
) => unknown

/** Runs the next around hook, in the end the handler, and gives the answer. */
export type Next = () => Promise<Reply>

/**
 * Runs around the handler, behind the before hooks. What `next()` gives may be changed, and what
 * the handler throws, it throws. The result is the answer, by the rules for a handler's; nothing is
 * what `next()` gives. Without a call of it there is no handler: then the hook answers.
 */
export type AroundHook<Pattern extends string = string, Provided = unknown> = (
  request: Request<HookParams<Pattern>> & Provided,
  next: Next,
) => unknown

export interface HookOptions<Pattern extends string = string, Provided = unknown> {
  readonly before?: OneOrMore<BeforeHook<Pattern, Provided>>
  readonly around?: OneOrMore<AroundHook<Pattern, Provided>>
  readonly after?: OneOrMore<AfterHook<Pattern, Provided>>
}

export interface RouteOptions<Pattern extends string = string, Provided = unknown>
  extends HookOptions<Pattern, Provided>,
    RouteDocs,
    RouteSchemas {
  /** For urlFor(); unique within the app. */
  readonly name?: string
  /** Hosts it answers for, `api.example.com` or `{tenant}.example.com`; the group's, or all. */
  readonly host?: string
  /** Whatever is to be known of the route; hooks find it in `request.route`. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Status of plain results, 200 unless given (204 for no result). */
  readonly status?: number
  /**
   * What `{id:int}` becomes. `number` (the default) is exact up to 2^53 - 1 and larger values are
   * answered with 404; `bigint` holds all of int64.
   */
  readonly integers?: 'number' | 'bigint'
  /**
   * Requests are delivered when their head is there, and the handler reads the content as it comes:
   * `request.stream()`, `readable()` or `read()`.
   */
  readonly stream?: boolean
  /** Those of its requests, where they are not the group's or the app's. */
  readonly limits?: RouteLimits
  /** Whether content in gzip, deflate, br or zstd arrives decoded; the group's, or the app's. */
  readonly decompress?: boolean
  /** Middleware of the engine for this route alone. */
  readonly middleware?: OneOrMore<Middleware>
  /**
   * A JSON Schema that the engine holds the content against before any JavaScript runs, hooks
   * included: what is wrong is answered with 422 and never arrives. `body` says what the content is
   * to the handler; this keeps others away from it. Not with `stream`.
   */
  readonly bodySchema?: string | Readonly<Record<string, unknown>>
}

export interface GroupOptions<Pattern extends string = string, Provided = unknown>
  extends HookOptions<Pattern, Provided> {
  /** Hosts its routes answer for; the outer group's unless given. */
  readonly host?: string
  /** Those of its routes, in so far as they have none of their own. */
  readonly limits?: RouteLimits
  /** As of a route, for all routes in the group; the outer group's unless given. */
  readonly decompress?: boolean
}

type IntegerOf<Options> = Options extends { readonly integers: 'bigint' } ? bigint : number

/**
 * Answers a request with its result or its promise's: a string is text, a Uint8Array or other
 * buffer is bytes, nothing is 204, a Reply what it says; what gives pieces one by one (an async
 * generator or other AsyncIterable, a generator, a ReadableStream, a Node Readable) is sent in
 * pieces, anything else as JSON.
 */
export type Handler<Pattern extends string = string, Options = RouteOptions, Provided = unknown> = (
  request: Request<PathOf<Pattern, Options>, ShapeOf<Options>> & Provided,
) => ResultOf<Options>

type PathOf<Pattern extends string, Options> = Options extends { readonly params: infer Schema }
  ? OutputOf<Schema>
  : ParamsOf<Pattern, IntegerOf<Options>>

/** The parts of a request that have schemas, with what those make of them. */
type ShapeOf<Options> = {
  readonly [Name in keyof Options & ('query' | 'headers' | 'cookies' | 'body' | 'form')]: OutputOf<
    Options[Name]
  >
}

/** With a schema of the response, a plain result is as it says. */
type ResultOf<Options> = Options extends { readonly response: infer Response }
  ? MaybeLater<Reply | (keyof Response extends number ? unknown : InputOf<Response>)>
  : unknown

type MaybeLater<T> = T | PromiseLike<T>

/** What is known of a route. */
export interface RouteInfo {
  /** Empty when it has none. */
  readonly name: string
  /** The whole pattern, prefixes included. */
  readonly pattern: string
  /** `['*']` for every method. */
  readonly methods: readonly string[]
  /** Empty for all hosts. */
  readonly host: string
  readonly metadata: Readonly<Record<string, unknown>>
  /** Where it was registered, for example main.ts:12. */
  readonly site: string
}

/** What a request needs of its route. */
export interface Route {
  /** undefined for requests without a route. */
  readonly info: RouteInfo | undefined
  /** With its hooks, once the app is frozen. */
  handler: (request: Request) => unknown
  readonly params: readonly Param[]
  readonly hasBigInts: boolean
  /** Status of plain results; 0 when the route names none. */
  readonly status: number
  /** Whether its requests come without their content. */
  readonly isStreamed: boolean
  /** With getters for what is provided, where something is. */
  Own: RequestClass | undefined
  /** The schemas of its requests and results. */
  readonly validators: Validators | undefined
  /** What its author says of it. */
  readonly docs: RouteDocs
}

/** For messages: `GET /users/{id} (main.ts:12)`. */
export function labelOf(info: RouteInfo | undefined): string {
  if (info === undefined) return 'a request without a route'
  const place = info.site === '' ? '' : ` (${info.site})`
  return `${info.methods.join()} ${info.pattern}${place}`
}

export function listOf<T>(items: OneOrMore<T> | undefined): readonly T[] {
  if (items === undefined) return []
  return Array.isArray(items) ? (items as readonly T[]) : [items as T]
}

/** Where the caller of the public function `entry` stands, for example main.ts:12. */
export function callSite(entry: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, entry)
  const frame = /^\s+at (.+)$/m.exec(holder.stack ?? '')?.[1] ?? ''
  const place = /\(?((?:file:\/\/)?[^()\s]+):(\d+):\d+\)?$/.exec(frame)
  if (place === null) return ''
  return `${place[1]!.split('/').pop() ?? ''}:${place[2]!}`
}
