import type { Param, ParamsOf } from './params.js'
import type { Request } from './request.js'

export interface RouteOptions {
  /** Status of plain results, 200 unless given (204 for no result). */
  readonly status?: number
  /**
   * What `{id:int}` becomes. `number` (the default) is exact up to 2^53 - 1 and larger values are
   * answered with 404; `bigint` holds all of int64.
   */
  readonly integers?: 'number' | 'bigint'
}

type IntegerOf<Options> = Options extends { readonly integers: 'bigint' } ? bigint : number

/**
 * Answers a request with its result or its promise's: a string is text, a Uint8Array or other
 * buffer is bytes, nothing is 204, a Reply what it says, anything else JSON.
 */
export type Handler<Pattern extends string = string, Options = RouteOptions> = (
  request: Request<ParamsOf<Pattern, IntegerOf<Options>>>,
) => unknown

/** A registered route. */
export interface Route {
  readonly handler: (request: Request) => unknown
  readonly params: readonly Param[]
  readonly hasBigInts: boolean
  /** Status of plain results; 0 when the route names none. */
  readonly status: number
}

/** Where the caller of the public function `depth` frames up stands, for example main.ts:12. */
export function callSite(entry: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, entry)
  const frame = /^\s+at (.+)$/m.exec(holder.stack ?? '')?.[1] ?? ''
  const place = /\(?((?:file:\/\/)?[^()\s]+):(\d+):\d+\)?$/.exec(frame)
  if (place === null) return ''
  return `${place[1]!.split('/').pop() ?? ''}:${place[2]!}`
}
