interface Kept {
  readonly value: string
  readonly path: string
}

/**
 * What a test client remembers of Set-Cookie: by name, for the paths below `Path`, until an answer
 * takes it back. Domain and Secure mean nothing where there is one host and no network.
 */
export class CookieJar {
  readonly #kept = new Map<string, Kept>()

  set(name: string, value: string, path = '/'): void {
    this.#kept.set(name, { value, path })
  }

  take(fields: readonly string[]): void {
    for (const field of fields) {
      const [pair = '', ...attributes] = field.split(';').map((part) => part.trim())
      const at = pair.indexOf('=')
      if (at < 1) continue
      const name = pair.slice(0, at)
      const given = new Map(attributes.map(attributeOf))
      const path = given.get('path') ?? '/'
      if (hasEnded(given)) this.#kept.delete(name)
      else this.set(name, pair.slice(at + 1), path.startsWith('/') ? path : '/')
    }
  }

  /** The value of the field Cookie; empty when there is none to send. */
  of(path: string): string {
    return [...this.#kept]
      .filter(([, kept]) => isBelow(path, kept.path))
      .map(([name, kept]) => `${name}=${kept.value}`)
      .join('; ')
  }

  all(): Record<string, string> {
    return Object.fromEntries([...this.#kept].map(([name, { value }]) => [name, value]))
  }

  clear(): void {
    this.#kept.clear()
  }
}

function attributeOf(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0
    ? [text.toLowerCase(), '']
    : [text.slice(0, at).toLowerCase().trim(), text.slice(at + 1).trim()]
}

/** Max-Age beats Expires (RFC 6265, section 5.3). */
function hasEnded(attributes: ReadonlyMap<string, string>): boolean {
  const age = attributes.get('max-age')
  if (age !== undefined && /^-?[0-9]+$/.test(age)) return Number(age) <= 0
  return Date.parse(attributes.get('expires') ?? '') <= Date.now()
}

function isBelow(path: string, outer: string): boolean {
  return path === outer || path.startsWith(outer.endsWith('/') ? outer : `${outer}/`)
}
