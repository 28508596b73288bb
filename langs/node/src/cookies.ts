import { COOKIE, SAME_SITE, STATUS, TrivetError } from './abi_gen.js'
import { checkNames, type NamesOf } from './names.js'
import { native } from './native.js'
import { nameOf } from './results.js'

const SITES = {
  lax: SAME_SITE.LAX,
  strict: SAME_SITE.STRICT,
  none: SAME_SITE.NONE,
} as const

/** Where a cookie is valid, and who gets it; of a cookie that is removed, as when it was set. */
export interface CookieScope {
  /** A host, whose subdomains get the cookie as well; that of the request alone unless given. */
  readonly domain?: string
  /** What lies under it has the cookie; `/` unless given. */
  readonly path?: string
  /** Over TLS alone, and from loopback; `true` unless given. */
  readonly secure?: boolean
  /** Out of the reach of scripts; `true` unless given. */
  readonly httpOnly?: boolean
  /** Whether requests that other sites cause have it: where a user follows a link, unless given. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** A jar for each site that embeds this one; `false` unless given. */
  readonly partitioned?: boolean
}

/** Without `maxAge` and `expires` a cookie ends with the browser's session. */
export interface CookieOptions extends CookieScope {
  /** Seconds it lives, at least 1; beats `expires`. */
  readonly maxAge?: number
  /** When it ends; a number is of seconds since 1970. */
  readonly expires?: Date | number
}

const OPTIONS: NamesOf<CookieOptions> = {
  domain: true,
  path: true,
  secure: true,
  httpOnly: true,
  sameSite: true,
  partitioned: true,
  maxAge: true,
  expires: true,
}

/** The value of a Set-Cookie field; throws ERR_TRIVET_ARGUMENT for what no browser could take. */
export function encodeCookie(name: string, value: string, options: CookieOptions = {}): string {
  return encode(name, value, options, expiresOf(options.expires), maxAgeOf(options.maxAge))
}

/** The same for a cookie that is to be removed. */
export function encodeRemoval(name: string, scope: CookieScope = {}): string {
  return encode(name, '', scope, 0, undefined)
}

function encode(
  name: string,
  value: string,
  scope: CookieScope,
  expires: number | undefined,
  maxAge: number | undefined,
): string {
  checkNames(scope, OPTIONS, 'option of a cookie')
  const { domain, path, sameSite = 'lax' } = scope
  if (!Object.hasOwn(SITES, sameSite)) {
    throw refusal(`sameSite of a cookie is lax, strict or none, not ${String(sameSite)}`)
  }
  // Only what says so in so many words makes a cookie less safe.
  const flags =
    (scope.secure === false ? COOKIE.INSECURE : 0) |
    (scope.httpOnly === false ? COOKIE.SCRIPTS : 0) |
    (scope.partitioned === true ? COOKIE.PARTITIONED : 0)
  return native.cookieEncode(
    flags,
    SITES[sameSite],
    textOf('the name', name),
    textOf('the value', value),
    domain === undefined ? undefined : textOf('domain', domain),
    path === undefined ? undefined : textOf('path', path),
    expires,
    maxAge,
  )
}

/** Anything else would reach the engine as no text at all. */
function textOf(what: string, text: unknown): string {
  if (typeof text === 'string') return text
  throw refusal(`${what} of a cookie is text, not ${nameOf(text)}`)
}

/** A time before 1970 becomes 1970, which removes a cookie as well: -1 is none to the engine. */
function expiresOf(expires: Date | number | undefined): number | undefined {
  if (expires === undefined) return undefined
  const seconds = expires instanceof Date ? Math.floor(expires.getTime() / 1000) : expires
  return Math.max(0, wholeOf('expires of a cookie is a Date or a', seconds))
}

/** To the engine -1 is none; 0, like all that is too little, it refuses. */
function maxAgeOf(maxAge: number | undefined): number | undefined {
  return maxAge === undefined ? undefined : Math.max(0, wholeOf('maxAge of a cookie is a', maxAge))
}

function wholeOf(what: string, seconds: unknown): number {
  if (Number.isSafeInteger(seconds)) return seconds as number
  throw refusal(`${what} whole number of seconds, not ${String(seconds)}`)
}

function refusal(detail: string): TrivetError {
  return new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
}
