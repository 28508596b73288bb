import { ENGINE, LOG, STATUS, TrivetError } from './abi_gen.js'

const ENGINES = { auto: ENGINE.AUTO, uring: ENGINE.URING, epoll: ENGINE.EPOLL } as const
const LEVELS = {
  debug: LOG.DEBUG,
  info: LOG.INFO,
  warn: LOG.WARN,
  error: LOG.ERROR,
  off: LOG.OFF,
} as const

export type Engine = keyof typeof ENGINES
export type LogLevel = keyof typeof LEVELS

/** Limits, timeouts and engine of an app; the defaults are the engine's (trivet_app_config). */
export interface AppOptions {
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
  /** Largest request content; beyond it 413. */
  readonly bodyBytesMax?: number
  readonly headTimeoutMs?: number
  readonly bodyTimeoutMs?: number
  readonly idleTimeoutMs?: number
  readonly sendTimeoutMs?: number
  /** From drain to the forced end. */
  readonly shutdownTimeoutMs?: number
  /** Queue of connections not yet accepted. */
  readonly backlog?: number
  /** Receive buffers, a power of two. */
  readonly bufferCount?: number
  /** Size of one receive buffer. */
  readonly bufferBytes?: number
}

const LIMITS = [
  'targetBytesMax',
  'headBytesMax',
  'headerCountMax',
  'connectionsMax',
  'bodyBytesMax',
  'headTimeoutMs',
  'bodyTimeoutMs',
  'idleTimeoutMs',
  'sendTimeoutMs',
  'shutdownTimeoutMs',
  'backlog',
  'bufferCount',
  'bufferBytes',
] as const satisfies readonly (keyof AppOptions)[]

/** The options as the addon takes them; throws for an unknown engine or level. */
export function nativeConfig(options: AppOptions): Record<string, number> {
  const config: Record<string, number> = {}
  if (options.engine !== undefined) config['engine'] = lookUp(ENGINES, 'engine', options.engine)
  if (options.log !== undefined) config['logLevel'] = lookUp(LEVELS, 'log', options.log)
  for (const name of LIMITS) {
    const value = options[name]
    if (value !== undefined) config[name] = value
  }
  return config
}

export function logLevel(level: LogLevel): number {
  return lookUp(LEVELS, 'level', level)
}

function lookUp(table: Readonly<Record<string, number>>, name: string, value: string): number {
  const number = Object.hasOwn(table, value) ? table[value] : undefined
  if (number !== undefined) return number
  const known = Object.keys(table).join(', ')
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${name} is one of ${known}, not ${value}`)
}
