import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { App, errors, HttpError, json, problem, Reply, text, type AfterHook } from 'trivet'
import { program, serving } from './support.js'

class DomainError extends Error {
  readonly code: string = 'domain'
}
class StockError extends DomainError {
  override readonly code = 'stock'
}

function thrower(error: unknown): () => never {
  return () => {
    throw error
  }
}

async function get(url: string, path: string): Promise<[number, string]> {
  const response = await fetch(url + path)
  return [response.status, await response.text()]
}

describe('error helpers', () => {
  const STATUSES: Record<keyof typeof errors, number> = {
    badRequest: 400,
    unauthorized: 401,
    forbidden: 403,
    notFound: 404,
    methodNotAllowed: 405,
    conflict: 409,
    gone: 410,
    contentTooLarge: 413,
    unsupportedMediaType: 415,
    unprocessableContent: 422,
    tooManyRequests: 429,
    internalServerError: 500,
    badGateway: 502,
    serviceUnavailable: 503,
    gatewayTimeout: 504,
  }

  it('are HttpErrors of their statuses', () => {
    for (const [name, status] of Object.entries(STATUSES)) {
      const error = errors[name as keyof typeof errors]('why')
      assert.ok(error instanceof HttpError)
      assert.deepEqual([error.status, error.detail, error.message], [status, 'why', 'why'])
      assert.equal(errors[name as keyof typeof errors]().detail, '')
    }
    assert.deepEqual(Object.keys(errors).sort(), Object.keys(STATUSES).sort())
    const cause = new Error('cause')
    assert.equal(errors.badGateway('x', { cause }).cause, cause)
  })

  it('carry header fields', async () => {
    const app = new App()
    const headers = { 'WWW-Authenticate': ['Basic', 'Bearer'] }
    app.get('/', thrower(errors.unauthorized('who?', { headers })))
    await serving(app, async (url) => {
      const response = await fetch(url)
      assert.equal(response.status, 401)
      assert.equal(response.headers.get('www-authenticate'), 'Basic, Bearer')
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      assert.match(await response.text(), /"detail":"who\?"/)
    })
  })

  it('cannot split the answer with their fields', async () => {
    const app = new App({ log: 'off' })
    const headers = { 'X-A': '1', 'X-Split': 'a\r\nX-Injected: b' }
    app.get('/', thrower(errors.conflict('x', { headers })))
    app.get('/hooked', { after: () => undefined }, thrower(errors.conflict('x', { headers })))
    await serving(app, async (url) => {
      for (const path of ['/', '/hooked']) {
        const response = await fetch(url + path)
        assert.equal(response.status, 500)
        assert.equal(response.headers.get('x-split'), null)
        assert.equal(response.headers.get('x-injected'), null)
      }
    })
  })

  it('are told the same way with and without after hooks', async () => {
    const app = new App({ log: 'off' })
    const look: AfterHook = (_request, reply) => {
      assert.ok(reply.body !== undefined)
    }
    // fetch() gives nobody the content of a 407.
    const statuses = Array.from({ length: 200 }, (_, i) => 400 + i).filter((one) => one !== 407)
    for (const status of statuses) {
      const [plain, hooked] = [`/plain/${String(status)}`, `/hooked/${String(status)}`]
      app.get(plain, thrower(new HttpError(status, 'a "detail" \u0001 ü')))
      app.get(hooked, { after: look }, thrower(new HttpError(status, 'a "detail" \u0001 ü')))
    }
    await serving(app, async (url) => {
      for (const status of statuses) {
        const [plain, hooked] = await Promise.all([
          get(url, `/plain/${String(status)}`),
          get(url, `/hooked/${String(status)}`),
        ])
        assert.equal(plain[0], status)
        assert.deepEqual(hooked, plain)
      }
    })
  })
})

