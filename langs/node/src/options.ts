import { ENGINE, LOG, PROFILE, STATUS, TrivetError } from './abi_gen.js'
import type { NativeConfig } from './native.js'

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

export type Profile = keyof typeof PROFILES
export type Engine = keyof typeof ENGINES
export type LogLevel = keyof typeof LEVELS

/**
 * Address, workers, limits, timeouts and engine of an app. What is not given is as the environment
 * (TRIVET_WORKERS and so on), trivet.toml or the engine's defaults say; see trivet_app_config.
 */
export interface AppOptions {
  /** An IPv4 or IPv6 address or `localhost`; 127.0.0.1 by default. */
  readonly host?: string
  /** 0 lets the kernel choose; 8000 by default. */
  readonly port?: number
  /** Processes that run() serves with; as many as there are CPUs when it is not configured. */
  readonly workers?: number
  /** How much memory is taken for speed. */
  readonly profile?: Profile
  /** `auto` takes io_uring where the kernel allows it, else epoll. */
  readonly engine?: Engine
  /** `info` unless TRIVET_LOG says otherwise. */
  readonly log?: LogLevel
  /** Longest request target; beyond it 414. */
  readonly targetBytesMax?: number
  /** Longest request line and header block together; beyond it 431. */
  readonly headBytesMax?: number
  /** Most header fields; beyond it 431. */
  readonly headerCountMax?: number
  /** Open connections; beyond it new ones are closed at once. */
  readonly connectionsMax?: number
  readonly connectionsPerAddressMax?: number
  readonly requestsMax?: number
  readonly requestsPerConnectionMax?: number
  readonly bodyRateMin?: number
  readonly sendRateMin?: number
  /** Largest request content; beyond it 413. */
  readonly bodyBytesMax?: number
  readonly headTimeoutMs?: number
  readonly bodyTimeoutMs?: number
  readonly idleTimeoutMs?: number
  readonly sendTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly keepAliveTimeoutMs?: number
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

const PLAIN = [
  'host',
  'port',
  'workers',
  'targetBytesMax',
  'headBytesMax',
  'headerCountMax',
  'connectionsMax',
  'connectionsPerAddressMax',
  'requestsMax',
  'requestsPerConnectionMax',
  'bodyRateMin',
  'sendRateMin',
  'bodyBytesMax',
  'headTimeoutMs',
  'bodyTimeoutMs',
  'idleTimeoutMs',
  'sendTimeoutMs',
  'requestTimeoutMs',
  'keepAliveTimeoutMs',
  'shutdownTimeoutMs',
  'backlog',
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
  for (const name of PLAIN) {
    const value = options[name]
    if (value !== undefined) config[name] = value
  }
  return config
}

export function logLevel(level: LogLevel): number {
  return lookUp(LEVELS, 'level', level)
}

/** The name of a level; `undefined` for the default one. */
export function levelName(level: number): LogLevel | undefined {
  const found = Object.entries(LEVELS).find(([, number]) => number === level)
  return found?.[0] as LogLevel | undefined
}

function lookUp(table: Readonly<Record<string, number>>, name: string, value: string): number {
  const number = Object.hasOwn(table, value) ? table[value] : undefined
  if (number !== undefined) return number
  const known = Object.keys(table).join(', ')
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${name} is one of ${known}, not ${value}`)
}
