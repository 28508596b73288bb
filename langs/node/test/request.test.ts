import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { App, TrivetError, type Request } from 'trivet'
import { exchange, serving } from './support.js'

describe('a request', () => {
  it('has typed path parameters', async () => {
    const app = new App()
    app.get('/{kind}/{id:int}', ({ params }) => ({ ...params, type: typeof params.id }))
    await serving(app, async (url) => {
      const response = await fetch(`${url}/c%C3%A4t/-7`)
      assert.deepEqual(await response.json(), { kind: 'cät', id: -7, type: 'number' })
    })
  })

  it('never rounds an integer parameter', async () => {
    const app = new App()
    app.get('/number/{id:int}', ({ params }) => params.id)
    app.get('/bigint/{id:int}', { integers: 'bigint' }, ({ params }) => String(params.id))
    await serving(app, async (url) => {
      const largest = await fetch(`${url}/number/9007199254740991`)
      assert.equal(await largest.text(), '9007199254740991')
      const beyond = await fetch(`${url}/number/9007199254740992`)
      assert.equal(beyond.status, 404)
      assert.match(await beyond.text(), /id is beyond 9007199254740991/)
      const exact = await fetch(`${url}/bigint/-9223372036854775808`)
      assert.equal(await exact.text(), '-9223372036854775808')
    })
  })

  it('has its line, query and headers', async () => {
    const app = new App()
    app.all('/a b', (request) => ({
      method: request.method,
      path: request.path,
      target: request.target,
      queryText: request.queryText,
      query: request.query,
      queryAll: request.queryAll,
      host: request.headers.get('HOST'),
      both: request.headers.getAll('x-a'),
      has: [request.headers.has('x-A'), request.headers.has('x-b')],
      entries: [...request.headers],
      cookies: request.cookies,
    }))
    await serving(app, async (_url, { port }) => {
      const answer = await exchange(
        port,
        'PUT /a%20b?x=1&y=%C3%BC+z&x=2&__proto__=p HTTP/1.1\r\nHost: a\r\nX-a: 1\r\nx-A: 2\r\n' +
          'Cookie: a=1; b="2"; a=3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      )
      const body = JSON.parse(Buffer.from(answer, 'latin1').toString().split('\r\n\r\n')[1]!) as {
        entries: unknown[]
      }
      assert.deepEqual(body.entries.slice(0, 3), [
        ['Host', 'a'],
        ['X-a', '1'],
        ['x-A', '2'],
      ])
      assert.deepEqual(
        { ...body, entries: undefined },
        {
          method: 'PUT',
          path: '/a b',
          target: '/a%20b?x=1&y=%C3%BC+z&x=2&__proto__=p',
          queryText: 'x=1&y=%C3%BC+z&x=2&__proto__=p',
          query: JSON.parse('{"x":"1","y":"ü z","__proto__":"p"}') as object,
          queryAll: JSON.parse('{"x":["1","2"],"y":["ü z"],"__proto__":["p"]}') as object,
          host: 'a',
          both: ['1', '2'],
          has: [true, false],
          entries: undefined,
          cookies: { a: '1', b: '2' },
        },
      )
    })
  })

  it('has its content as bytes, text and JSON, also destructured', async () => {
    const app = new App()
    app.post('/bytes', ({ body }) => ({ length: body.length, isBuffer: Buffer.isBuffer(body) }))
    app.post('/text', ({ text }) => text())
    app.post('/json', ({ json }) => json())
    app.post('/async/json', async ({ json }) => await json())
    await serving(app, async (url) => {
      const post = async (path: string, body: string): Promise<[number, string]> => {
        const response = await fetch(url + path, { method: 'POST', body })
        return [response.status, await response.text()]
      }
      assert.deepEqual(await post('/bytes', 'ü'), [200, '{"length":2,"isBuffer":true}'])
      assert.deepEqual(await post('/text', 'ü'), [200, 'ü'])
      assert.deepEqual(await post('/text', ''), [200, ''])
      assert.deepEqual(await post('/json', ' {"a": [1]}'), [200, '{"a":[1]}'])
      assert.deepEqual(await post('/async/json', '1'), [200, '1'])
      const [status, problem] = await post('/json', '{')
      assert.equal(status, 400)
      assert.match(problem, /not JSON/)
    })
  })

  it('keeps its parts while an async handler waits', async () => {
    const app = new App()
    app.post('/{id:int}', async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return [request.params.id, request.method, request.text(), request.query['q'], request.id > 0]
    })
    await serving(app, async (url) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const response = await fetch(`${url}/${String(i)}?q=${String(i)}`, {
            method: 'POST',
            body: `body ${String(i)}`,
          })
          return response.json()
        }),
      )
      const expected = answers.map((_, i) => [i, 'POST', `body ${String(i)}`, String(i), true])
      assert.deepEqual(answers, expected)
    })
  })

  it('is stale after its answer: an error, and what was read before stays', async () => {
    const app = new App()
    let kept: Request<unknown> | undefined
    app.get('/', (request) => {
      kept = request
      assert.equal(request.query['a'], '1')
      return 'ok'
    })
    await serving(app, async (url) => {
      await (await fetch(`${url}/?a=1`)).text()
      assert.equal(kept!.isAnswered, true)
      assert.deepEqual({ ...kept!.query }, { a: '1' })
      const touches: (() => unknown)[] = [
        () => kept!.method,
        () => kept!.headers.get('host'),
        () => [...kept!.headers],
        () => kept!.body,
        () => kept!.text(),
        () => kept!.json(),
        () => kept!.cookies,
        () => kept!.signal,
        () => kept!.id,
      ]
      for (const touch of touches) {
        assert.throws(touch, (error) => {
          assert.ok(error instanceof TrivetError)
          return error.code === 'ERR_TRIVET_STALE' && error.statusName === 'TRIVET_E_STALE'
        })
      }
    })
  })

  it('aborts its signal when the client goes', async () => {
    const app = new App({ log: 'off' })
    let arrived = (): void => undefined
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    const reason = new Promise<unknown>((resolve) => {
      app.get('/', ({ signal }) => {
        arrived()
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            resolve(signal.reason)
            reject(signal.reason as Error)
          })
        })
      })
    })
    await serving(app, async (_url, server) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await arrival
      socket.destroy()
      const error = await reason
      assert.ok(error instanceof TrivetError)
      assert.equal(error.code, 'ERR_TRIVET_GONE')
      assert.equal(server.stats().handlerFailuresTotal, 0)
    })
  })
})