describe('onError', () => {
  it('maps by the most specific class, whatever the order', async () => {
    for (const isReversed of [false, true]) {
      const app = new App({ log: 'off' })
      const entries: (() => unknown)[] = [
        () => app.onError(Error, () => 'error'),
        () => app.onError(DomainError, (_request, error) => `domain ${error.code}`),
        () => app.onError(StockError, (_request, error) => `stock ${error.code}`),
      ]
      for (const add of isReversed ? entries.reverse() : entries) add()
      app.get('/error', thrower(new RangeError()))
      app.get('/domain', thrower(new DomainError()))
      app.get('/stock', thrower(new StockError()))
      app.get('/http', thrower(errors.conflict('x')))
      app.get('/text', thrower('text'))
      await serving(app, async (url) => {
        assert.deepEqual(await get(url, '/error'), [500, 'error'])
        assert.deepEqual(await get(url, '/domain'), [500, 'domain domain'])
        assert.deepEqual(await get(url, '/stock'), [500, 'stock stock'])
        assert.deepEqual(await get(url, '/http'), [409, 'error'])
        assert.equal((await get(url, '/text'))[0], 500)
      })
    }
  })

  it('takes the handler added last of one class', async () => {
    const app = new App({ log: 'off' })
    app.onError(DomainError, () => 'first').onError(DomainError, () => 'second')
    app.onError(() => 'third').onError(() => 'fourth')
    app.get('/domain', thrower(new DomainError()))
    app.get('/other', thrower(1))
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/domain'), [500, 'second'])
      assert.deepEqual(await get(url, '/other'), [500, 'fourth'])
    })
  })

  it('gets the error and the request, and answers at once or later', async () => {
    const app = new App()
    app.onError(DomainError, async ({ path, params }, error) => {
      await nextIteration()
      return json({ path, params, code: error.code }, { status: 418 })
    })
    app.get('/{id:int}', async () => {
      await nextIteration()
      throw new StockError()
    })
    await serving(app, async (url) => {
      const [status, body] = await get(url, '/7')
      assert.equal(status, 418)
      assert.deepEqual(JSON.parse(body), { path: '/7', params: { id: 7 }, code: 'stock' })
    })
  })

  it('is the one place for errors of handlers, hooks, results and the engine', async () => {
    const app = new App({ log: 'off', bodyBytesMax: 4 })
    app.onError((_request, error) => {
      const status = error instanceof HttpError ? error.status : 500
      return json({ error: status }, { headers: { 'X-Error': 'mapped' } })
    })
    app.get('/handler', thrower(new Error('secret')))
    app.get('/before', { before: thrower(errors.forbidden()) }, () => 'x')
    app.get('/after', { after: thrower(errors.badGateway()) }, () => 'x')
    app.get('/result', () => new Map())
    app.get('/header', () => new Reply('x', { headers: { 'X-A': 'a\r\nb' } }))
    app.post('/post', ({ json: parse }) => parse())
    const mapped = async (expected: number, url: string, init?: RequestInit): Promise<Response> => {
      const response = await fetch(url, init)
      assert.equal(response.status, expected)
      assert.equal(response.headers.get('x-error'), 'mapped')
      assert.deepEqual(await response.json(), { error: expected })
      return response
    }
    await serving(app, async (url) => {
      await mapped(500, `${url}/handler`)
      await mapped(403, `${url}/before`)
      await mapped(502, `${url}/after`)
      await mapped(500, `${url}/result`)
      await mapped(500, `${url}/header`)
      await mapped(404, `${url}/nowhere`)
      const wrong = await mapped(405, `${url}/post`)
      assert.match(wrong.headers.get('allow')!, /POST/)
      await mapped(413, `${url}/post`, { method: 'POST', body: '12345' })
      await mapped(400, `${url}/post`, { method: 'POST', body: '{' })
    })
  })

  it('leaves to the defaults what it gives no result for', async () => {
    const app = new App({ log: 'off' })
    let calls = 0
    app.onError(() => {
      calls += 1
    })
    app.get('/http', thrower(errors.conflict('again')))
    app.get('/error', thrower(new Error('secret')))
    await serving(app, async (url) => {
      const conflict = await get(url, '/http')
      assert.equal(conflict[0], 409)
      assert.match(conflict[1], /"detail":"again"/)
      assert.deepEqual(
        [await get(url, '/error'), await get(url, '/nowhere')].map(([status]) => status),
        [500, 404],
      )
      assert.equal(calls, 3)
    })
  })

  it('that fails itself is a plain 500', async () => {
    const failures: (() => unknown)[] = [
      thrower(new Error('secret')),
      () => Promise.reject(new Error('secret')),
      () => new Map(),
      () => text('x', { headers: { 'X-A': 'a\r\nb' } }),
      thrower(errors.forbidden()),
    ]
    for (const fail of failures) {
      const app = new App({ log: 'off' })
      app.onError(fail)
      app.get('/', thrower(new DomainError()))
      await serving(app, async (url, server) => {
        const [status, body] = await get(url, '/')
        assert.equal(status, 500)
        assert.match(body, /about:blank/)
        assert.ok(!body.includes('secret'))
        assert.equal(server.stats().requestsInFlight, 0)
      })
    }
  })

  it('survives what users throw', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    for (const error of [proxy, null, undefined, Object.create(null), Symbol('s')]) {
      const app = new App({ log: 'off' })
      app.onError(DomainError, () => 'never')
      app.get('/', thrower(error))
      await serving(app, async (url) => {
        assert.equal((await get(url, '/'))[0], 500)
      })
    }
  })

  it('is a function, and cannot be set late', async () => {
    const app = new App()
    assert.throws(() => app.onError(1 as never), { code: 'ERR_TRIVET_ARGUMENT' })
    assert.throws(() => app.onError(DomainError, 'x' as never), { code: 'ERR_TRIVET_ARGUMENT' })
    await serving(app, () => {
      assert.throws(() => app.onError(() => 1), { code: 'ERR_TRIVET_STATE' })
      return Promise.resolve()
    })
  })
})

