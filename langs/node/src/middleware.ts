import { STATUS, TrivetError } from './abi_gen.js'
import { checkNames, type NamesOf } from './names.js'

/** Options as the engine takes them: names and values by turns. */
type Flat = string[]

/**
 * Middleware of the engine as it is written down, for `app.use()`, `group.use()` and the option
 * `middleware` of a route. Made by the functions of this module.
 */
export class Middleware {
  /** As `trivet routes -v` shows it. */
  readonly kind: string
  /** @internal Names and values by turns, secrets among them. */
  readonly flat!: readonly string[]

  /** @internal */
  constructor(kind: string, flat: readonly string[]) {
    const wrong = flat.findIndex((item) => typeof item !== 'string')
    if (wrong >= 0) throw fault(`${kind}: ${flat[wrong - 1] ?? 'an option'} is no text`)
    this.kind = kind
    // So that nothing shows secrets that goes through what an object has.
    Object.defineProperty(this, 'flat', { value: flat, enumerable: false })
    Object.freeze(this)
  }
}

/** Whom credentials belong to; `request.principal` is who has proven to be it. */
export interface Principal {
  /** How it was proven: `bearer`, `api_key` or `basic`. */
  readonly scheme: string
  /** Its name; empty where nobody has said one. */
  readonly subject: string
  /** What it may do. */
  readonly scopes: readonly string[]
  /** What else is known of it. */
  readonly claims: Readonly<Record<string, string>>
}

/** What is said of whom a secret belongs to. */
export type Owner = Partial<Omit<Principal, 'scheme'>>

/** Secrets: one, several, or whom each belongs to, a subject or more. */
export type Secrets = string | readonly string[] | Readonly<Record<string, string | Owner>>

/** What the schemes of authentication have in common. */
export interface SchemeOptions {
  /** Told to clients that bring no valid credentials. */
  readonly realm?: string
  /** Lets requests without credentials pass, for `require()` further in; wrong ones never. */
  readonly optional?: boolean
}

const SCHEME: NamesOf<SchemeOptions> = { realm: true, optional: true }
const OWNER: NamesOf<Owner> = { subject: true, scopes: true, claims: true }

/** Answers 413 to longer content. A limit of the route or group itself goes before it. */
export function bodyLimit(bytesMax: number): Middleware {
  return new Middleware('body_limit', ['bytes', whole('bytesMax', bytesMax)])
}

/** Answers 503 when the handler has not begun its answer within that time. */
export function timeout(ms: number): Middleware {
  return new Middleware('timeout', ['ms', whole('ms', ms)])
}

export interface RequestIdOptions {
  /** The field; `X-Request-Id` unless given. */
  readonly header?: string
  /** Takes the id that a request brings, where it is harmless text; for apps behind a proxy. */
  readonly trust?: boolean
  /** Sends it back; true unless given. */
  readonly response?: boolean
}

const REQUEST_ID: NamesOf<RequestIdOptions> = { header: true, trust: true, response: true }

/** Gives each request an id, `request.requestId`, and sends it back in the field. */
export function requestId(options: RequestIdOptions = {}): Middleware {
  checkNames(options, REQUEST_ID, 'option of requestId()')
  const { header, trust, response } = options
  return new Middleware('request_id', [
    ...one('header', header),
    ...flag('trust', trust),
    ...flag('response', response),
  ])
}

export interface TraceContextOptions {
  /** Said of traces that begin here. */
  readonly sampled?: boolean
  /** Sends the field traceresponse. */
  readonly response?: boolean
}

const TRACE_CONTEXT: NamesOf<TraceContextOptions> = { sampled: true, response: true }

/**
 * Goes on with the trace of a request (W3C Trace Context), or begins one;
 * `request.attribute('traceparent')` is what goes along with requests of yours.
 */
