import { LIMIT, STATUS, TrivetError } from './abi_gen.js'
import { checkNames, type NamesOf } from './names.js'

/**
 * Limits of a route or a group in place of those around it: the outer group's, or the app's. What
 * is not given is as it is there; 0 is no limit, for `bodyRateMin`, `sendRateMin` and
 * `requestTimeoutMs`.
 */
export interface RouteLimits {
  /** Largest content of a request, streaming or not; beyond it 413. */
  readonly bodyBytesMax?: number
  /** Longest silence while content is awaited; beyond it 408. */
  readonly bodyTimeoutMs?: number
  /** Bytes a second of content on average, after `bodyTimeoutMs`; below it 408. */
  readonly bodyRateMin?: number
  /** From a request to the beginning of its answer; beyond it 503, and its signal is aborted. */
  readonly requestTimeoutMs?: number
  /** Bytes a second a client must take; below it the connection is closed. */
  readonly sendRateMin?: number
  /**
   * Requests under way of the route, or of all routes of the group together; beyond it 503 with
   * Retry-After.
   */
  readonly requestsMax?: number
}

/** In the order in which the addon takes them. */
const NAMES: NamesOf<RouteLimits> = {
  bodyBytesMax: true,
  bodyTimeoutMs: true,
  bodyRateMin: true,
  requestTimeoutMs: true,
  sendRateMin: true,
  requestsMax: true,
}

/** As the addon takes them, in this order: 0 for what is as around it. */
export function nativeLimits(limits: RouteLimits = {}): readonly number[] {
  checkNames(limits, NAMES, 'limit of a route')
  return (Object.keys(NAMES) as (keyof RouteLimits)[]).map((name) => {
    const value = limits[name]
    return value === undefined ? 0 : checked(name, value)
  })
}

function checked(name: keyof RouteLimits, value: number): number {
  const low = name === 'bodyBytesMax' ? 1 : 0
  const high = name === 'bodyBytesMax' ? Number.MAX_SAFE_INTEGER : LIMIT.NONE - 1
  if (Number.isInteger(value) && value >= low && value <= high) {
    return value === 0 ? LIMIT.NONE : value
  }
  const detail = `${name} is a whole number from ${String(low)}, not ${String(value)}`
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
}
