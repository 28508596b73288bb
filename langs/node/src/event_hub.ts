import { SSE_HUB, SSE_POLICY, STATUS, TrivetError } from './abi_gen.js'
import type { App } from './app.js'
import { check, HttpError } from './errors.js'
import { heartbeatOf } from './event_stream.js'
import {
  checkEvent,
  dataOf,
  idOf,
  numberOf,
  retryOf,
  ServerSentEvent,
  textOf,
  type EventInit,
} from './events.js'
import { flatten, type HeadersInit } from './fields.js'
import { checkNames, type NamesOf } from './names.js'
import { native, type HubInfo } from './native.js'
import { checkEvents, Reply } from './reply.js'
import type { AnyRequest, Request } from './request.js'

const POLICIES = {
  drop_oldest: SSE_POLICY.DROP_OLDEST,
  close: SSE_POLICY.CLOSE,
  coalesce: SSE_POLICY.COALESCE,
} as const

/** What becomes of a client that takes less than is published. */
export type HubPolicy = keyof typeof POLICIES

export interface EventHubOptions {
  /** How many of the last events are kept for clients that come back; 256. */
  readonly history?: number
  /** Bytes of all events that are kept, those that clients wait for among them; 262144. */
  readonly historyBytes?: number
  /** Bytes of one event; 65536. */
  readonly eventBytesMax?: number
  /** Bytes that may wait for one client before the policy applies; 65536. */
  readonly clientBytesMax?: number
  /** Clients at a time, 65536; one more is answered with 503. */
  readonly subscribersMax?: number
  /**
   * A slow client misses the oldest events (`drop_oldest`, unless given), or first those that a
   * later one of their key superseded (`coalesce`), or its connection is closed, and it comes back
   * for what it missed (`close`).
   */
  readonly policy?: HubPolicy
  /** After so long a silence clients get a comment; 15000 unless given, 0 for never. */
  readonly heartbeatMs?: number
  /** Sent to each client at the beginning: how long it waits before it connects again. */
  readonly retryMs?: number
  /** Ids are the publisher's; unless given, the hub numbers its events. */
  readonly ownIds?: boolean
}

export interface SubscribeInit {
  /** The last event the client has seen, in the place of what it says itself; empty for none. */
  readonly lastEventId?: string
  readonly headers?: HeadersInit
}

const OPTIONS: NamesOf<EventHubOptions> = {
  history: true,
  historyBytes: true,
  eventBytesMax: true,
  clientBytesMax: true,
  subscribersMax: true,
  policy: true,
  heartbeatMs: true,
  retryMs: true,
  ownIds: true,
}
const SUBSCRIBE: NamesOf<SubscribeInit> = { lastEventId: true, headers: true }
const UINT32_MAX = 0xffffffff
/** What one event and one client may have of the history, unless that is shorter. */
const SHARE_BYTES = 65536

/**
 * Sends each event that is published to all who listen, encoded once: by the engine, which also
 * keeps the last events for clients that come back. Nothing runs in JavaScript for a client.
 */
export class EventHub {
  /** For other threads of the process: `publish` of trivet/lowlevel takes it. */
  readonly handle: bigint
  /** Whose requests may subscribe; the hub ends with it. */
  readonly app: App
  readonly #lo: number
  readonly #hi: number
  #isClosed = false

