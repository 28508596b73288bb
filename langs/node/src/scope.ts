/**
 * Isolates async context between the handlers of one batch. They run in one callback, so with one
 * current async resource: what AsyncLocalStorage.enterWith() of one handler stores there must not
 * be seen by the next. AsyncLocalStorage stores under a symbol of its own; the resource's prototype
 * notices the first use of each, and clear() empties them after every handler. Without
 * AsyncLocalStorage this costs one comparison a request.
 */
export interface Scope {
  readonly resource: object
  readonly used: PropertyKey[]
}

export function makeScope(): Scope {
  const used: PropertyKey[] = []
  const notice: ProxyHandler<object> = {
    set(_target, key, value, receiver) {
      used.push(key)
      return Reflect.defineProperty(receiver as object, key, {
        value: value as unknown,
        writable: true,
        configurable: true,
        enumerable: true,
      })
    },
  }
  return { resource: Object.create(new Proxy({}, notice)) as object, used }
}

export function clear(scope: Scope): void {
  for (const key of scope.used) Reflect.set(scope.resource, key, undefined)
}
