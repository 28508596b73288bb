import { STATUS, TrivetError } from './abi_gen.js'
import { ResultTypeError } from './errors.js'
import { checkNames, type NamesOf } from './names.js'
import { native } from './native.js'
import { isBinary, isNothing, nameOf, stringify } from './results.js'

export interface EventInit {
  /** What the client sends as Last-Event-ID when it comes back; empty makes it forget that. */
  readonly id?: string | number
  /** The type, `message` for a client that is told none. */
  readonly event?: string
  /** Milliseconds that the client waits before it connects again. */
  readonly retry?: number
  /** Stands before the event, and is ignored by clients. */
  readonly comment?: string
  /** Not sent: in a hub that coalesces it supersedes events of its key; the type unless given. */
  readonly key?: string
}

const INIT: NamesOf<EventInit> = { id: true, event: true, retry: true, comment: true, key: true }

/** Refuses a field that no event has. */
export function checkEvent(init: EventInit): void {
  checkNames(init, INIT, 'field of an event')
}

/** An event of Server-Sent Events, as sse() makes it. */
export class ServerSentEvent {
  readonly data: string | undefined
  readonly id: string | undefined
  readonly event: string | undefined
  readonly retry: number | undefined
  readonly comment: string | undefined
  readonly key: string | undefined
  /** As it stands in a stream. */
  readonly text: string

  /** It is no data: what an event is given to as JSON fails. */
  get [Symbol.toStringTag](): string {
    return 'ServerSentEvent'
  }

  /** @internal */
  constructor(data: string | undefined, init: EventInit | undefined) {
    if (init !== undefined) checkEvent(init)
    this.data = data
    this.id = idOf(init?.id)
    this.event = textOf('event', init?.event)
    this.retry = retryOf('retry', init?.retry)
    this.comment = textOf('comment', init?.comment)
    this.key = textOf('key', init?.key)
    const isPlain = init === undefined && data !== undefined && !LINE_END.test(data)
    this.text = isPlain
      ? `data: ${data}\n\n`
      : native.sseEncode(this.data, this.id, this.event, this.comment, this.retry)
  }
}

const LINE_END = /[\r\n]/

/** The content of an answer of events, beyond the ABI's CONTENT. */
export const EVENTS = 0x100

/**
 * An event: text as it is, of any number of lines, anything else as JSON; `undefined` is no data.
 * Fails with ERR_TRIVET_ARGUMENT where the protocol cannot say it: an id with control characters,
 * a type with a line end or without data, an event without any field.
 */
export function sse(data?: unknown, init?: EventInit): ServerSentEvent {
  return new ServerSentEvent(dataOf(data), init)
}

/**
 * What a producer gave, which may be an event or the data of one, as it stands in a stream. Nothing
 * is neither, and more likely a mistake than JSON's null.
 */
export function eventText(item: unknown): string {
  if (item instanceof ServerSentEvent) return item.text
  if (isNothing(item)) {
    const detail = `${nameOf(item)} is no event; sse(null) is one`
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
  }
  return new ServerSentEvent(dataOf(item), undefined).text
}

export function dataOf(data: unknown): string | undefined {
  if (isBinary(data)) throw new ResultTypeError(`${nameOf(data)}, and events are text`)
  return data === undefined || typeof data === 'string' ? data : stringify(data)
}

export function idOf(id: unknown): string | undefined {
  return typeof id === 'number' ? String(id) : textOf('id', id)
}

export function textOf(name: string, text: unknown): string | undefined {
  if (text === undefined || typeof text === 'string') return text
  throw new ResultTypeError(`${name} of an event is text, not ${nameOf(text)}`)
}

const RETRY_MAX = 0x7fffffff

export function retryOf(name: string, retry: number | undefined): number | undefined {
  return numberOf(name, retry, RETRY_MAX)
}

/** The engine knows what is possible; what is no whole number never gets there. */
export function numberOf(name: string, value: unknown, max: number): number | undefined {
  if (value === undefined) return undefined
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max) {
    return value as number
  }
  const detail = `${name} is a whole number from 0 to ${String(max)}, not ${String(value)}`
  throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
}
