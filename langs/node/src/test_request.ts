import type { IncomingMessage } from 'node:http'
import { STATUS, TrivetError } from './abi_gen.js'
import { checkNames, type NamesOf } from './names.js'

type Value = string | number | boolean

/** What a request of a test client may have; one of `json`, `form` and `body` at most. */
export interface TestRequestInit {
  readonly query?: Readonly<Record<string, Value | readonly Value[]>>
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as an HTML form without files; for one with files give a FormData as `body`. */
  readonly form?: Readonly<Record<string, Value | readonly Value[]>>
  /** As it is; what is iterated is sent in pieces. */
  readonly body?:
    | string
    | Uint8Array
    | URLSearchParams
    | FormData
    | Blob
    | Iterable<Uint8Array>
    | AsyncIterable<Uint8Array>
}

const INIT: NamesOf<TestRequestInit> = {
  query: true,
  headers: true,
  json: true,
  form: true,
  body: true,
}

export interface Outgoing {
  readonly path: string
  readonly headers: Record<string, string | readonly string[]>
  readonly body: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array> | undefined
}

function parameters(of: NonNullable<TestRequestInit['query']>): URLSearchParams {
  const list = new URLSearchParams()
  for (const [name, value] of Object.entries(of)) {
    for (const one of Array.isArray(value) ? (value as readonly Value[]) : [value as Value]) {
      list.append(name, String(one))
    }
  }
  return list
}

/** The target and content of a request, with the fields that go with them. */
export async function outgoing(path: string, init: TestRequestInit): Promise<Outgoing> {
  checkNames(init, INIT, 'part of a request')
  const { query, headers = {}, json, form, body } = init
  if ([json, form, body].filter((content) => content !== undefined).length > 1) {
    const detail = 'a request has one content: json, form, or body'
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
  }
  const text = query === undefined ? '' : parameters(query).toString()
  const target = text === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${text}`
  const content = await contentOf(json, form, body)
  const given = Object.keys(headers).map((name) => name.toLowerCase())
  const hasType = content.type === undefined || given.includes('content-type')
  const own = hasType ? {} : { 'Content-Type': content.type }
  return { path: target, headers: { ...own, ...headers }, body: content.bytes }
}

interface Content {
  readonly type?: string | undefined
  readonly bytes: Outgoing['body']
}

async function contentOf(
  json: unknown,
  form: TestRequestInit['form'],
  body: TestRequestInit['body'],
): Promise<Content> {
  if (json !== undefined) {
    return { type: 'application/json', bytes: Buffer.from(JSON.stringify(json)) }
  }
  if (form !== undefined) return encoded(parameters(form))
  if (body === undefined || body instanceof Uint8Array) return { bytes: body }
  if (
    typeof body === 'string' ||
    body instanceof URLSearchParams ||
    body instanceof FormData ||
    body instanceof Blob
  ) {
    return encoded(body)
  }
  return { bytes: body }
}

/** As fetch() would send it. */
async function encoded(body: string | URLSearchParams | FormData | Blob): Promise<Content> {
  const request = new Response(body)
  const type = request.headers.get('content-type') ?? undefined
  return { type, bytes: new Uint8Array(await request.arrayBuffer()) }
}

export function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i]!, rawHeaders[i + 1]!)
  }
  return headers
}
