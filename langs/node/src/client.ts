import { CLIENT } from './abi_gen.js'
import type { NativeClient } from './native.js'

/** What the peer of a connection has shown in its handshake, and was checked. */
export interface Certificate {
  /** Subject (RFC 2253): `CN=alice,O=Example`. */
  readonly subject: string
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly fingerprint: string
  /** The certificate. */
  readonly der: Buffer
}

/** The TLS session of a connection. */
export interface TlsSession {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly version: string
  /** Suite, as OpenSSL calls it. */
  readonly cipher: string
  /** Host that the client named (SNI); may be empty. */
  readonly serverName: string
  readonly certificate: Certificate | undefined
}

/**
 * Who has sent a request: the far end of its connection or, behind proxies that are trusted, whom
 * they name.
 */
export interface Client {
  /** IPv4 or IPv6 address; empty when it is not known, as of a Unix socket. */
  readonly address: string
  /** 0 when it is not known. */
  readonly port: number
  /** As the client speaks it. */
  readonly scheme: 'http' | 'https'
  /** Host and port as the client asked for; may be empty. */
  readonly host: string
  /** Proxies whose word was taken. */
  readonly hops: number
  /** Whether trusted proxies have said who it is. */
  readonly isForwarded: boolean
  /** Of the connection, whatever proxies say; undefined without TLS. */
  readonly tls: TlsSession | undefined
}

export function clientOf(told: NativeClient): Client {
  const { flags, address, port, hops, host, version, cipher, serverName } = told
  const { subject, fingerprint, der } = told
  const certificate = (flags & CLIENT.CERTIFICATE) === 0 ? undefined : { subject, fingerprint, der }
  const tls =
    (flags & CLIENT.SECURED) === 0 ? undefined : { version, cipher, serverName, certificate }
  return {
    address,
    port,
    scheme: told.scheme === 'https' ? 'https' : 'http',
    host,
    hops,
    isForwarded: (flags & CLIENT.FORWARDED) !== 0,
    tls,
  }
}
