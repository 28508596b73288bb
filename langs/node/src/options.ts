import { inspect } from 'node:util'
import { ENGINE, FORWARDED, LOG, PROFILE, STATUS, TrivetError } from './abi_gen.js'
import { checkNames, type NamesOf } from './names.js'
import type { NativeConfig } from './native.js'
import { lookUp, whole } from './option_values.js'
import { addTls, type TlsOptions } from './tls_options.js'

const ENGINES = { auto: ENGINE.AUTO, uring: ENGINE.URING, epoll: ENGINE.EPOLL } as const
const LEVELS = {
  debug: LOG.DEBUG,
  info: LOG.INFO,
  warn: LOG.WARN,
  error: LOG.ERROR,
  off: LOG.OFF,
} as const

const PROFILES = {
  default: PROFILE.DEFAULT,
  'low-memory': PROFILE.LOW_MEMORY,
  'high-throughput': PROFILE.HIGH_THROUGHPUT,
} as const

const FORWARDEDS = {
  'x-forwarded': FORWARDED.X,
  forwarded: FORWARDED.RFC,
  either: FORWARDED.EITHER,
} as const

export type Profile = keyof typeof PROFILES
export type Engine = keyof typeof ENGINES
export type LogLevel = keyof typeof LEVELS

/** Limits and timeouts of an app, each with the status or the end that comes beyond it. */
export interface ServerLimits {
  /** Longest request target; beyond it 414. */
  readonly targetBytesMax?: number
  /** Longest request line and header block; beyond it 431. */
  readonly headBytesMax?: number
  /** Most header fields; beyond it 431. */
  readonly headerCountMax?: number
  /** Largest request content; beyond it 413. */
  readonly bodyBytesMax?: number
  /** Decoded content to what came of it, above 64 KiB; beyond it 413. */
  readonly bodyRatioMax?: number
  /** Open connections; beyond it new ones are closed at once. */
  readonly connectionsMax?: number
  /** Open connections of one IPv4 address or IPv6 /64; beyond it new ones are closed at once. */
  readonly connectionsPerAddressMax?: number
  /** Unanswered requests; beyond it 503 with Retry-After. */
  readonly requestsMax?: number
  /** Requests of one connection; the answer to the last one closes it. */
  readonly requestsPerConnectionMax?: number
  /** Bytes a second of content on average, after `bodyTimeoutMs`; below it 408. */
  readonly bodyRateMin?: number
  /** Bytes a second a client must take; below it the connection is closed. */
  readonly sendRateMin?: number
  /** To the end of the header block; beyond it 408. */
  readonly headTimeoutMs?: number
  /** Longest silence while content is awaited; beyond it 408. */
  readonly bodyTimeoutMs?: number
  /** Longest silence between requests; beyond it the connection is closed. */
  readonly idleTimeoutMs?: number
  /** Longest silence after an answer; as `idleTimeoutMs` unless given. */
  readonly keepAliveTimeoutMs?: number
  /** Longest time a client may take nothing; beyond it the connection is closed. */
  readonly sendTimeoutMs?: number
  /** From a request to the beginning of its answer; beyond it 503. */
  readonly requestTimeoutMs?: number
}

/**
 * Address, workers, limits, timeouts and engine of an app. What is not given is as the environment
 * (TRIVET_WORKERS and so on), trivet.toml or the engine's defaults say; see trivet_app_config. The
 * limits may also be given as one value, `limits`.
 */
export interface AppOptions extends ServerLimits {
  readonly limits?: ServerLimits
  /** Secures the connections. */
  readonly tls?: TlsOptions
  /**
   * Addresses and blocks (`10.0.0.0/8`) of proxies that are believed who has sent a request, and
   * `unix` for the peers of Unix sockets.
   */
  readonly trustedProxies?: string | readonly string[]
  /** Which fields they write; `x-forwarded` by default. */
  readonly forwarded?: keyof typeof FORWARDEDS
  /** Whether they write X-Forwarded-Host, too, so that it is not the client's. */
  readonly forwardedHost?: boolean
  /** Whether connections to host and port begin with a PROXY protocol header of a proxy. */
  readonly proxyProtocol?: boolean
  /**
   * An IPv4 or IPv6 address, `localhost`, or a Unix socket as `unix:/path`; 127.0.0.1 by default.
   */
  readonly host?: string
  /** 0 lets the kernel choose; 8000 by default. */
  readonly port?: number
  /**
   * Further addresses to listen on: `0.0.0.0:80`, `[::]:80` or `unix:/path`, each with the words
   * `plain` (no TLS) and `proxy` (PROXY protocol) behind it, where wanted.
   */
  readonly alsoListen?: string | readonly string[]
  /** Whether answers are compressed, where the program mounts no `compress` of its own. */
  readonly compress?: boolean
  /** With `compress`: shorter answers leave as they are; 1024 by default. */
  readonly compressMinBytes?: number
  /** Whether answers have an ETag, where the program mounts no `etag` of its own. */
  readonly etag?: boolean
  /** Folders to serve below prefixes, `{ '/assets': 'public' }` or `/assets=public`. */
  readonly staticFolders?: string | Readonly<Record<string, string>>
  /** Processes that run() serves with; as many as there are CPUs when it is not configured. */
  readonly workers?: number
  /** How much memory is taken for speed. */
  readonly profile?: Profile
  /** `auto` takes io_uring where the kernel allows it, else epoll. */
  readonly engine?: Engine
  /** `info` unless TRIVET_LOG says otherwise. */
  readonly log?: LogLevel
  /** Whether content in gzip, deflate, br or zstd arrives decoded. */
  readonly bodyDecompress?: boolean
  /** From drain to the forced end. */
  readonly shutdownTimeoutMs?: number
  /** Queue of connections not yet accepted. */
  readonly backlog?: number
  /** Receive buffers, a power of two; as the profile says when it is not configured. */
  readonly bufferCount?: number
  /** Size of one receive buffer; as the profile says when it is not configured. */
  readonly bufferBytes?: number
  /** From the start of a worker to its readiness; beyond it the worker is started again. */
  readonly startTimeoutMs?: number
}

