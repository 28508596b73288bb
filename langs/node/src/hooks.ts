import { surround } from './around.js'
import { replyTo } from './failure.js'
import { isUnopened, open } from './opening.js'
import { Reply } from './reply.js'
import type { Request } from './request.js'
import { isNothing, isThenable } from './results.js'
import type { AfterHook, AroundHook, BeforeHook, Route } from './route.js'

type Run = (request: Request) => unknown

/** What runs for a request: hooks and handler, each in the order in which they run. */
interface Chain {
  readonly before: readonly BeforeHook[]
  readonly handler: Run
  readonly after: readonly AfterHook[]
  readonly status: number
}

/**
 * Hooks and handler as one handler. Without hooks it is the handler itself. As long as nothing
 * gives a promise, and there are no around hooks, none is made; with after hooks an answer becomes
 * a Reply of its own.
 */
export function compose(
  before: readonly BeforeHook[],
  around: readonly AroundHook[],
  route: Route,
  after: readonly AfterHook[],
): Run {
  const { status } = route
  const handler = surround(around, route)
  if (before.length === 0 && after.length === 0) return handler
  const chain: Chain = { before, handler, after, status }
  return after.length === 0
    ? (request) => ask(chain, request, 0)
    : (request) => askAndConclude(chain, request)
}

/** The before hooks from `start` on, then the handler. */
function ask(chain: Chain, request: Request, start: number): unknown {
  const { before } = chain
  for (let i = start; i < before.length; i++) {
    const result = before[i]!(request)
    if (isThenable(result)) return askLater(chain, request, result, i + 1)
    if (!isNothing(result) || request.isAnswered) return result
  }
  return chain.handler(request)
}

async function askLater(
  chain: Chain,
  request: Request,
  pending: PromiseLike<unknown>,
  next: number,
): Promise<unknown> {
  const result = await pending
  if (!isNothing(result) || request.isAnswered) return result
  return ask(chain, request, next)
}

function askAndConclude(chain: Chain, request: Request): unknown {
  let result: unknown
  try {
    result = ask(chain, request, 0)
    if (isThenable(result)) return concludeLater(chain, request, result)
  } catch (error) {
    return rescue(chain, request, error, 0)
  }
  return conclude(chain, request, result)
}

async function concludeLater(
  chain: Chain,
  request: Request,
  pending: PromiseLike<unknown>,
): Promise<unknown> {
  let result: unknown
  try {
    result = await pending
  } catch (error) {
    return rescue(chain, request, error, 0)
  }
  return conclude(chain, request, result)
}

/** What has been answered through the low level is beyond the hooks. */
function conclude(chain: Chain, request: Request, result: unknown): unknown {
  if (request.isAnswered) return result
  let reply: Reply
  try {
    reply = Reply.from(result, chain.status)
  } catch (error) {
    return rescue(chain, request, error, 0)
  }
  return runAfter(chain, request, reply, 0)
}

/** The error's answer for the after hooks that have not run. */
function rescue(chain: Chain, request: Request, error: unknown, next: number): unknown {
  if (request.isAnswered) throw error
  const reply = replyTo(request, error)
  return reply instanceof Reply
    ? runAfter(chain, request, reply, next)
    : reply.then((later) => runAfter(chain, request, later, next))
}

function runAfter(chain: Chain, request: Request, answer: Reply, start: number): unknown {
  const { after } = chain
  let reply = answer
  for (let i = start; ; i++) {
    if (isUnopened(reply)) {
      try {
        const opening = open(request, reply)
        if (opening !== undefined) return runAfterOpening(chain, request, reply, opening, i)
      } catch (error) {
        return rescue(chain, request, error, i)
      }
    }
    if (i >= after.length) return reply
    try {
      const result = after[i]!(request, reply)
      if (isThenable(result)) return runAfterLater(chain, request, reply, result, i + 1)
      reply = replaced(reply, result)
    } catch (error) {
      reply.discard()
      return rescue(chain, request, error, i + 1)
    }
    if (request.isAnswered) {
      reply.discard()
      return undefined
    }
  }
}

/** Of the handler's pieces, or those of the hook before, the first is on its way. */
async function runAfterOpening(
  chain: Chain,
  request: Request,
  reply: Reply,
  opening: Promise<void>,
  next: number,
): Promise<unknown> {
  try {
    await opening
  } catch (error) {
    return rescue(chain, request, error, next)
  }
  return goOn(chain, request, reply, next)
}

async function runAfterLater(
  chain: Chain,
  request: Request,
  answer: Reply,
  pending: PromiseLike<unknown>,
  next: number,
): Promise<unknown> {
  let reply: Reply
  try {
    reply = replaced(answer, await pending)
  } catch (error) {
    answer.discard()
    return rescue(chain, request, error, next)
  }
  return goOn(chain, request, reply, next)
}

function goOn(chain: Chain, request: Request, reply: Reply, next: number): unknown {
  if (!request.isAnswered) return runAfter(chain, request, reply, next)
  reply.discard()
  return undefined
}

/** What an after hook gives instead; the failure that it replaces is still logged. */
function replaced(reply: Reply, result: unknown): Reply {
  if (isNothing(result) || result === reply) return reply
  const other = Reply.from(result, 0)
  other.cause ??= reply.cause
  other.isOfError ||= reply.isOfError
  reply.discard()
  return other
}
