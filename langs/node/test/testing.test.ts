import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import {
  App,
  EventHub,
  HttpError,
  Reply,
  sse,
  StartupError,
  TrivetError,
  type Request,
} from 'trivet'
import { inject } from 'trivet/lowlevel'
import { testClient, type TestClient, type TestClientOptions } from 'trivet/testing'

function makeApp(): App<{ readonly name: string }> {
  const app = new App().provide('name', () => 'real')
  app.get('/hello', () => ({ hello: 'world' }))
  app.route(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], '/echo', (request) => ({
    method: request.method,
    query: request.queryText,
    type: request.headers.get('content-type') ?? null,
    cookie: request.headers.get('cookie') ?? null,
    x: request.headers.get('x-test') ?? null,
    body: request.text(),
  }))
  app.get('/name', ({ name }) => name)
  app.get('/boom', () => {
    throw new Error('no such colour')
  })
  app.get('/half', async function* () {
    yield 'one'
    await new Promise(setImmediate)
    throw new Error('no second')
  })
  app.get('/teapot', () => {
    throw new HttpError(503, 'short and stout')
  })
  app.get('/login', () => new Reply('in', { headers: { 'Set-Cookie': 'id=7; Path=/' } }))
  app.get('/logout', () => new Reply('out', { headers: { 'Set-Cookie': 'id=; Max-Age=0' } }))
  app.get('/count', async function* () {
    for (let i = 0; i < 3; i++) yield sse(String(i), { id: String(i), event: 'tick' })
  })
  app.get('/pieces', function* () {
    yield 'one '
    yield 'two'
  })
  return app
}

async function asking<Provided>(
  app: App<Provided>,
  ask: (client: TestClient<Provided>) => Promise<void>,
  options: TestClientOptions = {},
): Promise<void> {
  const client = await testClient(app, options)
  try {
    await ask(client)
  } finally {
    await client.close()
  }
}

test('it answers', () =>
  asking(makeApp(), async (client) => {
    const response = await client.get('/hello')
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.deepEqual(await response.json(), { hello: 'world' })
    assert.equal((await client.get('/none')).status, 404)
    const head = await client.head('/hello')
    assert.equal(head.status, 200)
    assert.equal(await head.text(), '')
  }))

test('either engine serves it', async () => {
  for (const engine of ['uring', 'epoll'] as const) {
    const app = new App({ engine })
    app.get('/', () => 'here')
    await asking(app, async (client) => {
      assert.equal(await (await client.get('/')).text(), 'here')
    })
  }
})

test('methods and contents', () =>
  asking(makeApp(), async (client) => {
    for (const method of ['get', 'post', 'put', 'patch', 'delete', 'options'] as const) {
      const told = (await (await client[method]('/echo')).json()) as { method: string }
      assert.equal(told.method, method.toUpperCase())
    }
    const echoed = async (init: Parameters<typeof client.post>[1]): Promise<unknown[]> => {
      const told = (await (await client.post('/echo', init)).json()) as Record<string, unknown>
      return [told['type'], told['body']]
    }
    assert.deepEqual(await echoed({ json: { a: 1 } }), ['application/json', '{"a":1}'])
    assert.deepEqual(await echoed({ form: { a: 1, b: ['x', 'y z'] } }), [
      'application/x-www-form-urlencoded;charset=UTF-8',
      'a=1&b=x&b=y+z',
    ])
    assert.deepEqual(await echoed({ body: 'ü' }), ['text/plain;charset=UTF-8', 'ü'])
    assert.deepEqual(await echoed({ body: [Buffer.from('one '), Buffer.from('two')] }), [
      null,
      'one two',
    ])
    await assert.rejects(client.post('/echo', { json: 1, body: 'x' }), {
      code: 'ERR_TRIVET_ARGUMENT',
    })
    const told = await client.get('/echo?a=1', {
      query: { b: [true, 2] },
      headers: { 'X-Test': 'y' },
    })
    const { query, x } = (await told.json()) as Record<string, unknown>
    assert.deepEqual([query, x], ['a=1&b=true&b=2', 'y'])
  }))

test('a form with files', async () => {
  const app = new App()
  app.post('/form', async (request) => {
    const form = await request.form()
    const file = form.files.get('photo')
    return { title: form.get('title'), name: file?.filename, size: file?.size }
  })
  await asking(app, async (client) => {
    const body = new FormData()
    body.append('title', 'a')
    body.append('photo', new Blob(['png'], { type: 'image/png' }), 'p.png')
    const response = await client.post('/form', { body })
    assert.deepEqual(await response.json(), { title: 'a', name: 'p.png', size: 3 })
  })
})

