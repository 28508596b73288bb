import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type as LegacyType } from '@sinclair/typebox'
import { type } from 'arktype'
import { App, json, ValidationError, type ValueError } from 'trivet'
import Type from 'typebox'
import * as v from 'valibot'
import { z } from 'zod'
import { logOf, serving } from './support.js'

interface Answer {
  readonly status: number
  readonly type: string | null
  readonly body: unknown
}

interface Asked {
  readonly method?: string
  readonly body?: unknown
  readonly raw?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Record<string, string>
}

async function ask(app: App, path: string, asked: Asked = {}): Promise<Answer> {
  let answer: Answer | undefined
  await serving(app, async (url) => {
    const { body, raw, headers = {} } = asked
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await fetch(url + path, {
      method: asked.method ?? (content === undefined ? 'GET' : 'POST'),
      headers: content === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(content === undefined ? {} : { body: content }),
    })
    const text = await response.text()
    const type = response.headers.get('content-type')
    const isJson = type?.includes('json') ?? false
    answer = { status: response.status, type, body: isJson ? JSON.parse(text) : text }
  })
  return answer!
}

/** What a 422 says, each error as `in pointer code: detail`. */
async function faults(app: App, path: string, asked: Asked = {}): Promise<string[]> {
  const { status, type, body } = await ask(app, path, asked)
  assert.equal(status, 422, JSON.stringify(body))
  assert.equal(type, 'application/problem+json')
  return (body as { errors: ValueError[] }).errors.map(
    (each) => `${each.in} ${each.pointer} ${each.code}: ${each.detail}`,
  )
}

const Order = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 2 },
    note: { type: 'string', default: 'none' },
    items: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: { sku: { type: 'string' }, qty: { type: 'integer', minimum: 1 } },
        required: ['sku', 'qty'],
        additionalProperties: false,
      },
    },
  },
  required: ['name', 'items'],
} as const

