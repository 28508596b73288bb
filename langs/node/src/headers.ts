import { native } from './native.js'
import type { Request } from './request.js'

/** The header fields of a request. Names match without case; entries come as received. */
export class RequestHeaders implements Iterable<[string, string]> {
  readonly #request: Request

  /** @internal */
  constructor(request: Request) {
    this.#request = request
  }

  /** Value of the first field of that name. */
  get(name: string): string | undefined {
    return native.requestHeader(this.#request.lo, this.#request.hi, name)
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** Values of all fields of that name, in the order received. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase()
    return [...this].filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value)
  }

  /** Name and value of every field, in the order and with the letters received. */
  entries(): [string, string][] {
    return pairs(native.requestHeaders(this.#request.lo, this.#request.hi))
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.entries()[Symbol.iterator]()
  }
}

/** [name, value, name, value] → [[name, value], [name, value]]. */
export function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) result.push([flat[i]!, flat[i + 1]!])
  return result
}
