import type { Request } from './request.js'

/**
 * Turns an error into a result, by the rules for a handler's: its status is that of an HttpError,
 * else 500, unless the result says another. No result leaves the error to the defaults.
 */
export type ErrorHandler<E = unknown> = (request: Request, error: E) => unknown

/** A class of errors, also an abstract one. */
export type ErrorClass<E> = abstract new (...args: never[]) => E

/** An app's one place where errors become responses. */
export class ErrorMap {
  #all: ErrorHandler | undefined
  readonly #classes: [ErrorClass<unknown>, ErrorHandler<never>][] = []

  get isEmpty(): boolean {
    return this.#all === undefined && this.#classes.length === 0
  }

  setAll(handler: ErrorHandler): void {
    this.#all = handler
  }

  add<E>(type: ErrorClass<E>, handler: ErrorHandler<E>): void {
    this.#classes.push([type, handler])
  }

  /** The handler of the most specific class, of two for one class the one added last. */
  ofClass(error: unknown): ErrorHandler | undefined {
    let best: [ErrorClass<unknown>, ErrorHandler<never>] | undefined
    for (const entry of this.#classes) {
      if (!(error instanceof entry[0])) continue
      if (best === undefined || !isSubclass(best[0], entry[0])) best = entry
    }
    return best?.[1] as ErrorHandler | undefined
  }

  get all(): ErrorHandler | undefined {
    return this.#all
  }
}

function isSubclass(type: ErrorClass<unknown>, base: ErrorClass<unknown>): boolean {
  return type !== base && type.prototype instanceof base
}