export function traceContext(options: TraceContextOptions = {}): Middleware {
  checkNames(options, TRACE_CONTEXT, 'option of traceContext()')
  const { sampled, response } = options
  return new Middleware('trace_context', [
    ...flag('sampled', sampled),
    ...flag('response', response),
  ])
}

export interface CorsOptions {
  /** `https://app.example.com`, `https://*.example.com`, or `*`. */
  readonly origins: string | readonly string[]
  /** Those that a path has, unless given. */
  readonly methods?: readonly string[]
  /** Fields that a page may send. */
  readonly headers?: readonly string[]
  /** Fields of answers that a page may read. */
  readonly expose?: readonly string[]
  readonly credentials?: boolean
  /** Seconds for which a browser remembers what it was told. */
  readonly maxAge?: number
}

const CORS: NamesOf<CorsOptions> = {
  origins: true,
  methods: true,
  headers: true,
  expose: true,
  credentials: true,
  maxAge: true,
}

/** Lets pages of other origins read answers, and answers what browsers ask before. */
export function cors(options: CorsOptions): Middleware {
  checkNames(options, CORS, 'option of cors()')
  const { origins, methods, headers, expose, credentials, maxAge } = options
  return new Middleware('cors', [
    ...each('origin', origins),
    ...each('method', methods),
    ...each('header', headers),
    ...each('expose', expose),
    ...flag('credentials', credentials),
    ...(maxAge === undefined ? [] : ['max_age', String(maxAge)]),
  ])
}

export interface SecurityHeadersOptions {
  /**
   * The sources of each directive: `{ 'default-src': "'self'", 'script-src': ["'self'",
   * "'nonce'"] }`; `'nonce'` is another number in each answer, `request.nonce`.
   */
  readonly csp?: Readonly<Record<string, string | readonly string[]>>
  readonly cspReportOnly?: boolean
  readonly frame?: 'deny' | 'sameorigin' | 'off'
  readonly nosniff?: boolean
  /** A referrer policy, or `off`. */
  readonly referrer?: string
  /** Who may use a feature: `{ camera: [], geolocation: ['self'] }`. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>
  readonly xssProtection?: '0' | '1; mode=block' | 'off'
  /** Seconds, for sites that TLS alone leads to. */
  readonly hsts?: number
  readonly hstsSubdomains?: boolean
  readonly hstsPreload?: boolean
}

const SECURITY_HEADERS: NamesOf<SecurityHeadersOptions> = {
  csp: true,
  cspReportOnly: true,
  frame: true,
  nosniff: true,
  referrer: true,
  permissions: true,
  xssProtection: true,
  hsts: true,
  hstsSubdomains: true,
  hstsPreload: true,
}

/** Sends the fields that make browsers careful. What a handler says itself goes before. */
export function securityHeaders(options: SecurityHeadersOptions = {}): Middleware {
  checkNames(options, SECURITY_HEADERS, 'option of securityHeaders()')
  const { csp = {}, permissions = {}, hsts } = options
  return new Middleware('security_headers', [
    ...Object.entries(csp).flatMap(([name, sources]) => [
      'csp',
      [name, ...list(sources)].join(' '),
    ]),
    ...flag('csp_report_only', options.cspReportOnly),
    ...one('frame', options.frame),
    ...flag('nosniff', options.nosniff),
    ...one('referrer', options.referrer),
    ...Object.entries(permissions).flatMap(([name, allowed]) => [
      'permissions',
      `${name}=${allowed.length === 1 && allowed[0] === '*' ? '*' : `(${allowed.join(' ')})`}`,
    ]),
    ...one('xss_protection', options.xssProtection),
    ...(hsts === undefined ? [] : ['hsts', String(hsts)]),
    ...flag('hsts_subdomains', options.hstsSubdomains),
    ...flag('hsts_preload', options.hstsPreload),
  ])
}

/**
 * Demands `Authorization: Bearer` with one of the tokens; anything else is a 401. An object says
 * whom each belongs to, as `request.principal` tells.
 */
