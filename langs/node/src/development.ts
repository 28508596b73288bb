import { LOG, STATUS, TrivetError } from './abi_gen.js'
import { step } from './pointer.js'
import type { Request } from './request.js'
import { isThenable } from './results.js'
import { labelOf, type Route } from './route.js'

/** Whether `trivet dev` runs the program; nothing here costs anything anywhere else. */
export function isDevelopment(): boolean {
  return process.env['TRIVET_ENV'] === 'development'
}

type Run = (request: Request) => unknown

/** Beyond this a handler keeps all other requests waiting for too long. */
const BLOCKING_MS = 100
/** How deep a result is looked into for promises. */
const DEPTH_MAX = 16

/** A handler that is watched: how long it keeps the loop, and whether it forgot to wait. */
export function watched(route: Route, name: string): Run {
  const { handler, info } = route
  const label = `${labelOf(info)}${name === '' ? '' : `, ${name}()`}`
  return (request) => {
    const start = performance.now()
    const result = handler(request)
    const took = performance.now() - start
    if (took > BLOCKING_MS) {
      request.driver.log(
        LOG.WARN,
        `${label} kept the event loop for ${String(Math.round(took))} ms, in which nothing else ` +
          'was served: use the asynchronous form of what it calls, or a worker thread',
      )
    }
    if (!isThenable(result)) {
      refuseForgotten(result, label)
      return result
    }
    return result.then((value) => {
      refuseForgotten(value, label)
      return value
    })
  }
}

/** JSON of a promise is `{}`, which nobody means. */
function refuseForgotten(result: unknown, label: string): void {
  const found = placeOf(result, (value) => isThenable(value), 0)
  if (found === undefined) return
  throw new TypeError(`the result of ${label} has a promise in it at ${found}: await it first`)
}

/** A JSON Pointer to the first value of a kind in plain data. */
export function placeOf(
  value: unknown,
  isMeant: (value: unknown) => boolean,
  depth: number,
): string | undefined {
  if (depth > 0 && isMeant(value)) return ''
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null)
    return undefined
  for (const [name, inner] of Object.entries(value)) {
    const found = placeOf(inner, isMeant, depth + 1)
    if (found !== undefined) return step(name) + found
  }
  return undefined
}

/** Names that others look for on any object. */
const ASKED_FOR = new Set([
  'then',
  'toJSON',
  'constructor',
  'inspect',
  'asymmetricMatch',
  'nodeType',
])

/**
 * Lets a handler that asks its request for what it does not have know so, rather than give it
 * `undefined`. Only once, and for the whole process.
 */
export function guardRequests(prototype: object): void {
  if (Object.getPrototypeOf(prototype) !== Object.prototype) return
  const get = (_target: object, name: string | symbol, receiver: unknown): unknown => {
    if (typeof name === 'symbol' || name in Object.prototype || ASKED_FOR.has(name)) {
      return Reflect.get(Object.prototype, name, receiver)
    }
    const { entry } = receiver as { entry?: Route }
    throw new TrivetError(
      STATUS.TRIVET_E_ARGUMENT,
      `${labelOf(entry?.info)} asks its request for ${name}, which is no part of a request, ` +
        `and which nobody provides there: app.provide('${name}', () => …), or request.state ` +
        'for what hooks leave for the handler',
    )
  }
  Object.setPrototypeOf(prototype, new Proxy({}, { get }))
}
