import { isSameField, pairs } from './fields.js'
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
    return this.entries()
      .filter(([key]) => isSameField(key, name))
      .map(([, value]) => value)
  }

  /** Name and value of every field, in the order and with the letters received. */
  entries(): [string, string][] {
    return pairs(native.requestHeaders(this.#request.lo, this.#request.hi))
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.entries()[Symbol.iterator]()
  }
}
