// Middleware of the engine, as TypeScript writes it down. The vectors have what it does.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { App, middleware, type Principal, type Request } from 'trivet'
import { serving } from './support.js'

describe('middleware of the engine', () => {
  it('of the app holds everywhere, before hooks', async () => {
    const app = new App({ log: 'off' })
    const seen: string[] = []
    app.before(({ path }) => {
      seen.push(path)
    })
    app.get('/', () => 'ok')
    app.use(middleware.requestId(), middleware.bearer('secret'))
    await serving(app, async (url) => {
      for (const path of ['/', '/nowhere']) {
        const refused = await fetch(url + path)
        assert.equal(refused.status, 401)
        assert.equal(refused.headers.get('x-request-id')?.length, 32)
      }
      assert.deepEqual(seen, [])
      const headers = { Authorization: 'Bearer secret' }
      assert.equal(await (await fetch(`${url}/`, { headers })).text(), 'ok')
      assert.equal((await fetch(`${url}/nowhere`, { headers })).status, 404)
      assert.deepEqual(seen, ['/', '/nowhere'])
    })
  })

  it('tells the request what it has found out', async () => {
    const app = new App({ log: 'off' })
    const owner = { scopes: ['read', 'write'], claims: { role: 'admin' } }
    const seen: unknown[] = []
    const look = (request: Request<unknown>): void => {
      seen.push(request.principal, request.requestId, request.nonce)
      seen.push(request.attribute('traceparent')?.length, request.attribute('no such'))
    }
    app
      .group('/in')
      .use(
        middleware.requestId({ header: 'X-Id', trust: true }),
        middleware.traceContext(),
        middleware.securityHeaders({ csp: { 'script-src': "'nonce'" } }),
        middleware.basic({ ann: 'pw' }, { owners: { ann: owner } }),
      )
      .get('/', look)
    app.get('/out', look)
    await serving(app, async (url) => {
      const headers = { Authorization: 'Basic YW5uOnB3', 'X-Id': 'mine' }
      const answer = await fetch(`${url}/in/`, { headers })
      const principal: Principal = { scheme: 'basic', subject: 'ann', ...owner }
      assert.deepEqual(seen[0], principal)
      assert.equal(seen[1], 'mine')
      const policy = answer.headers.get('content-security-policy')
      assert.equal(policy, `script-src 'nonce-${String(seen[2])}'`)
      assert.deepEqual(seen.slice(3), [55, undefined])
      seen.length = 0
      await fetch(`${url}/out`)
      assert.deepEqual(seen, [undefined, undefined, undefined, undefined, undefined])
    })
  })

  it('of one route is shared by those that are given it', async () => {
    const app = new App({ log: 'off' })
    const guard = middleware.apiKey(['one', 'two'])
    app.get('/a', { middleware: [guard, middleware.bodyLimit(3)] }, () => 'a')
    app.get('/b', { middleware: guard }, () => 'b')
    await serving(app, async (url) => {
      assert.equal((await fetch(`${url}/a`)).status, 401)
      const headers = { 'X-API-Key': 'two' }
      assert.equal(await (await fetch(`${url}/b`, { headers })).text(), 'b')
    })
  })

  it('has options as the engine takes them', () => {
    const flat = (made: middleware.Middleware): readonly string[] =>
      (made as unknown as { readonly flat: readonly string[] }).flat
    assert.deepEqual(flat(middleware.timeout(5)), ['ms', '5'])
    assert.deepEqual(flat(middleware.bearer({ t: 'ann', u: { scopes: ['a', 'b'] } })), [
      ...['token', 't', 'subject', 'ann'],
      ...['token', 'u', 'scope', 'a b'],
    ])
    const permissions = { camera: [], usb: ['self'], midi: ['*'] }
    assert.deepEqual(flat(middleware.securityHeaders({ permissions, hsts: 5, nosniff: false })), [
      ...['nosniff', 'false', 'permissions', 'camera=()', 'permissions', 'usb=(self)'],
      ...['permissions', 'midi=*', 'hsts', '5'],
    ])
    const made = middleware.require({ schemes: ['basic'], scopes: ['a'], claims: { c: 'd' } })
    assert.deepEqual(flat(made), ['scheme', 'basic', 'scope', 'a', 'claim', 'c=d'])
    assert.deepEqual(flat(middleware.compress()), [])
    const encoded = middleware.compress({
      ...{ codings: ['br', 'gzip'], types: 'text/plain', minBytes: 0, maxBytes: 9 },
      ...{ zstdLevel: 1, brLevel: 2, gzipLevel: 3, enabled: false },
    })
    assert.deepEqual(flat(encoded), [
      ...['coding', 'br', 'coding', 'gzip', 'type', 'text/plain', 'min_bytes', '0'],
      ...['max_bytes', '9', 'zstd_level', '1', 'br_level', '2', 'gzip_level', '3'],
      ...['enabled', 'false'],
    ])
    assert.deepEqual(flat(middleware.etag({ strong: true, maxBytes: 5, enabled: false })), [
      ...['strong', 'true', 'max_bytes', '5', 'enabled', 'false'],
    ])
    assert.ok(!JSON.stringify(middleware.bearer('secret')).includes('secret'))
  })

  it('encodes answers, and spares them to who has them', async () => {
    const app = new App({ log: 'off' })
    const text = 'row of text\n'.repeat(500)
    app.use(middleware.compress(), middleware.etag())
    app.get('/whole', () => text)
    app.get('/pieces', async function* () {
      yield text
      await Promise.resolve()
      yield 'end'
    })
    app.get('/none', { middleware: middleware.compress({ enabled: false }) }, () => text)
    await serving(app, async (url) => {
      for (const coding of ['gzip', 'br']) {
        const headers = { 'Accept-Encoding': coding }
        // fetch() decodes.
        const answer = await fetch(`${url}/whole`, { headers })
        assert.equal(answer.headers.get('content-encoding'), coding)
        assert.equal(await answer.text(), text)
        const tag = answer.headers.get('etag') ?? ''
        const again = await fetch(`${url}/whole`, { headers: { ...headers, 'If-None-Match': tag } })
        assert.equal(again.status, 304)
        assert.equal(again.headers.get('vary'), 'Accept-Encoding')
        const pieces = await fetch(`${url}/pieces`, { headers })
        assert.equal(pieces.headers.get('content-encoding'), coding)
        assert.equal(await pieces.text(), `${text}end`)
        const plain = await fetch(`${url}/none`, { headers })
        assert.equal(plain.headers.get('content-encoding'), null)
        assert.equal(await plain.text(), text)
      }
    })
  })

  it('tells of mistakes at once', () => {
    const app = new App({ log: 'off' })
    const refused = { code: 'ERR_TRIVET_ARGUMENT' }
    assert.throws(() => app.use(middleware.compress({ brLevel: 11 })), {
      ...refused,
      detail: 'compress: br_level is "11", allowed are 1 to 9',
    })
    assert.throws(() => app.use(middleware.etag({ maxBytes: 1.5 })), {
      ...refused,
      detail: 'etag: max_bytes is "1.5", allowed are 1 to 67108864',
    })
    assert.throws(() => middleware.compress({ level: 1 } as middleware.CompressOptions), /level/)
    assert.throws(() => app.use(middleware.cors({ origins: '*', maxAge: 86_401 })), {
      ...refused,
      detail: 'cors: max_age is "86401", allowed are 0 to 86400',
    })
    assert.throws(() => app.use((() => undefined) as unknown as middleware.Middleware), refused)
    assert.throws(() => middleware.apiKey([7 as unknown as string]), refused)
    assert.throws(() => middleware.bodyLimit(0), refused)
    assert.throws(() => middleware.timeout(1.5), refused)
    const many = Array.from({ length: 101 }, () => middleware.requestId())
    assert.throws(() => app.get('/', { middleware: many }, () => ''), {
      code: 'ERR_TRIVET_LIMIT',
    })
  })
})
