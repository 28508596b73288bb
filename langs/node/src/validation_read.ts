import { isUtf8 } from 'node:buffer'
import { HttpError } from './errors.js'
import { faultyByte } from './json_place.js'
import { RequestHeaders } from './headers.js'
import { native } from './native.js'
import type { Request } from './request.js'
import { parametersOf, type Parameter } from './schema_coerce.js'
import type { Node } from './schema_model.js'

/** Reads a part of a request as its schema takes it. */
export type Reader = (request: Request) => unknown

/** Objects without inherited members, which are as fast as those of a class. */
const Bag = function Bag() {
  // Its members are those of a request.
} as unknown as new () => Record<string, unknown>
Bag.prototype = Object.create(null) as object

export function queryReader(node: Node | undefined): Reader {
  const fill = filler(node)
  return ({ lo, hi }) => fill(native.requestQueryItems(lo, hi))
}

export function cookieReader(node: Node | undefined): Reader {
  const fill = filler(node)
  return ({ lo, hi }) => fill(native.requestCookieItems(lo, hi))
}

/** The fields of a form, which may be still on its way. */
export function formReader(node: Node | undefined): Reader {
  const fill = filler(node)
  return (request) => request.form().then((form) => fill(form.entries().flat()))
}

/** From names and values by turns. Of several values of one name the first counts. */
function filler(node: Node | undefined): (flat: readonly string[]) => Record<string, unknown> {
  const parameters = node === undefined ? undefined : parametersOf(node)
  return (flat) => {
    const bag = new Bag()
    for (let i = 0; i < flat.length; i += 2) {
      const [name, text] = [flat[i]!, flat[i + 1]!]
      const parameter = parameters?.get(name)
      const value = parameter?.coerce === undefined ? text : parameter.coerce(text)
      if (parameter?.isArray === true) ((bag[name] ??= []) as unknown[]).push(value)
      else if (bag[name] === undefined) bag[name] = value
    }
    return bag
  }
}

export function pathReader(node: Node | undefined): Reader {
  const parameters = node === undefined ? undefined : parametersOf(node)
  return (request) => {
    const bag = { ...request.params } as Record<string, unknown>
    if (parameters === undefined) return bag
    for (const { name, coerce } of parameters.values()) {
      const text = bag[name]
      if (coerce !== undefined && typeof text === 'string') bag[name] = coerce(text)
    }
    return bag
  }
}

/** Those that the schema names, or, where it cannot tell, all of them in lower case. */
export function headerReader(node: Node | undefined): Reader {
  if (node === undefined) return allHeaders
  const parameters = [...parametersOf(node).values()]
  return (request) => {
    const bag = new Bag()
    for (const parameter of parameters) {
      const value = headerValue(request, parameter)
      if (value !== undefined) bag[parameter.name] = value
    }
    return bag
  }
}

/** A list is all fields of the name, whose items stand apart by commas (RFC 9110, 5.3). */
function headerValue(request: Request, { name, isArray, coerce }: Parameter): unknown {
  const one = (item: string): unknown => (coerce === undefined ? item : coerce(item))
  const text = native.requestHeader(request.lo, request.hi, name)
  if (text === undefined) return undefined
  if (!isArray) return one(text)
  const all = new RequestHeaders(request).getAll(name)
  const items = all.flatMap((field) => field.split(',')).map((item) => item.trim())
  return items.filter((item) => item !== '').map(one)
}

function allHeaders(request: Request): Record<string, unknown> {
  const bag = new Bag()
  for (const [field, value] of request.headers) {
    const name = field.toLowerCase()
    const before = bag[name]
    bag[name] = typeof before === 'string' ? `${before}, ${value}` : value
  }
  return bag
}

const JSON_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json[ \t]*(?:;|$)/i

/** The content as JSON; undefined when there is none. */
export function jsonReader({ lo, hi }: Request): unknown {
  const text = native.requestText(lo, hi)
  if (text === '') return undefined
  const type = native.requestHeader(lo, hi, 'content-type')
  if (type !== 'application/json' && (type === undefined || !JSON_TYPE.test(type))) {
    const kind = type?.split(';', 1)[0]!.trim().toLowerCase()
    const got = kind === undefined ? 'it has no Content-Type' : `not ${kind}`
    throw new HttpError(415, `the content must be application/json, ${got}`)
  }
  // Decoding puts this character in the place of what is no UTF-8.
  if (text.includes('\ufffd') && !isUtf8(native.requestBody(lo, hi))) {
    throw new HttpError(400, 'malformed JSON: the content is not UTF-8')
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const place = String(faultyByte(text))
    throw new HttpError(400, `malformed JSON at byte ${place}`, { cause: error })
  }
}
