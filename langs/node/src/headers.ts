import { findField, isSameField, pairs } from './fields.js'
import { native } from './native.js'
import type { Request } from './request.js'

/** Fields as they were when they were asked for. Names match without case. */
export class FieldList implements Iterable<[string, string]> {
  readonly #flat: readonly string[]

  /** @internal */
  constructor(flat: readonly string[]) {
    this.#flat = flat
  }

  /** Value of the first field of that name. */
  get(name: string): string | undefined {
    const at = findField(this.#flat, name)
    return at < 0 ? undefined : this.#flat[at + 1]
  }

  has(name: string): boolean {
    return findField(this.#flat, name) >= 0
  }

  /** Values of all fields of that name, in the order received. */
  getAll(name: string): string[] {
    return this.entries()
      .filter(([key]) => isSameField(key, name))
      .map(([, value]) => value)
  }

  /** Name and value of every field, in the order and with the letters received. */
  entries(): [string, string][] {
    return pairs(this.#flat)
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.entries()[Symbol.iterator]()
  }
}

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
