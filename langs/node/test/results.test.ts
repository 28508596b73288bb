import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  App,
  bytes,
  empty,
  html,
  HttpError,
  json,
  problem,
  redirect,
  Reply,
  text,
  type RouteOptions,
  type Server,
} from 'trivet'

interface Expected {
  status?: number
  type?: string | null
  body?: string
  headers?: Record<string, string>
}

class HttpErrorLike {
  readonly code = 1
}

const TEXT = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json'
const BYTES = 'application/octet-stream'
const PROBLEM = 'application/problem+json'

/** Name → what a handler gives, what the client gets. */
const CASES: Record<string, [result: () => unknown, expected: Expected, options?: RouteOptions]> = {
  string: [() => 'Hello', { type: TEXT, body: 'Hello' }],
  empty_string: [() => '', { type: TEXT, body: '' }],
  string_of_umlauts: [() => 'Grüße, 世界 🌍', { type: TEXT, body: 'Grüße, 世界 🌍' }],
  string_of_a_lone_surrogate: [() => 'a\ud800b', { type: TEXT, body: 'a\ufffdb' }],
  long_string: [() => 'ü'.repeat(5000), { type: TEXT, body: 'ü'.repeat(5000) }],
  string_beyond_the_batch: [() => 'y'.repeat(300_000), { type: TEXT, body: 'y'.repeat(300_000) }],
  string_of_64_and_umlaut: [() => `${'x'.repeat(63)}ü`, { type: TEXT, body: `${'x'.repeat(63)}ü` }],
  concatenated_string: [() => ['a', 'b'].join('') + String(1), { type: TEXT, body: 'ab1' }],
  bytes: [() => Uint8Array.of(65, 66), { type: BYTES, body: 'AB' }],
  buffer: [() => Buffer.from('AB'), { type: BYTES, body: 'AB' }],
  part_of_a_buffer: [() => Buffer.from('xABx').subarray(1, 3), { type: BYTES, body: 'AB' }],
  array_buffer: [() => Uint8Array.of(65, 66).buffer, { type: BYTES, body: 'AB' }],
  part_of_words: [
    () => new Uint16Array([0, 0x4241, 0]).subarray(1, 2),
    { type: BYTES, body: 'AB' },
  ],
  long_bytes: [() => Buffer.alloc(200_000, 'z'), { type: BYTES, body: 'z'.repeat(200_000) }],
  object: [() => ({ a: 1, b: undefined }), { type: JSON_TYPE, body: '{"a":1}' }],
  array: [() => [1, 'ü', null], { type: JSON_TYPE, body: '[1,"ü",null]' }],
  number: [() => 1.5, { type: JSON_TYPE, body: '1.5' }],
  boolean: [() => false, { type: JSON_TYPE, body: 'false' }],
  to_json: [() => new Date(0), { type: JSON_TYPE, body: '"1970-01-01T00:00:00.000Z"' }],
  null: [() => null, { status: 204, type: null, body: '' }],
  undefined: [() => undefined, { status: 204, type: null, body: '' }],
  promise: [() => Promise.resolve('later'), { type: TEXT, body: 'later' }],
  promise_of_nothing: [() => Promise.resolve(), { status: 204, body: '' }],
  status_option: [() => ({ id: 1 }), { status: 201, body: '{"id":1}' }, { status: 201 }],
  status_option_of_nothing: [() => undefined, { status: 202, body: '' }, { status: 202 }],
  text: [() => text('t', { status: 202 }), { status: 202, type: TEXT, body: 't' }],
  html: [() => html('<p>'), { type: 'text/html; charset=utf-8', body: '<p>' }],
  json: [() => json(null), { type: JSON_TYPE, body: 'null' }],
  json_string: [() => json('s'), { type: JSON_TYPE, body: '"s"' }],
  json_beats_status_option: [() => json(1, { status: 203 }), { status: 203 }, { status: 201 }],
  bytes_helper: [() => bytes(Uint8Array.of(66)), { type: BYTES, body: 'B' }],
  empty: [() => empty(), { status: 204, type: null, body: '' }],
  empty_of_a_status: [() => empty(404), { status: 404, body: '' }],
  redirect: [() => redirect('/x?y'), { status: 303, headers: { location: '/x?y' } }],
  redirect_308: [() => redirect('/x', 308), { status: 308 }],
  problem: [() => problem(418, 'short'), { status: 418, type: PROBLEM, body: '"detail":"short"' }],
  reply_of_an_object: [() => new Reply({ a: 1 }), { type: JSON_TYPE, body: '{"a":1}' }],
  reply_without_content: [() => new Reply(), { status: 204, body: '' }],
  reply_with_headers: [
    () => new Reply('x', { headers: { 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'] } }),
    { type: TEXT, body: 'x', headers: { 'x-a': '1', 'set-cookie': 'a=1, b=2' } },
  ],
  reply_with_pairs: [
    () => new Reply('x', { headers: new Map([['X-A', 'ü']]) }),
    { body: 'x', headers: { 'x-a': 'Ã¼' } },
  ],
  reply_with_its_own_type: [
    () => html('a,b', { headers: { 'content-type': 'text/csv' } }),
    { type: 'text/csv', body: 'a,b' },
  ],
  http_error: [
    () => {
      throw new HttpError(404, 'no such cat')
    },
    { status: 404, type: PROBLEM, body: '"detail":"no such cat"' },
  ],
  rejected_http_error: [() => Promise.reject(new HttpError(422)), { status: 422, type: PROBLEM }],
  thenable: [
    () => ({
      then(resolve: (value: unknown) => void) {
        resolve('then')
      },
    }),
    { type: TEXT, body: 'then' },
  ],
  error: [
    () => {
      throw new Error('secret')
    },
    { status: 500, type: PROBLEM },
  ],
  rejection: [() => Promise.reject(new Error('secret')), { status: 500, type: PROBLEM }],
  thrown_string: [
    () => {
      throw 'secret' as unknown as Error
    },
    { status: 500 },
  ],
  thrown_null_object: [
    () => {
      throw Object.create(null) as Error
    },
    { status: 500 },
  ],
  thrown_trap: [
    () => {
      throw Object.defineProperty(new Error(), 'message', {
        get() {
          throw new Error('secret')
        },
      })
    },
    { status: 500 },
  ],
  cause_of_itself: [
    () => {
      const error = new Error('secret')
      error.cause = error
      throw error
    },
    { status: 500 },
  ],
  result_trap: [
    () => ({
      get then(): unknown {
        throw new Error('secret')
      },
    }),
    { status: 500 },
  ],
  revoked_proxy: [
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
    { status: 500 },
  ],
  function: [() => () => 1, { status: 500 }],
  symbol: [() => Symbol('s'), { status: 500 }],
  bigint: [() => 1n, { status: 500 }],
  map: [() => new Map([['a', 1]]), { status: 500 }],
  set_in_json: [() => json(new Set([1])), { status: 500 }],
  fetch_response: [() => new Response('x'), { status: 500 }],
  generator: [() => (function* () {})(), { type: null, body: '' }],
  set_of_bytes: [() => new Set([Uint8Array.of(65)]), { status: 500 }],
  returned_error: [() => new Error('secret'), { status: 500 }],
  class_instance: [() => new HttpErrorLike(), { body: '{"code":1}' }],
  url: [() => new URL('http://a/'), { body: '"http://a/"' }],
  bad_header: [() => new Reply('x', { headers: { 'X-A': 'a\r\nb' } }), { status: 500 }],
  bad_status: [() => new Reply('x', { status: 99 }), { status: 500 }],
  http_error_of_no_error_status: [
    () => {
      throw new HttpError(200)
    },
    { status: 500 },
  ],
}

describe('a result becomes a response', () => {
  const app = new App({ log: 'off' })
  let server: Server

  before(async () => {
    for (const [name, [result, , options]] of Object.entries(CASES)) {
      app.get(`/${name}`, options ?? {}, result)
      app.get(`/async/${name}`, options ?? {}, async () => {
        await new Promise((resolve) => setImmediate(resolve))
        return result()
      })
    }
    server = await app.listen({ port: 0, banner: false })
  })

  after(() => server.close({ force: true }))

  for (const [name, [, expected]] of Object.entries(CASES)) {
    for (const prefix of ['', 'async/']) {
      it(prefix + name, async () => {
        const response = await fetch(server.url + prefix + name, { redirect: 'manual' })
        const body = await response.text()
        assert.equal(response.status, expected.status ?? 200)
        if (expected.type !== undefined) {
          assert.equal(response.headers.get('content-type'), expected.type)
        }
        if (expected.type === PROBLEM) {
          assert.ok(body.includes(expected.body ?? ''), body)
        } else if (expected.body !== undefined) {
          assert.equal(body, expected.body)
        }
        for (const [header, value] of Object.entries(expected.headers ?? {})) {
          assert.equal(response.headers.get(header), value)
        }
        assert.ok(!body.includes('secret'), 'the cause is for the log')
      })
    }
  }
})
