import { HttpError } from './errors.js'

type ParamOf<Inner extends string, Integer> = Inner extends `${infer Name}:${infer Kind}`
  ? { readonly [K in Name]: Kind extends 'int' ? Integer : string }
  : { readonly [K in Inner]: string }

type Flatten<T> = { [K in keyof T]: T[K] }

type Collect<Pattern extends string, Integer> = string extends Pattern
  ? Readonly<Record<string, string | Integer>>
  : Pattern extends `${string}{${infer Inner}}${infer Rest}`
    ? ParamOf<Inner, Integer> & Collect<Rest, Integer>
    : // No parameter is left.
      unknown

/** The path parameters of a pattern: `/users/{id:int}` gives `{ readonly id: number }`. */
export type ParamsOf<Pattern extends string, Integer = number> =
  unknown extends Collect<Pattern, Integer>
    ? Readonly<Record<never, never>>
    : Flatten<Collect<Pattern, Integer>>

/** One parameter of a pattern, in the pattern's order. */
export interface Param {
  readonly name: string
  readonly isInteger: boolean
}

/** Reads the parameters of a pattern that the engine has accepted. */
export function paramsOf(pattern: string): readonly Param[] {
  return [...pattern.matchAll(/\{([^{}:]+)(?::([^{}]*))?\}/g)].map(([, name = '', kind]) => ({
    name,
    isInteger: kind === 'int',
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
