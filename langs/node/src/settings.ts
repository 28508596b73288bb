import { SOURCE } from './abi_gen.js'
import { native, type NativeApp } from './native.js'

const SOURCES = {
  [SOURCE.DEFAULT]: 'default',
  [SOURCE.FILE]: 'file',
  [SOURCE.ENV_FILE]: 'env-file',
  [SOURCE.ENVIRONMENT]: 'environment',
  [SOURCE.PROGRAM]: 'program',
  [SOURCE.FLAG]: 'flag',
} as const

/** What has set a setting; `env-file` is the file .env of the working directory. */
export type SettingSource = (typeof SOURCES)[keyof typeof SOURCES]

/** A setting of the server, or of the table [app] of trivet.toml. */
export interface Setting {
  /** Table and key in trivet.toml: `server.port`. */
  readonly key: string
  /** Its variable in the environment: `TRIVET_PORT`. */
  readonly variable: string
  /** Its value as the environment would have it; empty where there is none. */
  readonly value: string
  /** The same of its default. */
  readonly default: string
  readonly source: SettingSource
  /** `trivet.toml:3`, `.env:2`, `TRIVET_PORT`, `--port`; empty for program and default. */
  readonly place: string
  /** What it may be, in words. */
  readonly allowed: string
  /** What it means. */
  readonly help: string
}

export function settingsOf(app: NativeApp): Setting[] {
  return native.appSettings(app).map((setting) => ({
    ...setting,
    source: SOURCES[setting.source as keyof typeof SOURCES],
  }))
}

/** The last one of a name counts. */
export function variablesOf(app: NativeApp): Record<string, string> {
  const flat = native.appVariables(app)
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return Object.fromEntries(pairs)
}
