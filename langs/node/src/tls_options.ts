import { inspect } from 'node:util'
import { CLIENT_AUTH, STATUS, TLS, TrivetError } from './abi_gen.js'
import { checkNames, type NamesOf } from './names.js'
import { lookUp, whole } from './option_values.js'

const CLIENT_AUTHS = {
  off: CLIENT_AUTH.OFF,
  optional: CLIENT_AUTH.OPTIONAL,
  required: CLIENT_AUTH.REQUIRED,
} as const
const VERSIONS = { '1.2': TLS.V1_2, '1.3': TLS.V1_3 } as const

/**
 * What connections are secured with. Files are read again when they change; several are those of
 * several hosts, in the same order in all three lists.
 */
export interface TlsOptions {
  /** PEM files, each with its chain; the first is for clients that name no host of the others. */
  readonly certificate: string | readonly string[]
  /** PEM files of their keys; not given: they are in the certificates' files. */
  readonly key?: string | readonly string[]
  /** DER files of OCSP responses to staple. */
  readonly staple?: string | readonly string[]
  /** PEM file of the authorities that clients' certificates are signed by. */
  readonly clientCa?: string
  /** Whether clients are asked for a certificate, and refused without one; `off` by default. */
  readonly clientAuth?: keyof typeof CLIENT_AUTHS
  /** The oldest version that is spoken, `1.2` by default. */
  readonly minVersion?: keyof typeof VERSIONS
  /** How long a session may be taken up again, a day by default; 0: never. */
  readonly sessionTimeoutMs?: number
}

const NAMES: NamesOf<TlsOptions> = {
  certificate: true,
  key: true,
  staple: true,
  clientCa: true,
  clientAuth: true,
  minVersion: true,
  sessionTimeoutMs: true,
}

/** Puts them where the addon takes them. */
export function addTls(config: Record<string, number | string>, tls: TlsOptions): void {
  checkNames(tls, NAMES, 'option of TLS')
  config['tlsCertificate'] = joined('certificate', tls.certificate)
  if (tls.key !== undefined) config['tlsKey'] = joined('key', tls.key)
  if (tls.staple !== undefined) config['tlsStaple'] = joined('staple', tls.staple)
  if (tls.clientCa !== undefined) config['tlsClientCa'] = joined('clientCa', tls.clientCa)
  if (tls.clientAuth !== undefined) {
    config['tlsClientAuth'] = lookUp(CLIENT_AUTHS, 'clientAuth', tls.clientAuth)
  }
  if (tls.minVersion !== undefined) {
    config['tlsMinVersion'] = lookUp(VERSIONS, 'minVersion', tls.minVersion)
  }
  if (tls.sessionTimeoutMs !== undefined) {
    config['tlsSessionTimeoutMs'] = whole('sessionTimeoutMs', tls.sessionTimeoutMs)
  }
}

function joined(name: string, paths: unknown): string {
  const some: readonly unknown[] = Array.isArray(paths) ? paths : [paths]
  for (const path of some) {
    if (typeof path !== 'string') {
      const detail = `${name} of tls is a path or several, not ${inspect(path)}`
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
    if (path.includes(',')) {
      const detail = `${name} of tls: a path may not have a comma: ${path}`
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
  }
  return some.join(',')
}
