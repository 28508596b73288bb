import { CONTENT } from './abi_gen.js'
import { findField } from './fields.js'
import { checkStatus, Reply, type ReplyInit } from './reply.js'
import { stringify } from './results.js'

function typed(body: unknown, init: ReplyInit | undefined, content: number): Reply {
  const reply = new Reply(body, init)
  reply.content = findField(reply.fields, 'content-type') < 0 ? content : CONTENT.NONE
  return reply
}

/** text/plain */
export function text(body: string, init?: ReplyInit): Reply {
  return typed(body, init, CONTENT.TEXT)
}

/** text/html */
export function html(body: string, init?: ReplyInit): Reply {
  return typed(body, init, CONTENT.HTML)
}

/** application/xml: a document that names its encoding, or UTF-8. */
export function xml(body: string, init?: ReplyInit): Reply {
  return typed(body, init, CONTENT.XML)
}

/** application/json of any value that JSON holds, `null` included. */
export function json(value: unknown, init?: ReplyInit): Reply {
  return typed(stringify(value), init, CONTENT.JSON)
}

/** application/octet-stream */
export function bytes(body: ArrayBuffer | ArrayBufferView, init?: ReplyInit): Reply {
  return typed(body, init, CONTENT.BYTES)
}

/** An answer without content. */
export function empty(status = 204, init?: Omit<ReplyInit, 'status'>): Reply {
  return new Reply(undefined, { ...init, status })
}

/** A redirect with 301, 302, 303, 307 or 308. */
export function redirect(location: string, status = 303): Reply {
  return Reply.special('redirect', checkStatus(status), location)
}

/** Problem details (RFC 9457) with a status from 400 to 599. */
export function problem(status: number, detail = ''): Reply {
  return Reply.special('problem', checkStatus(status), detail)
}