export function bearer(tokens: Secrets, options: SchemeOptions = {}): Middleware {
  checkNames(options, SCHEME, 'option of bearer()')
  return new Middleware('bearer', [...credentials('token', tokens), ...scheme(options)])
}

export interface ApiKeyOptions extends SchemeOptions {
  /** The field; `X-API-Key` unless given. */
  readonly header?: string
  /** A query parameter for clients that can send no field: queries end up in logs. */
  readonly query?: string
}

const API_KEY: NamesOf<ApiKeyOptions> = { header: true, query: true, ...SCHEME }

/** Demands one of the keys in a field, or in a query parameter; else as bearer(). */
export function apiKey(keys: Secrets, options: ApiKeyOptions = {}): Middleware {
  checkNames(options, API_KEY, 'option of apiKey()')
  return new Middleware('api_key', [
    ...one('header', options.header),
    ...one('query', options.query),
    ...credentials('key', keys),
    ...scheme(options),
  ])
}

export interface BasicOptions extends SchemeOptions {
  /** What is known of some users besides their names, which are their subjects. */
  readonly owners?: Readonly<Record<string, Owner>>
}

const BASIC: NamesOf<BasicOptions> = { owners: true, ...SCHEME }

/** Demands `Authorization: Basic` with a user and its password; else as bearer(). */
export function basic(
  users: Readonly<Record<string, string>>,
  options: BasicOptions = {},
): Middleware {
  checkNames(options, BASIC, 'option of basic()')
  return new Middleware('basic', [
    ...Object.entries(users).flatMap(([user, password]) => [
      'user',
      user,
      'password',
      password,
      ...ownerOf(options.owners?.[user] ?? {}),
    ]),
    ...scheme(options),
  ])
}

export interface RequireOptions {
  /** Any of these; all that are mounted unless given. */
  readonly schemes?: readonly ('bearer' | 'api_key' | 'basic')[]
  /** All of these. */
  readonly scopes?: readonly string[]
  readonly claims?: Readonly<Record<string, string>>
}

const REQUIRE: NamesOf<RequireOptions> = { schemes: true, scopes: true, claims: true }

/**
 * Demands credentials of one of the schemes that are mounted. Without any it is a 401; where the
 * principal lacks a scope, or has another value of a claim, a 403.
 */
export function require(options: RequireOptions = {}): Middleware {
  checkNames(options, REQUIRE, 'option of require()')
  return new Middleware('require', [
    ...each('scheme', options.schemes),
    ...each('scope', options.scopes),
    ...Object.entries(options.claims ?? {}).flatMap(([name, value]) => [
      'claim',
      `${name}=${value}`,
    ]),
  ])
}

export interface CompressOptions {
  /** Of codings that a client likes as much, the first is taken; zstd, br, gzip unless given. */
  readonly codings?: readonly ('zstd' | 'br' | 'gzip')[]
  /** Shorter whole answers leave as they are; 1024 unless given. */
  readonly minBytes?: number
  /** Longer whole answers leave as they are; 8 MiB unless given. */
  readonly maxBytes?: number
  /**
   * What to encode: `text/html`, `text/*`, `+json`; `default` stands for text, JSON, XML and the
   * like, and is taken unless some are given. Event streams have to be named.
   */
  readonly types?: string | readonly string[]
  readonly zstdLevel?: number
  readonly brLevel?: number
  readonly gzipLevel?: number
  /**
   * False turns off what is mounted further out: where a page reflects what a client sent beside a
   * secret, its size would tell of it.
   */
  readonly enabled?: boolean
}

const COMPRESS: NamesOf<CompressOptions> = {
  codings: true,
  minBytes: true,
  maxBytes: true,
  types: true,
  zstdLevel: true,
  brLevel: true,
  gzipLevel: true,
  enabled: true,
}