describe('validation', () => {
  it('gives handlers what the schemas make of the parts', async () => {
    const app = new App().post(
      '/orders/{id:int}/{part}',
      {
        params: Type.Object({ id: Type.Integer(), part: Type.Number() }),
        query: {
          type: 'object',
          properties: {
            limit: { type: 'integer', default: 10 },
            deep: { type: 'boolean' },
            tag: { type: 'array', items: { type: 'integer' } },
          },
        },
        headers: Type.Object({ 'X-Level': Type.Integer() }),
        cookies: Type.Object({ seen: Type.Boolean() }),
        body: Order,
      },
      ({ params, query, headers, cookies, body }) => ({
        params,
        query,
        headers,
        cookies,
        body,
        sum: params.part + query.limit + headers['X-Level'] + body.items[0]!.qty,
      }),
    )
    const { status, body } = await ask(app, '/orders/7/2.5?deep=true&tag=1&tag=2&other=x', {
      headers: { 'x-level': '3', cookie: 'seen=false' },
      body: { name: 'Ada', items: [{ sku: 'a', qty: 1 }], more: null },
    })
    assert.equal(status, 200)
    assert.deepEqual(body, {
      params: { id: 7, part: 2.5 },
      query: { deep: true, tag: [1, 2], other: 'x', limit: 10 },
      headers: { 'X-Level': 3 },
      cookies: { seen: false },
      body: { name: 'Ada', items: [{ sku: 'a', qty: 1 }], more: null, note: 'none' },
      sum: 2.5 + 10 + 3 + 1,
    })
  })

  it('tells each wrong value in the order of parts, properties and items', async () => {
    const app = new App().post(
      '/{n}',
      {
        body: Order,
        cookies: Type.Object({ c: Type.String() }),
        headers: Type.Object({ 'x-a': Type.String({ format: 'uuid' }) }),
        query: Type.Object({
          page: Type.Integer({ default: 1 }),
          limit: Type.Integer(),
          all: Type.Boolean(),
        }),
        params: Type.Object({ n: Type.Integer({ maximum: 5 }) }),
      },
      () => 'never',
    )
    const wrong = await faults(app, '/6?all=maybe&limit=ten', {
      headers: { 'x-a': 'b' },
      body: { items: [{ sku: 1, qty: 0, 'a/b~c': 1 }, 'x'], name: 'A' },
    })
    assert.deepEqual(wrong, [
      'path /n maximum: must be at most 5',
      'query /limit type: must be an integer',
      'query /all type: must be a boolean',
      'header /x-a format: must be a valid uuid',
      'cookie /c required: is missing',
      'body /name minLength: must have at least 2 characters',
      'body /items/0/sku type: must be a string',
      'body /items/0/qty minimum: must be at least 1',
      'body /items/0/a~1b~0c additionalProperties: is not allowed',
      'body /items/1 type: must be an object',
    ])
  })

  it('takes the fields of a form, and leaves its files', async () => {
    const form = Type.Object({
      title: Type.String({ minLength: 3 }),
      count: Type.Integer({ minimum: 1, default: 1 }),
      tag: Type.Array(Type.String(), { default: [] }),
    })
    const app = new App().post('/', { form }, async ({ fields, form }) => {
      const count: number = fields.count
      const { files } = await form()
      return { ...fields, count, file: files.get('photo')?.filename }
    })
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const right = await ask(app, '/', { raw: 'title=abc&tag=a&tag=b&count=2', headers: type })
    assert.deepEqual(right.body, { title: 'abc', tag: ['a', 'b'], count: 2 })
    const part = 'Content-Disposition: form-data; name='
    const raw =
      `--b\r\n${part}"title"\r\n\r\nabc\r\n` +
      `--b\r\n${part}"photo"; filename="a.png"\r\n\r\npixels\r\n--b--`
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const whole = await ask(app, '/', { raw, headers })
    assert.deepEqual(whole.body, { title: 'abc', count: 1, tag: [], file: 'a.png' })
    assert.deepEqual(await faults(app, '/', { raw: 'title=ab&count=0', headers: type }), [
      'form /title minLength: must have at least 3 characters',
      'form /count minimum: must be at least 1',
    ])
    assert.equal((await ask(app, '/', { body: {} })).status, 415)
    assert.throws(() => new App().post('/', { form, body: form }, () => 1), {
      message: /POST \/: the content is JSON or a form/,
    })
  })

  it('answers as problem details, at most 100 of them', async () => {
    const app = new App().post('/', { body: Type.Array(Type.Integer()) }, ({ body }) => body.length)
    assert.deepEqual((await ask(app, '/', { body: ['x'] })).body, {
      type: 'about:blank',
      title: 'Unprocessable Content',
      status: 422,
      detail: '1 value is wrong',
      errors: [{ in: 'body', pointer: '/0', code: 'type', detail: 'must be an integer' }],
    })
    const counts = [
      [2, '2 values are wrong', 2],
      [100, '100 values are wrong', 100],
      [101, 'more than 100 values are wrong', 100],
      [5000, 'more than 100 values are wrong', 100],
    ] as const
    for (const [count, detail, listed] of counts) {
      const { body } = await ask(app, '/', { body: Array(count).fill('x') })
      const problem = body as { detail: string; errors: unknown[] }
      assert.deepEqual([problem.detail, problem.errors.length], [detail, listed])
    }
  })

  it('tells content that is missing, no JSON, or of another type', async () => {
    const make = (): App => new App().post('/', { body: Order }, () => 'never')
    assert.deepEqual(await faults(make(), '/', { method: 'POST' }), ['body  required: is missing'])
    const cases: [string | Uint8Array<ArrayBuffer>, string][] = [
      ['{"name": tru', 'malformed JSON at byte 12'],
      ['{"ä": nope}', 'malformed JSON at byte 8'],
      ['{"a": 1,}', 'malformed JSON at byte 8'],
      ['[1, 2', 'malformed JSON at byte 5'],
      ['{"a": "\\x"}', 'malformed JSON at byte 8'],
      ['01', 'malformed JSON at byte 1'],
      ['\ufeff{}', 'malformed JSON at byte 0'],
      [new Uint8Array([0x22, 0xff, 0x22]), 'malformed JSON: the content is not UTF-8'],
    ]
    for (const [raw, detail] of cases) {
      const { status, body } = await ask(make(), '/', { raw })
      assert.deepEqual([status, (body as { detail: string }).detail], [400, detail])
    }
    const { status, body } = await ask(make(), '/', {
      raw: '{}',
      headers: { 'content-type': 'text/plain' },
    })
    assert.equal(status, 415)
    assert.match((body as { detail: string }).detail, /must be application\/json, not text\/plain/)
    for (const type of ['application/json; charset=utf-8', 'application/vnd.api+json']) {
      const asked = { body: { name: 'Ada', items: [] }, headers: { 'content-type': type } }
      assert.deepEqual(await faults(make(), '/', asked), [
        'body /items minItems: must have at least 1 item',
      ])
    }
  })

  it('runs between the before hooks and the handler', async () => {
    const app = new App()
    app.before(({ headers }) => (headers.has('x-stop') ? 'stopped' : undefined))
    app.after(({ query }, reply) => {
      reply.headers.set('x-query', JSON.stringify(query))
    })
    app.get('/', { query: Type.Object({ n: Type.Integer() }) }, ({ query }) => query.n + 1)
    assert.equal((await ask(app, '/?n=x', { headers: { 'x-stop': '1' } })).body, 'stopped')
    assert.equal((await ask(app, '/?n=x')).status, 422)
    await serving(app, async (url) => {
      const response = await fetch(`${url}/?n=4`)
      assert.equal(await response.text(), '5')
      assert.equal(response.headers.get('x-query'), '{"n":4}')
    })
  })

  it('goes through error handlers, and can be thrown', async () => {
    const app = new App()
    app.onError(ValidationError, (_request, error) =>
      json({ wrong: error.errors.map(({ pointer }) => pointer) }, { status: 400 }),
    )
    app.get('/', { query: Type.Object({ n: Type.Integer() }) }, () => 1)
    assert.deepEqual(await ask(app, '/'), {
      status: 400,
      type: 'application/json',
      body: { wrong: ['/n'] },
    })
    const thrower = new App().get('/', () => {
      throw new ValidationError([
        { in: 'query', pointer: '/day', code: 'invalid', detail: 'is over' },
      ])
    })
    assert.deepEqual(await faults(thrower, '/'), ['query /day invalid: is over'])
  })

  it('lets optional content be missing, and null be null', async () => {
    const app = new App()
      .post('/optional', { body: Type.Optional(Order2) }, ({ body }) => body ?? 'none')
      .post('/null', { body: Type.Union([Type.Null(), Order2]) }, ({ body }) => ({ body }))
      .post('/zod', { body: z.object({ a: z.int() }).default({ a: 5 }) }, ({ body }) => body.a)
    assert.equal((await ask(app, '/optional', { method: 'POST' })).body, 'none')
    assert.deepEqual((await ask(app, '/null', { body: null })).body, { body: null })
    assert.equal((await ask(app, '/zod', { method: 'POST' })).body, 5)
  })

  it('fails at registration for what no schema is, and says where', () => {
    const fails = (options: object, message: RegExp): void => {
      assert.throws(() => new App().post('/x', options, () => 1), {
        code: 'ERR_TRIVET_ARGUMENT',
        message,
      })
    }
    fails(
      { body: { type: 'strin' } },
      /POST \/x: the schema of body .* no type of JSON is named strin at \/type/,
    )
    fails(
      { query: { properties: { a: { if: {} } } } },
      /schema of query .*keyword if at \/properties\/a/,
    )
    fails({ body: 'x' }, /a schema is an object, not string/)
    fails({ body: { $ref: '#/$defs/None' } }, /there is no #\/\$defs\/None at \/\$ref/)
    fails({ body: { pattern: '(' } }, /Invalid regular expression/)
    fails({ body: {}, stream: true }, /POST \/x streams.*leave out body or stream/)
    fails({ body: Type.Object({ a: Type.BigInt() }) }, /no type of JSON is named bigint/)
    const transform = LegacyType.Transform(LegacyType.String())
    fails({ body: transform.Decode(Number).Encode(String) }, /a transform of TypeBox/)
  })
})

const Order2 = Type.Object({ a: Type.Integer() })

describe('schemas of others', () => {
  const User = z.object({
    name: z.string().min(2),
    email: z.email().optional(),
    age: z.coerce.number().int().min(18).default(20),
    kind: z.union([z.literal('a'), z.literal('b')]).optional(),
  })

  it('of Zod are told in the words of JSON Schema', async () => {
    const app = new App().post(
      '/',
      { body: User, query: z.object({ n: z.number() }) },
      (request) => ({
        ...request.body,
        older: request.body.age + request.query.n,
      }),
    )
    assert.deepEqual((await ask(app, '/?n=2', { body: { name: 'Ada', x: 1 } })).body, {
      name: 'Ada',
      age: 20,
      older: 22,
    })
    assert.deepEqual(await faults(app, '/?n=b', { body: { name: 'A', email: 'x', kind: 'c' } }), [
      'query /n type: must be a number',
      'body /name minLength: must have at least 2 characters',
      'body /email format: must be a valid email',
      'body /kind enum: must be one of "a", "b"',
    ])
  })

  it('have their own words beyond those', async () => {
    const Range = z
      .object({ from: z.int(), to: z.int() })
      .refine(({ from, to }) => from <= to, { path: ['to'], message: 'ends before it begins.' })
    const app = new App()
      .post('/range', { body: Range }, ({ body }) => body.to - body.from)
      .post(
        '/later',
        { body: z.object({ name: z.string().refine((name) => Promise.resolve(name !== 'x')) }) },
        ({ body }) => body.name,
      )
      .post(
        '/upper',
        { body: z.object({ day: z.string().transform((day) => new Date(day)) }) },
        ({ body }) => body.day.getTime(),
      )
    assert.deepEqual(await faults(app, '/range', { body: { from: 2, to: 1 } }), [
      'body /to invalid: ends before it begins',
    ])
    assert.deepEqual(await faults(app, '/range', { body: { from: 2 } }), [
      'body /to required: is missing',
    ])
    assert.deepEqual(await faults(app, '/later', { body: { name: 'x' } }), [
      'body /name invalid: Invalid input',
    ])
    assert.equal((await ask(app, '/later', { body: { name: 'y' } })).body, 'y')
    assert.equal((await ask(app, '/upper', { body: { day: '1970-01-01' } })).body, 0)
  })

  it('of Valibot give its issues with their places', async () => {
    const Item = v.object({ tags: v.array(v.pipe(v.string(), v.minLength(2))) })
    const app = new App().post('/', { body: Item }, ({ body }) => body.tags.length)
    assert.equal((await ask(app, '/', { body: { tags: ['ab'] } })).body, 1)
    assert.deepEqual(await faults(app, '/', { body: { tags: ['ab', 'c'] } }), [
      'body /tags/1 invalid: Invalid length: Expected >=2 but received 1',
    ])
  })

  it('of ArkType are told in the words of JSON Schema', async () => {
    const Thing = type({ name: 'string >= 2', 'age?': 'number.integer', kind: "'a' | 'b'" })
    const app = new App().post('/', { body: Thing, query: type({ n: 'number' }) }, (request) => [
      request.body.name.length,
      request.query.n,
    ])
    assert.deepEqual((await ask(app, '/?n=4', { body: { name: 'Ada', kind: 'a' } })).body, [3, 4])
    assert.deepEqual(await faults(app, '/?n=x', { body: { name: 'A', kind: 'c' } }), [
      'query /n type: must be a number',
      'body /kind enum: must be one of "a", "b"',
      'body /name minLength: must have at least 2 characters',
    ])
  })

  it('of TypeBox before 1.0 are taken as well', async () => {
    const T = LegacyType
    const Tree = T.Recursive((Self) => T.Object({ id: T.Integer(), inner: T.Array(Self) }))
    const app = new App().post('/', { body: Tree }, ({ body }) => body.inner.length)
    const good = { id: 1, inner: [{ id: 2, inner: [] }] }
    assert.equal((await ask(app, '/', { body: good })).body, 1)
    assert.deepEqual(await faults(app, '/', { body: { id: 1, inner: [{ id: 'x', inner: [] }] } }), [
      'body /inner/0/id type: must be an integer',
    ])
    let deep: object = { id: 1, inner: [] }
    for (let i = 0; i < 100; i++) deep = { id: 1, inner: [deep] }
    assert.match((await faults(app, '/', { body: deep })).join(), /invalid: is nested too deeply$/)
  })
})

describe('schemas of results', () => {
  const Row = Type.Object({ id: Type.Integer(), at: Type.String({ format: 'date-time' }) })

  it('let through what fits, dates and replies as well', async () => {
    const app = new App()
      .get('/plain', { response: Type.Array(Row) }, () => [{ id: 1, at: '2026-11-29T10:00:00Z' }])
      .get('/later', { response: { 200: { type: 'array' } } }, async () => Promise.resolve([1]))
      .get('/date', { response: Row }, () => ({ id: 1, at: new Date(0) }) as never)
      .get('/reply', { response: Row }, () => json({ any: 'thing' }))
      .get('/zod', { response: z.object({ id: z.int() }) }, () => ({ id: 4, secret: 'x' }))
    assert.deepEqual((await ask(app, '/plain')).body, [{ id: 1, at: '2026-11-29T10:00:00Z' }])
    assert.deepEqual((await ask(app, '/later')).body, [1])
    assert.deepEqual((await ask(app, '/date')).body, { id: 1, at: '1970-01-01T00:00:00.000Z' })
    assert.deepEqual((await ask(app, '/reply')).body, { any: 'thing' })
    assert.deepEqual((await ask(app, '/zod')).body, { id: 4 })
  })

  it('make others a 500, whose line names the field', async () => {
    const route = `
      const response = { type: 'array', items: { type: 'object', required: ['id'],
        properties: { id: { type: 'integer' } } } }
      app.get('/', { response }, () => [{ id: 1 }, { id: 'x' }, {}])`
    const { answer, log } = await logOf(route)
    assert.match(answer, /^HTTP\/1.1 500 /)
    assert.doesNotMatch(answer, /integer/)
    assert.match(
      log,
      /not as the route's response schema says: \/1\/id must be an integer, \/2\/id is missing/,
    )
    const none = await logOf(`app.get('/', { response: { type: 'object' } }, () => undefined)`)
    assert.match(none.answer, /^HTTP\/1.1 500 /)
    assert.match(none.log, /response schema says: it must be an object/)
  })
})
