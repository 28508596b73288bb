import { AsyncLocalStorage } from 'node:async_hooks'

/** From here on storage is a frame and no property of resources. */
const FRAMES_SINCE = 24

type Call = <Argument>(handler: (argument: Argument) => unknown, argument: Argument) => unknown

/** Calls with the storage as it was when this module was loaded: none, in all but odd programs. */
const callInOwnFrame: Call | undefined =
  Number.parseInt(process.versions.node) >= FRAMES_SINCE ? AsyncLocalStorage.snapshot() : undefined

/**
 * Isolates async context between the handlers of one batch. They run in one callback: what
 * AsyncLocalStorage.enterWith() of one handler sets there must not be seen by the next.
 *
 * Up to Node 22 the storage lies in the current async resource, under a symbol of its own. The
 * resource's prototype notices the first use of each symbol, and the values are cleared after every
 * handler; without AsyncLocalStorage that costs one comparison a request. From Node 24 the
 * storage is a frame that V8 carries, and every handler is entered with its own.
 */
export class Scope {
  readonly resource: object
  readonly #used: PropertyKey[] = []

  constructor() {
    const used = this.#used
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
    this.resource = Object.create(new Proxy({}, notice)) as object
  }

  run<Argument>(handler: (argument: Argument) => unknown, argument: Argument): unknown {
    if (callInOwnFrame !== undefined) return callInOwnFrame(handler, argument)
    try {
      return handler(argument)
    } finally {
      if (this.#used.length > 0) this.#clear()
    }
  }

  #clear(): void {
    for (const key of this.#used) Reflect.set(this.resource, key, undefined)
  }
}