  /** Fails with ERR_TRIVET_ARGUMENT for an option out of range. */
  constructor(app: App, options: EventHubOptions = {}) {
    this.app = app
    this.handle = openHub(app, options)
    this.#lo = Number(BigInt.asIntN(32, this.handle))
    this.#hi = Number(BigInt.asIntN(32, this.handle >> 32n))
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Sends an event, or data with what sse() takes, to every client. */
  publish(data: unknown, init: EventInit = {}): void {
    const isEvent = data instanceof ServerSentEvent
    if (isEvent && Object.values(init).some((field) => field !== undefined)) {
      const detail = 'the event is complete already: its fields are those of sse()'
      throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
    }
    if (!isEvent) checkEvent(init)
    const { id, event, comment, retry, key } = isEvent ? data : init
    native.sseHubPublish(
      this.#lo,
      this.#hi,
      isEvent ? data.data : dataOf(data),
      idOf(id),
      textOf('event', event),
      textOf('comment', comment),
      retryOf('retry', retry),
      textOf('key', key),
    )
  }

  /**
   * An answer of the hub's events, for a handler to give: first those that the hub has kept after
   * the client's Last-Event-ID, then each as it is published. After hooks may add fields.
   */
  stream(request: AnyRequest, init: SubscribeInit = {}): Reply {
    if (request.isAnswered) throw new TrivetError(STATUS.TRIVET_E_STALE)
    checkNames(init, SUBSCRIBE, 'option of a subscription')
    if (this.#isClosed) throw closed()
    const lastEventId = textOf('lastEventId', init.lastEventId)
    const fields = init.headers === undefined ? {} : { headers: init.headers }
    return Reply.subscribing((to, reply) => {
      checkEvents(reply)
      this.#subscribe(to, lastEventId, reply.fields)
    }, fields)
  }

  /** Answers a request with the hub's events, now and beyond the hooks; see stream(). */
  subscribe(request: AnyRequest, init: SubscribeInit = {}): void {
    checkNames(init, SUBSCRIBE, 'option of a subscription')
    if (this.#isClosed) throw closed()
    const lastEventId = textOf('lastEventId', init.lastEventId)
    this.#subscribe(request as Request, lastEventId, flatten(init.headers))
  }

  /** Counters of the hub. */
  info(): HubInfo {
    return native.sseHubInfo(this.#lo, this.#hi)
  }

  /** Ends it, unless it has ended: clients get what was published, then the end of their answer. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      native.sseHubClose(this.#lo, this.#hi)
    } catch (error) {
      // Another thread, or the end of the app, was first.
      if (!isStale(error)) throw error
    }
  }

  #subscribe(request: Request, lastEventId: string | undefined, fields: readonly string[]): void {
    const { lo, hi, driver } = request
    const code = native.sseSubscribe(lo, hi, this.#lo, this.#hi, lastEventId, fields)
    switch (code) {
      case STATUS.TRIVET_E_LIMIT:
        throw new HttpError(503, 'too many listen already')
      case STATUS.TRIVET_E_STALE:
        if (!request.isAnswered && this.#hasEnded()) throw closed()
        break
      case STATUS.TRIVET_E_HEADER:
      case STATUS.TRIVET_E_ARGUMENT:
      case STATUS.TRIVET_E_STATE:
        break
      default:
        driver.finish(request)
    }
    if (code !== STATUS.TRIVET_E_GONE) check(code)
  }

  /** Another thread, or the end of the app, may have closed it. */
  #hasEnded(): boolean {
    try {
      this.info()
      return false
    } catch {
      return true
    }
  }
}

function isStale(error: unknown): boolean {
  return error instanceof TrivetError && error.status === STATUS.TRIVET_E_STALE
}

function closed(): HttpError {
  return new HttpError(503, 'the events have ended')
}

function openHub(app: App, options: EventHubOptions): bigint {
  checkNames(options, OPTIONS, 'option of an EventHub')
  const { policy = 'drop_oldest', historyBytes = SHARE_BYTES } = options
  const share = Math.min(SHARE_BYTES, historyBytes)
  if (!Object.hasOwn(POLICIES, policy)) {
    const names = Object.keys(POLICIES).join(', ')
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `the policy is one of ${names}`)
  }
  return native.sseHubOpen(
    app.native,
    options.ownIds === true ? SSE_HUB.OWN_IDS : 0,
    POLICIES[policy],
    numberOf('history', options.history, UINT32_MAX),
    numberOf('historyBytes', options.historyBytes, Number.MAX_SAFE_INTEGER),
    numberOf('eventBytesMax', options.eventBytesMax ?? share, UINT32_MAX),
    numberOf('clientBytesMax', options.clientBytesMax ?? share, Number.MAX_SAFE_INTEGER),
    numberOf('subscribersMax', options.subscribersMax, UINT32_MAX),
    heartbeatOf(options.heartbeatMs),
    retryOf('retryMs', options.retryMs),
  )
}