describe('the log', () => {
  it('has one line for what fails unexpectedly, and none for what was expected', async () => {
    const { child, firstLine, ended } = program(
      `
      import { App, errors, HttpError, json, problem } from 'trivet'
      class DomainError extends Error {}
      class Tolerated extends Error {}
      const app = new App()
      app.onError(DomainError, (_request, error) => json({ error: error.message }, { status: 503 }))
      app.onError((_request, error) => {
        if (error instanceof Tolerated) return json({}, { status: 422 })
        if (error instanceof RangeError) return undefined
        if (error instanceof SyntaxError) throw new TypeError('twice')
        return 'mapped'
      })
      const throws = (error) => () => { throw error }
      const routes = {
        error: new Error('one'), range: new RangeError('two'), syntax: new SyntaxError('three'),
        domain: new DomainError('x'), tolerated: new Tolerated('x'), http: errors.badGateway('x'),
      }
      for (const [name, error] of Object.entries(routes)) app.get('/' + name, throws(error))
      const rewrite = (_request, reply) => { reply.status = 555; reply.headers.set('X-A', 'b') }
      app.get('/rewritten', { after: rewrite }, throws(new RangeError('four')))
      app.get('/replaced', { after: () => 'other' }, throws(new RangeError('five')))
      app.get('/hook', { after: throws(new Error('six')) }, () => 'x')
      const split = (_request, reply) => { reply.headers.set('X', '\\n') }
      app.get('/split', { after: split }, () => 'x')
      const server = await app.listen({ port: 0, banner: false })
      console.log(server.port)`,
      { TRIVET_LOG: 'error' },
    )
    const url = `http://127.0.0.1:${await firstLine}`
    const names = ['error', 'range', 'syntax', 'domain', 'tolerated', 'http', 'rewritten']
    const expected = [500, 500, 500, 503, 422, 502, 555, 200, 500, 500]
    const statuses: number[] = []
    for (const name of [...names, 'replaced', 'hook', 'split']) {
      statuses.push((await get(url, `/${name}`))[0])
    }
    assert.deepEqual(statuses, expected)
    child.kill('SIGTERM')
    const lines = (await ended).stderr.trim().split('\n')
    const causes = [
      /error request \d+ GET \/error failed: Error: one \(at /,
      /error request \d+ GET \/range failed: RangeError: two \(at /,
      /GET \/syntax failed: .*TypeError: twice.*SyntaxError: three/,
      /error request \d+ GET \/rewritten failed: RangeError: four \(at /,
      /error request \d+ GET \/replaced failed: RangeError: five \(at /,
      /error request \d+ GET \/hook failed: Error: six \(at /,
      /GET \/split failed: TrivetError: .*header/,
    ]
    assert.equal(lines.length, causes.length, lines.join('\n'))
    for (const [i, cause] of causes.entries()) assert.match(lines[i]!, cause)
  })

  it('counts what the engine answers for a failure', async () => {
    const app = new App({ log: 'off' })
    const after: AfterHook = (_request, reply) => {
      reply.headers.set('X-A', '1')
    }
    app.get('/', { after }, thrower(new Error('x')))
    app.get('/problem', { after }, () => problem(404))
    await serving(app, async (url, server) => {
      await get(url, '/')
      await get(url, '/problem')
      assert.equal(server.stats().handlerFailuresTotal, 1)
    })
  })
})