test('cookies are kept', () =>
  asking(makeApp(), async (client) => {
    const cookie = async (): Promise<unknown> =>
      ((await (await client.get('/echo')).json()) as { cookie: unknown }).cookie
    await client.get('/login')
    assert.deepEqual(client.cookies, { id: '7' })
    assert.equal(await cookie(), 'id=7')
    await client.get('/logout')
    assert.equal(await cookie(), null)
    client.setCookie('theme', 'dark')
    client.setCookie('far', 'away', '/elsewhere')
    assert.equal(await cookie(), 'theme=dark')
    client.clearCookies()
    assert.deepEqual(client.cookies, {})
  }))

test('what a handler throws is thrown', () =>
  asking(makeApp(), async (client) => {
    await assert.rejects(client.get('/boom'), /^Error: no such colour$/)
    await assert.rejects(client.get('/half'), /no second/)
    assert.equal((await client.get('/teapot')).status, 503, "that was the handler's answer")
    assert.deepEqual(client.failures, [])
    assert.equal((await client.get('/hello')).status, 200)
  }))

test('what a handler throws is answered', () =>
  asking(
    makeApp(),
    async (client) => {
      assert.equal((await client.get('/boom')).status, 500)
      await assert.rejects(client.get('/half'))
      assert.deepEqual(client.failures.map(String), ['Error: no such colour', 'Error: no second'])
    },
    { raiseErrors: false },
  ))

test('an error handler answers for it', async () => {
  const app = makeApp()
  app.onError((_request: Request, error: unknown) => new Reply(String(error), { status: 400 }))
  await asking(app, async (client) => {
    const response = await client.get('/boom')
    assert.equal(response.status, 400)
    assert.equal(await response.text(), 'Error: no such colour')
    assert.deepEqual(client.failures, [])
  })
})

test('what an app provides is overridden', () =>
  asking(makeApp(), async (client) => {
    const end = client.override('name', 'fake')
    assert.equal(await (await client.get('/name')).text(), 'fake')
    end()
    assert.equal(await (await client.get('/name')).text(), 'real')
  }))

test('answers in pieces', () =>
  asking(makeApp(), async (client) => {
    const stream = await client.stream('GET', '/pieces')
    assert.equal(stream.status, 200)
    let text = ''
    for await (const piece of stream) text += Buffer.from(piece).toString()
    assert.equal(text, 'one two')
  }))

test('events', () =>
  asking(makeApp(), async (client) => {
    const events = await client.sse('/count')
    assert.equal(events.headers.get('content-type'), 'text/event-stream')
    const seen = []
    for await (const event of events) seen.push(event)
    assert.deepEqual(
      seen,
      ['0', '1', '2'].map((id) => ({ data: id, event: 'tick', id, retry: undefined })),
    )
  }))

test('heartbeats come when time goes on, and a client that leaves is gone', async () => {
  const app = new App()
  const hub = new EventHub(app, { heartbeatMs: 15_000 })
  app.get('/news', (request) => hub.stream(request))
  await asking(app, async (client) => {
    const events = await client.sse('/news')
    client.advance(15_200)
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    hub.publish('hello')
    assert.equal((await events.next())?.data, 'hello')
    assert.equal(events.comments.length, 1)
    events.close()
    while (hub.info().subscribers > 0) await new Promise(setImmediate)
    assert.throws(() => {
      client.advance(-1)
    }, TrivetError)
  })
  hub.close()
})

test('start and end, more than once', async () => {
  const app = makeApp()
  const seen: string[] = []
  app.onStartup(() => seen.push('start'))
  app.onShutdown(() => seen.push('end'))
  for (let i = 0; i < 2; i++) {
    await asking(app, async (client) => {
      assert.equal(seen.at(-1), 'start')
      assert.equal((await client.get('/hello')).status, 200)
    })
  }
  assert.deepEqual(seen, ['start', 'end', 'start', 'end'])
})

test('plugins are waited for', async () => {
  const app = new App()
  app.register(async (inner) => {
    await new Promise(setImmediate)
    inner.get('/late', () => 'here')
  })
  await asking(app, async (client) => {
    assert.equal(await (await client.get('/late')).text(), 'here')
  })
})

test('a start that fails', async () => {
  const app = makeApp()
  app.onStartup(() => {
    throw new Error('no database')
  })
  await assert.rejects(testClient(app), StartupError)
})

test('a handler that does not answer', async () => {
  const app = new App()
  app.get('/never', () => new Promise(() => undefined))
  await asking(
    app,
    async (client) => {
      await assert.rejects(client.get('/never'), /does the handler answer/)
    },
    { timeoutMs: 50 },
  )
})

test('no descriptors are left, and an app that is not tested has no such connections', async () => {
  const count = (): number => readdirSync('/proc/self/fd').length
  const app = makeApp()
  await asking(app, async (client) => void (await client.get('/hello')))
  const before = count()
  await asking(app, async (client) => {
    await client.get('/hello')
    const stream = await client.stream('GET', '/pieces')
    stream.close()
  })
  while (count() > before) await new Promise(setImmediate)
  assert.throws(() => inject(app), { code: 'ERR_TRIVET_NOT_FOUND' })
})
