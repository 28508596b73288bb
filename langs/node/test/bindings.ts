import { execFileSync } from 'node:child_process'

/** One line of `LD_DEBUG=bindings`: whose reference to a symbol leads where. */
export interface Binding {
  readonly symbol: string
  readonly to: string
}

/** Libraries that Node carries and exports, by what their symbols begin with. */
const CARRIED: readonly (readonly [string, RegExp])[] = [
  ['llhttp', /^llhttp_/],
  // ERR_getErrorString is zstd's.
  ['zstd', /^(ZSTD_|ERR_getErrorString$)/],
  ['OpenSSL', /^(SSL|EVP|CRYPTO|BIO|RSA|EC|X509|ERR|OPENSSL|SHA\d+|AES|HMAC|RAND|PEM)_/],
  ['zlib', /^(inflate|deflate|crc32|adler32|compress|uncompress|zlib|gz)/],
  ['brotli', /^Brotli/],
  ['nghttp2', /^nghttp2_/],
  ['liburing', /^(io_uring|__io_uring|uring)/],
  ['PCRE2', /^pcre2_/],
]

/** The library that a symbol belongs to, of those that may exist twice in a process. */
export function libraryOf(symbol: string): string | undefined {
  return CARRIED.find(([, names]) => names.test(symbol))?.[0]
}

/** All bindings of one file that the dynamic linker reported. */
export function bindingsOf(file: string, report: string): Binding[] {
  return report.split('\n').flatMap((line) => {
    const match = /binding file (\S+) \[\d+\] to (\S+) \[\d+\]: \w+ symbol `([^']+)'/.exec(line)
    return match?.[1]?.endsWith(file) === true ? [{ symbol: match[3]!, to: match[2]! }] : []
  })
}

/** Those that lead to another copy of a library: `llhttp_init → /usr/bin/node`. */
export function strangers(bindings: readonly Binding[]): string[] {
  return bindings
    .filter(({ symbol }) => libraryOf(symbol) !== undefined)
    .map(({ symbol, to }) => `${symbol} → ${to}`)
    .sort()
}

/** Symbols of a file by name; the letter is nm's, small for one that nobody else can bind to. */
export function symbolsOf(file: string, ...flags: string[]): Map<string, string> {
  const output = execFileSync('nm', [...flags, file], { encoding: 'utf8', maxBuffer: 1 << 28 })
  return new Map(
    output.split('\n').flatMap((line) => {
      const match = /([A-Za-z]) ([^ @]+)(@.*)?$/.exec(line)
      return match === null ? [] : [[match[2]!, match[1]!] as const]
    }),
  )
}
