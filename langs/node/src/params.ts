import { HttpError } from './errors.js'

type Named<Name extends string, Value> = { readonly [K in Name]: Value }

type ParamOf<Inner extends string, Integer> = Inner extends `${infer Name}:${infer Kind}`
  ? Named<Name, Kind extends 'int' ? Integer : string>
  : Named<Inner, string>

type Flatten<T> = { [K in keyof T]: T[K] }

type Collect<Pattern extends string, Integer> = string extends Pattern
  ? Readonly<Record<string, string | Integer>>
  : Pattern extends `${string}{${infer Rest}`
    ? FromBrace<Rest, Integer>
    : // No parameter is left.
      unknown

/** A parameter up to its closing brace; in a regular expression braces may come before that. */
type FromBrace<Rest extends string, Integer> = Rest extends `${infer Name}:regex(${infer Tail}`
  ? Name extends `${string}}${string}`
    ? UpToBrace<Rest, Integer>
    : Named<Name, string> & AfterRegex<Tail, Integer>
  : UpToBrace<Rest, Integer>

type UpToBrace<Rest extends string, Integer> = Rest extends `${infer Inner}}${infer After}`
  ? ParamOf<Inner, Integer> & Collect<After, Integer>
  : unknown

/** A parameter is a whole segment, so a regular expression ends at `)}` before a slash. */
type AfterRegex<Tail extends string, Integer> = Tail extends `${string})}/${infer After}`
  ? Collect<After, Integer>
  : unknown

/**
 * The path parameters of a pattern: `/users/{id:int}` gives `{ readonly id: number }`; every other
 * constraint (`uuid`, `path`, `regex(…)`) gives a string.
 */
export type ParamsOf<Pattern extends string, Integer = number> =
  unknown extends Collect<Pattern, Integer>
    ? Readonly<Record<never, never>>
    : Flatten<Collect<Pattern, Integer>>

/** The whole pattern of a route in a group; one that is not known is only known to be text. */
export type Join<Prefix extends string, Pattern extends string> = string extends Prefix
  ? string
  : string extends Pattern
    ? string
    : `${Prefix}${Pattern}`

/** What a hook knows of the parameters: those of its pattern, and that there may be others. */
export type HookParams<Pattern extends string> = string extends Pattern
  ? Readonly<Record<string, unknown>>
  : ParamsOf<Pattern, number | bigint> & Readonly<Record<string, unknown>>

/** One parameter of a pattern, in the pattern's order. */
export interface Param {
  readonly name: string
  readonly kind: 'integer' | 'uuid' | 'text'
}

const PARAM = /\{(\w+)(?::(regex\(.*?\)(?=\}(?:\/|$))|\w+))?\}/g

/** Reads the parameters of a pattern that the engine has accepted. */
export function paramsOf(pattern: string): readonly Param[] {
  return [...pattern.matchAll(PARAM)].map(([, name = '', constraint]) => ({
    name,
    kind: constraint === 'int' ? 'integer' : constraint === 'uuid' ? 'uuid' : 'text',
  }))
}

/**
 * The value of an integer parameter. The engine takes all of int64; a `number` is exact up to
 * 2^53 - 1, and rounding an id would address another item, so the rest is not found.
 */
export function safeInteger(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new HttpError(404, `${name} is beyond ${String(Number.MAX_SAFE_INTEGER)}`)
}
