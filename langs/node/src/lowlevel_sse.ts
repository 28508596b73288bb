/** Server-Sent Events by the ABI's functions, each of which throws what the engine refuses. */
import type { App } from './app.js'
import { check } from './errors.js'
import { dataOf, idOf, type EventInit } from './events.js'
import { wordsOf, type Answerable } from './lowlevel_reply.js'
import { native, type HubInfo } from './native.js'

export type { HubInfo } from './native.js'

/** An event as it stands in a stream, for write() and records of POST.WRITE. */
export function encode(data: unknown, init: EventInit = {}): string {
  const { id, event, comment, retry } = init
  return native.sseEncode(dataOf(data), idOf(id), event, comment, retry)
}

/** Begins an answer of events; send(), or reply.write() of encoded ones, and reply.end() follow. */
export function begin(
  request: Answerable,
  headers: readonly (readonly [string, string])[] = [],
  options: { readonly heartbeatMs?: number; readonly retryMs?: number } = {},
): void {
  const { lo, hi } = wordsOf(request)
  check(native.sseBegin(lo, hi, options.heartbeatMs, options.retryMs, headers.flat()))
}

/** Sends an event; true when the writer should wait until it is told that there is room. */
export function send(request: Answerable, data: unknown, init: EventInit = {}): boolean {
  const { lo, hi } = wordsOf(request)
  const { id, event, comment, retry } = init
  return native.sseSend(lo, hi, dataOf(data), idOf(id), event, comment, retry)
}

export interface HubConfig {
  /** Of SSE_HUB. */
  readonly flags?: number
  /** Of SSE_POLICY. */
  readonly policy?: number
  readonly historyEvents?: number
  readonly historyBytes?: number
  readonly eventBytesMax?: number
  readonly clientBytesMax?: number
  readonly subscribersMax?: number
  readonly heartbeatMs?: number
  readonly retryMs?: number
}

/** Opens a hub of an app, and gives its handle. */
export function openHub(app: App, config: HubConfig = {}): bigint {
  return native.sseHubOpen(
    app.native,
    config.flags,
    config.policy,
    config.historyEvents,
    config.historyBytes,
    config.eventBytesMax,
    config.clientBytesMax,
    config.subscribersMax,
    config.heartbeatMs,
    config.retryMs,
  )
}

/** Publishes an event, from any thread of the process: only the handle need travel. */
export function publish(hub: bigint, data: unknown, init: EventInit = {}): void {
  const { lo, hi } = wordsOf(hub)
  const { id, event, comment, retry, key } = init
  native.sseHubPublish(lo, hi, dataOf(data), idOf(id), event, comment, retry, key)
}

/** Counters of a hub, from any thread. */
export function hubInfo(hub: bigint): HubInfo {
  const { lo, hi } = wordsOf(hub)
  return native.sseHubInfo(lo, hi)
}

/** Ends a hub, from any thread. */
export function closeHub(hub: bigint): void {
  const { lo, hi } = wordsOf(hub)
  native.sseHubClose(lo, hi)
}

/** Answers a request with the events of a hub of its app. */
export function subscribe(
  request: Answerable,
  hub: bigint,
  lastEventId?: string,
  headers: readonly (readonly [string, string])[] = [],
): void {
  const { lo, hi } = wordsOf(request)
  const to = wordsOf(hub)
  const code = native.sseSubscribe(lo, hi, to.lo, to.hi, lastEventId, headers.flat())
  if (code === 0 && typeof request !== 'bigint') request.driver.finish(request as never)
  check(code)
}