/**
 * Encodes answers with what the client likes best: whole ones, and those in pieces, each of which
 * can be decoded when it has come.
 */
export function compress(options: CompressOptions = {}): Middleware {
  checkNames(options, COMPRESS, 'option of compress()')
  return new Middleware('compress', [
    ...each('coding', options.codings),
    ...each('type', options.types),
    ...count('min_bytes', options.minBytes),
    ...count('max_bytes', options.maxBytes),
    ...count('zstd_level', options.zstdLevel),
    ...count('br_level', options.brLevel),
    ...count('gzip_level', options.gzipLevel),
    ...flag('enabled', options.enabled),
  ])
}

export interface EtagOptions {
  /** Names the bytes sent, which have to be encoded first; else the content, however coded. */
  readonly strong?: boolean
  /** Longer content has no tag of the engine's; 1 MiB unless given. */
  readonly maxBytes?: number
  /** False turns off what is mounted further out. */
  readonly enabled?: boolean
}

const ETAG: NamesOf<EtagOptions> = { strong: true, maxBytes: true, enabled: true }

/**
 * Gives whole answers to GET an ETag, a hash of the content, and answers 304 to who has that one
 * already. An ETag, or a Last-Modified, of the handler's own counts as well.
 */
export function etag(options: EtagOptions = {}): Middleware {
  checkNames(options, ETAG, 'option of etag()')
  return new Middleware('etag', [
    ...flag('strong', options.strong),
    ...count('max_bytes', options.maxBytes),
    ...flag('enabled', options.enabled),
  ])
}

/** @internal What the engine says of who asks. */
export function principalOf(
  attribute: (name: string) => string | undefined,
): Principal | undefined {
  const scheme = attribute('scheme')
  if (scheme === undefined) return undefined
  const scope = attribute('scope') ?? ''
  const claims = JSON.parse(attribute('claims') ?? '{}') as Readonly<Record<string, string>>
  const scopes = scope === '' ? [] : scope.split(' ')
  return { scheme, subject: attribute('subject') ?? '', scopes, claims }
}

function fault(detail: string): TrivetError {
  return new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
}

function list(values: string | readonly string[] | undefined): readonly string[] {
  return values === undefined ? [] : typeof values === 'string' ? [values] : values
}

function each(name: string, values: string | readonly string[] | undefined): Flat {
  return list(values).flatMap((value) => [name, value])
}

function one(name: string, value: string | undefined): Flat {
  return value === undefined ? [] : [name, value]
}

function flag(name: string, value: boolean | undefined): Flat {
  return value === undefined ? [] : [name, String(value)]
}

/** The engine says which numbers it takes. */
function count(name: string, value: number | undefined): Flat {
  return value === undefined ? [] : [name, String(value)]
}

function whole(name: string, value: number): string {
  if (Number.isSafeInteger(value) && value > 0) return String(value)
  throw fault(`${name} is a whole number from 1, not ${String(value)}`)
}

function scheme({ realm, optional }: SchemeOptions): Flat {
  return [...one('realm', realm), ...flag('optional', optional)]
}

function credentials(name: string, secrets: Secrets): Flat {
  if (typeof secrets === 'string' || Array.isArray(secrets)) {
    return each(name, secrets as string | readonly string[])
  }
  return Object.entries(secrets as Readonly<Record<string, string | Owner>>).flatMap(
    ([secret, owner]) => [
      name,
      secret,
      ...ownerOf(typeof owner === 'string' ? { subject: owner } : owner),
    ],
  )
}

function ownerOf(owner: Owner): Flat {
  checkNames(owner, OWNER, 'part of an owner')
  const { subject, scopes = [], claims = {} } = owner
  return [
    ...one('subject', subject),
    ...(scopes.length === 0 ? [] : ['scope', scopes.join(' ')]),
    ...Object.entries(claims).flatMap(([name, value]) => ['claim', `${name}=${value}`]),
  ]
}