const LIMITS: NamesOf<ServerLimits> = {
  targetBytesMax: true,
  headBytesMax: true,
  headerCountMax: true,
  bodyBytesMax: true,
  bodyRatioMax: true,
  connectionsMax: true,
  connectionsPerAddressMax: true,
  requestsMax: true,
  requestsPerConnectionMax: true,
  bodyRateMin: true,
  sendRateMin: true,
  headTimeoutMs: true,
  bodyTimeoutMs: true,
  idleTimeoutMs: true,
  keepAliveTimeoutMs: true,
  sendTimeoutMs: true,
  requestTimeoutMs: true,
}

/** Every option of an app but those of its OpenAPI document. */
export const APP_OPTIONS: NamesOf<AppOptions> = {
  host: true,
  port: true,
  workers: true,
  profile: true,
  engine: true,
  log: true,
  bodyDecompress: true,
  shutdownTimeoutMs: true,
  backlog: true,
  bufferCount: true,
  bufferBytes: true,
  startTimeoutMs: true,
  limits: true,
  tls: true,
  trustedProxies: true,
  forwarded: true,
  forwardedHost: true,
  proxyProtocol: true,
  alsoListen: true,
  compress: true,
  compressMinBytes: true,
  etag: true,
  staticFolders: true,
  ...LIMITS,
}

const NUMBERS = [
  ...(Object.keys(LIMITS) as (keyof ServerLimits)[]),
  'port',
  'workers',
  'shutdownTimeoutMs',
  'backlog',
  'compressMinBytes',
  'bufferCount',
  'bufferBytes',
  'startTimeoutMs',
] as const satisfies readonly (keyof AppOptions)[]

/** The options as the addon takes them; throws for an unknown engine, level or profile. */
export function nativeConfig(options: AppOptions): Partial<NativeConfig> {
  const config: Record<string, number | string> = {}
  const { engine, log, profile } = options
  if (engine !== undefined) config['engine'] = lookUp(ENGINES, 'engine', engine)
  if (log !== undefined) config['logLevel'] = lookUp(LEVELS, 'log', log)
  if (profile !== undefined) config['profile'] = lookUp(PROFILES, 'profile', profile)
  if (options.bodyDecompress !== undefined) {
    config['bodyDecompress'] = options.bodyDecompress ? 1 : 0
  }
  if (options.host !== undefined) config['host'] = text('host', options.host)
  for (const name of ['trustedProxies', 'alsoListen'] as const) {
    const value = options[name]
    if (value !== undefined) {
      config[name] = [value]
        .flat()
        .map((one) => text(name, one))
        .join(',')
    }
  }
  const { forwarded, staticFolders } = options
  for (const name of ['forwardedHost', 'proxyProtocol', 'compress', 'etag'] as const) {
    const value = options[name]
    if (value !== undefined) config[name] = value ? 1 : 0
  }
  if (staticFolders !== undefined) {
    config['staticFolders'] =
      typeof staticFolders === 'object'
        ? Object.entries(staticFolders)
            .map(([prefix, folder]) => `${prefix}=${text('staticFolders', folder)}`)
            .join(',')
        : text('staticFolders', staticFolders)
  }
  if (forwarded !== undefined) config['forwarded'] = lookUp(FORWARDEDS, 'forwarded', forwarded)
  for (const name of NUMBERS) {
    const value = options[name]
    if (value !== undefined) config[name] = whole(name, value)
  }
  addLimits(config, options.limits ?? {})
  if (options.tls !== undefined) addTls(config, options.tls)
  return config
}

/** None may be given twice, and none that there is not. */
function addLimits(config: Record<string, number | string>, limits: ServerLimits): void {
  checkNames(limits, LIMITS, 'limit of an app')
  for (const name of Object.keys(LIMITS) as (keyof ServerLimits)[]) {
    const value = limits[name]
    if (value === undefined) continue
    if (name in config) {
      const detail = `${name} is given by the limits, and once more`
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
    config[name] = whole(name, value)
  }
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${name} is text, not ${inspect(value)}`)
}

export function logLevel(level: LogLevel): number {
  return lookUp(LEVELS, 'level', level)
}

/** The name of a level; `undefined` for the default one. */
export function levelName(level: number): LogLevel | undefined {
  const found = Object.entries(LEVELS).find(([, number]) => number === level)
  return found?.[0] as LogLevel | undefined
}
