import { STATUS, TrivetError } from './abi_gen.js'
import { isUnopened, open } from './opening.js'
import { Reply } from './reply.js'
import type { Request } from './request.js'
import { isNothing } from './results.js'
import type { AroundHook, Route } from './route.js'

type Run = (request: Request) => unknown
/** What is inside a hook: it gives a Reply of its own. */
type Level = (request: Request) => Promise<Reply>

/** Hooks around a handler as one handler, the first of them outermost. */
export function surround(hooks: readonly AroundHook[], route: Route): Run {
  if (hooks.length === 0) return route.handler
  const { handler, status } = route
  let level: Level = async (request) => begun(request, Reply.from(await handler(request), status))
  for (const hook of [...hooks].reverse()) {
    const inner = level
    level = (request) => new Turn(hook, inner, request).run()
  }
  return async (request) => {
    const reply = await level(request)
    if (!request.isAnswered) return reply
    reply.discard()
    return undefined
  }
}

/** A reply whose first piece is there, so that what fails until then fails in `next()`. */
async function begun(request: Request, reply: Reply): Promise<Reply> {
  if (!request.isAnswered && isUnopened(reply)) {
    const opening = open(request, reply)
    if (opening !== undefined) await opening
  }
  return reply
}

/** One run of one hook. */
class Turn {
  readonly #hook: AroundHook
  readonly #level: Level
  readonly #request: Request
  #pending: Promise<Reply> | undefined
  #reply: Reply | undefined
  #isTwice = false
  #isOver = false

  constructor(hook: AroundHook, level: Level, request: Request) {
    this.#hook = hook
    this.#level = level
    this.#request = request
  }

  async run(): Promise<Reply> {
    try {
      const result = await this.#hook(this.#request, () => this.#next())
      if (this.#isTwice) throw this.#twice()
      return await this.#conclude(result)
    } catch (error) {
      this.#discard(undefined)
      throw error
    } finally {
      this.#isOver = true
    }
  }

  /** Never throws: a promise that nobody waits for must not end the process. */
  #next(): Promise<Reply> {
    let made: Promise<Reply>
    if (this.#isOver) {
      const detail = `next() of the around hook ${this.#name} is called after its end`
      made = Promise.reject(new TrivetError(STATUS.TRIVET_E_STALE, detail))
    } else if (this.#pending !== undefined) {
      this.#isTwice = true
      made = Promise.reject(this.#twice())
    } else {
      made = this.#pending = this.#goOn()
    }
    made.catch(() => undefined)
    return made
  }

  async #goOn(): Promise<Reply> {
    return (this.#reply = await this.#level(this.#request))
  }

  /** Nothing stands for what next() gives, be it awaited or not. */
  async #conclude(result: unknown): Promise<Reply> {
    if (isNothing(result)) {
      if (this.#pending !== undefined) return this.#pending
      if (this.#request.isAnswered) return new Reply()
      const detail = `the around hook ${this.#name} neither calls next() nor gives an answer`
      throw new TypeError(`${detail}: write return next() to go on, or return an answer`)
    }
    if (result === this.#reply) return this.#reply!
    const reply = Reply.from(result, 0)
    this.#discard(reply)
    return begun(this.#request, reply)
  }

  /** Nobody gets the pieces of a reply that the hook has left. */
  #discard(kept: Reply | undefined): void {
    void this.#pending?.then(
      (reply) => {
        if (reply !== kept) reply.discard()
      },
      () => undefined,
    )
  }

  #twice(): TrivetError {
    const detail =
      `the around hook ${this.#name} calls next() twice: the handler runs once for a request, ` +
      'so keep the reply that it gave'
    return new TrivetError(STATUS.TRIVET_E_STATE, detail)
  }

  get #name(): string {
    return this.#hook.name === '' ? '(anonymous)' : this.#hook.name
  }
}
