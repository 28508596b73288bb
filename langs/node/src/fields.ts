/** Fields by name (an array gives the field several times) or as pairs in order. */
export type HeadersInit =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [string, string]>

/** [name, value, name, value, …] */
export function flatten(headers: HeadersInit | undefined): string[] {
  const flat: string[] = []
  if (headers === undefined) return flat
  if (Symbol.iterator in headers) {
    for (const [name, value] of headers) flat.push(name, value)
    return flat
  }
  for (const [name, values] of Object.entries(headers)) {
    if (typeof values === 'string') flat.push(name, values)
    else for (const value of values) flat.push(name, value)
  }
  return flat
}

/** [name, value, name, value] → [[name, value], [name, value]]. */
export function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) result.push([flat[i]!, flat[i + 1]!])
  return result
}

/** Whether two field names are one: they compare without case. */
export function isSameField(left: string, right: string): boolean {
  return left.length === right.length && left.toLowerCase() === right.toLowerCase()
}

/** Index of the first field of a name, or -1. */
export function findField(flat: readonly string[], name: string): number {
  for (let i = 0; i < flat.length; i += 2) if (isSameField(flat[i]!, name)) return i
  return -1
}
