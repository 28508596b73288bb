/** Whether two values of JSON are the same. Only as deep as the shallower one. */
export function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return false
  }
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const names = Object.keys(left)
  if (names.length !== Object.keys(right).length) return false
  return names.every(
    (name) =>
      Object.hasOwn(right, name) &&
      isEqual((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]),
  )
}

/** Whether an array has an item twice. */
export function hasRepetition(items: readonly unknown[]): boolean {
  const seen = new Set<unknown>()
  for (const item of items) {
    const key = typeof item === 'object' && item !== null ? canonical(item, 0) : tagged(item)
    if (seen.has(key)) return true
    seen.add(key)
  }
  return false
}

/** Text that no object has as its canonical form. */
function tagged(item: unknown): unknown {
  return typeof item === 'string' ? `"${item}` : item
}

const DEPTH_MAX = 64
let deepCount = 0

/** Equal texts for equal values; what is nested deeper counts as one of a kind. */
function canonical(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (depth > DEPTH_MAX) return `deep ${String(++deepCount)}`
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonical(item, depth + 1)).join()}]`
  }
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  const texts = members.map(
    ([name, item]) => `${JSON.stringify(name)}:${canonical(item, depth + 1)}`,
  )
  return `{${texts.join()}}`
}

/** Whether a number is a multiple, as near as floating point can tell. */
export function isMultiple(value: number, divisor: number): boolean {
  const quotient = value / divisor
  if (Number.isInteger(quotient)) return true
  const distance = Math.abs(quotient - Math.round(quotient))
  return distance <= 4 * Number.EPSILON * Math.abs(quotient)
}

/** Whether a text has at least so many code points. */
export function hasLength(text: string, least: number): boolean {
  if (text.length < least) return false
  if (text.length >= 2 * least) return true
  return codePoints(text) >= least
}

export function exceedsLength(text: string, most: number): boolean {
  if (text.length <= most) return false
  if (text.length > 2 * most) return true
  return codePoints(text) > most
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
