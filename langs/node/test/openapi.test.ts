import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { App } from 'trivet'
import Type from 'typebox'
import * as v from 'valibot'
import { z } from 'zod'
import { PACKAGE, program, serving } from './support.js'

const { operationsOf } = (await import(
  `${PACKAGE}dist/openapi.js`
)) as typeof import('../dist/openapi.js')

type Json = Record<string, unknown>

const operations = (app: App): ReturnType<typeof operationsOf> =>
  operationsOf((app as unknown as { registry: never }).registry)

describe('operations', () => {
  it('have the parameters of pattern and schemas', () => {
    const app = new App().get(
      '/orgs/{org}/users/{id:int}/{key:uuid}',
      {
        query: Type.Object({
          limit: Type.Integer({ default: 10, description: 'how many' }),
          tag: Type.Optional(Type.Array(Type.String())),
        }),
        headers: Type.Object({ 'X-Trace': Type.String() }),
        cookies: z.object({ seen: z.boolean().optional() }),
        summary: 'Lists users',
        tags: ['users'],
      },
      () => [],
    )
    const [{ methods, pattern, operation, schemas }] = operations(app) as [
      ReturnType<typeof operations>[0],
    ]
    assert.deepEqual([methods, pattern], [['GET'], '/orgs/{org}/users/{id:int}/{key:uuid}'])
    assert.deepEqual(operation['parameters'], [
      { name: 'org', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'id', in: 'path', required: true, schema: { type: 'integer', format: 'int64' } },
      { name: 'key', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
      {
        name: 'limit',
        in: 'query',
        description: 'how many',
        required: false,
        schema: { type: 'integer', default: 10, description: 'how many' },
      },
      {
        name: 'tag',
        in: 'query',
        required: false,
        schema: { type: 'array', items: { type: 'string' } },
      },
      { name: 'X-Trace', in: 'header', required: true, schema: { type: 'string' } },
      { name: 'seen', in: 'cookie', required: false, schema: { type: 'boolean' } },
    ])
    assert.equal(operation['operationId'], 'getOrgsByOrgUsersByIdByKey')
    assert.equal(operation['summary'], 'Lists users')
    assert.deepEqual(operation['tags'], ['users'])
    assert.deepEqual(Object.keys(operation['responses'] as Json), ['200'])
    assert.deepEqual(schemas, {})
  })

  it('have content and answers, with names where schemas have them', () => {
    const User = Type.Object({ name: Type.String() }, { $id: 'User' })
    const Team = Type.Object({ users: Type.Array(User) })
    const app = new App()
      .post(
        '/users',
        { body: User, response: { 201: User, 409: Team }, status: 201 },
        ({ body }) => body,
      )
      .post('/teams', { body: Team, name: 'team', response: Type.String() }, () => 'x')
      .get('/plain', () => 1)
    const [users, teams, plain] = operations(app).map(({ operation, schemas }) => ({
      operation: operation as Record<string, Json>,
      schemas,
    }))
    const ref = { $ref: '#/components/schemas/User' }
    assert.deepEqual(users!.operation['requestBody'], {
      required: true,
      content: { 'application/json': { schema: ref } },
    })
    const listed = {
      type: 'object',
      required: ['users'],
      properties: { users: { type: 'array', items: ref } },
    }
    assert.deepEqual(users!.operation['responses'], {
      201: { description: 'Created', content: { 'application/json': { schema: ref } } },
      409: { description: 'Conflict', content: { 'application/json': { schema: listed } } },
    })
    assert.deepEqual(Object.keys(users!.schemas), ['User'])
    assert.equal(teams!.operation['operationId'] as unknown, 'team')
    assert.deepEqual(teams!.operation['responses']!['200'], {
      description: 'OK',
      content: { 'text/plain': { schema: { type: 'string' } } },
    })
    assert.deepEqual(teams!.schemas['User'], users!.schemas['User'])
    assert.deepEqual(plain!.operation, {
      operationId: 'getPlain',
      responses: { 200: { description: 'OK' } },
    })
  })

  it('have the media types that a route names', () => {
    const Item = Type.Object({ sku: Type.String() }, { $id: 'Item' })
    const app = new App()
      .get('/events', { produces: 'text/Event-Stream', status: 201 }, () => 1)
      .get('/lines', { produces: 'application/x-ndjson', status: 201 }, () => 1)
      .get('/files', { produces: ['text/csv', 'image/png'] }, () => 1)
      .post(
        '/chat',
        { produces: ['application/json', 'text/event-stream'], response: { 200: Item, 409: Item } },
        () => ({ sku: '' }),
      )
      .post(
        '/later',
        { produces: ['application/json', 'text/event-stream'], response: Item, status: 201 },
        () => ({ sku: '' }),
      )
      .get('/vendor', { produces: 'application/vnd.shop+json', response: Item }, () => ({
        sku: '',
      }))
      .get('/changes', { produces: 'text/event-stream', response: { 404: Item } }, () => 1)
    const [events, lines, files, chat, later, vendor, changes] = operations(app).map(
      ({ operation }) => operation['responses'],
    )
    const text = { schema: { type: 'string' } }
    const item = { schema: { $ref: '#/components/schemas/Item' } }
    const streamed = { description: 'OK', content: { 'text/event-stream': text } }
    assert.deepEqual(events, { 200: streamed })
    assert.deepEqual(lines, {
      201: { description: 'Created', content: { 'application/x-ndjson': text } },
    })
    assert.deepEqual(files, {
      200: { description: 'OK', content: { 'text/csv': text, 'image/png': {} } },
    })
    const conflict = { description: 'Conflict', content: { 'application/json': item } }
    assert.deepEqual(chat, {
      200: { description: 'OK', content: { 'application/json': item, 'text/event-stream': text } },
      409: conflict,
    })
    assert.deepEqual(later, {
      200: streamed,
      201: { description: 'Created', content: { 'application/json': item } },
    })
    assert.deepEqual(vendor, {
      200: { description: 'OK', content: { 'application/vnd.shop+json': item } },
    })
    const missing = { description: 'Not Found', content: { 'application/json': item } }
    assert.deepEqual(changes, { 200: streamed, 404: missing })
  })

  it('are refused for what is no media type', () => {
    for (const produces of ['', 'events', 'text/csv; charset=utf-8', [undefined], 7]) {
      assert.throws(() => new App().get('/x', { produces: produces as string }, () => 1), {
        code: 'ERR_TRIVET_ARGUMENT',
        message: /GET \/x: produces is a media type like text\/event-stream, or several, not /,
      })
    }
  })

  it('give two types of one name two names, and routes one id each', () => {
    const first = Type.Object({ a: Type.Integer() }, { $id: 'Item' })
    const second = Type.Object({ b: Type.Integer() }, { $id: 'Item' })
    const app = new App()
      .post('/a', { body: first }, () => 1)
      .post('/b', { body: second, operationId: 'postA' }, () => 1)
      .post('/c', { body: z.object({ a: z.string() }).meta({ id: 'Item' }) }, () => 1)
    const all = operations(app)
    const names = all.map(({ schemas }) => Object.keys(schemas))
    assert.deepEqual(names, [['Item'], ['Item2'], ['Item3']])
    assert.deepEqual(
      all.map(({ operation }) => operation['operationId']),
      ['postA', 'postA2', 'postC'],
    )
  })

  it('refer to schemas that are in themselves', () => {
    const Tree = z.object({
      id: z.string(),
      get inner() {
        return z.array(Tree)
      },
    })
    const Node = Type.Cyclic(
      { Node: Type.Object({ next: Type.Optional(Type.Ref('Node')) }) },
      'Node',
    )
    const app = new App()
      .post('/tree', { body: Tree }, () => 1)
      .post('/node', { body: Node }, () => 1)
      .post('/valibot', { body: v.object({ a: v.string() }) }, () => 1)
    const [tree, node, valibot] = operations(app)
    const body = (each: typeof tree): unknown =>
      (each!.operation as { requestBody: { content: Json } }).requestBody.content[
        'application/json'
      ]
    const name = /components\/schemas\/(\w+)/.exec(JSON.stringify(body(tree)))![1]!
    assert.match(JSON.stringify(tree!.schemas[name]), new RegExp(`components/schemas/${name}"`))
    assert.deepEqual(body(node), { schema: { $ref: '#/components/schemas/Node' } })
    assert.match(JSON.stringify(node!.schemas), /"next":\{"\$ref":"#\/components\/schemas\/Node"/)
    assert.deepEqual(body(valibot), { schema: {} })
  })
})

describe('the document', () => {
  it('is served with its pages', async () => {
    const app = new App({
      title: 'Shop',
      version: '2',
      description: 'Sells.',
      openapi: '/api.json',
      docs: '/help',
      reference: false,
      servers: ['https://a.example', { url: '/v1', description: 'here' }],
    })
    app.post('/items', { body: Type.Object({ sku: Type.String() }) }, () => 1)
    await serving(app, async (url) => {
      const answer = await fetch(`${url}/api.json`)
      assert.equal(answer.headers.get('content-type'), 'application/json')
      const document = (await answer.json()) as ReturnType<App['openapi']>
      assert.deepEqual(document, app.openapi())
      assert.deepEqual(document.info, { title: 'Shop', version: '2', description: 'Sells.' })
      assert.deepEqual(document['servers'], [
        { url: 'https://a.example' },
        { url: '/v1', description: 'here' },
      ])
      const page = await fetch(`${url}/help`)
      assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
      for (const path of ['/openapi.json', '/docs', '/reference']) {
        assert.equal((await fetch(url + path)).status, 404)
      }
    })
  })

  it('stands back behind the routes of the program, and is not where it is not to be', async () => {
    const own = new App().get('/docs', () => 'mine').all('/reference', () => 'mine, too')
    await serving(own, async (url) => {
      assert.equal(await (await fetch(`${url}/docs`)).text(), 'mine')
      assert.equal(await (await fetch(`${url}/reference`)).text(), 'mine, too')
      assert.equal((await fetch(`${url}/openapi.json`)).status, 200)
    })
    const none = new App({ openapi: false }).get('/', () => 'x')
    await serving(none, async (url) => {
      for (const path of ['/openapi.json', '/docs', '/reference']) {
        assert.equal((await fetch(url + path)).status, 404)
      }
    })
    assert.deepEqual(Object.keys(none.openapi().paths), ['/'])
  })

  it('refuses paths that cannot be served, at once', () => {
    assert.throws(() => new App({ docs: 'docs' }), /docs_path is no path like \/docs: docs/)
  })

  it('has undescribable routes by their patterns alone, and no hidden ones', async () => {
    const source = `
      import { App } from 'trivet'
      const app = new App()
      app.get('/{id:int}', { tags: [1n] }, () => 1).get('/hidden', { hidden: true }, () => 1)
      const { paths } = app.openapi()
      console.log(JSON.stringify([Object.keys(paths), paths['/{id}'].get.operationId]))
    `
    const inDevelopment = await program(source, { TRIVET_ENV: 'development' }).ended
    assert.deepEqual(JSON.parse(inDevelopment.stdout), [['/{id}'], 'get_id'])
    assert.match(inDevelopment.stderr, /GET \/\{id:int\}.* without its schemas: TypeError/)
    assert.match(inDevelopment.stderr, /hidden: true/)
    const inProduction = await program(source, { TRIVET_ENV: 'production' }).ended
    assert.equal(inProduction.stdout, inDevelopment.stdout)
    assert.equal(inProduction.stderr, '')
  })
})
