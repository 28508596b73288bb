import { CONTENT } from './abi_gen.js'
import { EVENTS } from './events.js'
import { findField, isSameField, pairs } from './fields.js'

const TYPES: Readonly<Record<number, string>> = {
  [CONTENT.TEXT]: 'text/plain; charset=utf-8',
  [CONTENT.HTML]: 'text/html; charset=utf-8',
  [CONTENT.JSON]: 'application/json',
  [CONTENT.BYTES]: 'application/octet-stream',
  [CONTENT.PROBLEM]: 'application/problem+json',
  [CONTENT.XML]: 'application/xml',
  [EVENTS]: 'text/event-stream',
}

/** The part of an answer that its headers stand for. */
interface Holder {
  fields: string[]
  content: number
}

/**
 * The header fields of an answer. Names match without case. Content-Type is among them;
 * Content-Length, Connection and Date are the engine's.
 */
export class ReplyHeaders implements Iterable<[string, string]> {
  readonly #holder: Holder

  /** @internal */
  constructor(holder: Holder) {
    this.#holder = holder
  }

  /** Value of the first field of that name. */
  get(name: string): string | undefined {
    const { fields, content } = this.#holder
    const at = findField(fields, name)
    if (at >= 0) return fields[at + 1]
    return isSameField(name, 'content-type') ? TYPES[content] : undefined
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** Values of all fields of that name. */
  getAll(name: string): string[] {
    return this.entries()
      .filter(([key]) => isSameField(key, name))
      .map(([, value]) => value)
  }

  /** Replaces the fields of that name, by several when there are several values. */
  set(name: string, value: string | readonly string[]): this {
    this.delete(name)
    for (const one of typeof value === 'string' ? [value] : value) this.append(name, one)
    return this
  }

  /** Adds a field; a Content-Type replaces the one there is. */
  append(name: string, value: string): this {
    if (isSameField(name, 'content-type')) this.delete(name)
    this.#holder.fields.push(name, value)
    return this
  }

  delete(name: string): this {
    const holder = this.#holder
    if (isSameField(name, 'content-type')) holder.content = CONTENT.NONE
    const kept = pairs(holder.fields).filter(([key]) => !isSameField(key, name))
    if (kept.length * 2 < holder.fields.length) holder.fields = kept.flat()
    return this
  }

  entries(): [string, string][] {
    const { fields, content } = this.#holder
    const type = TYPES[content]
    return type === undefined ? pairs(fields) : [['Content-Type', type], ...pairs(fields)]
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.entries()[Symbol.iterator]()
  }
}
