// Limits of routes, groups and the app.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { App, type Request, type RouteLimits } from 'trivet'
import { configOf } from 'trivet/lowlevel'
import { exchange, serving } from './support.js'

const body = ({ body }: Request<unknown>): Buffer => body

async function statusOf(url: string, content?: string): Promise<number> {
  const options = content === undefined ? {} : { method: 'POST', body: content }
  const response = await fetch(url, options)
  await response.arrayBuffer()
  return response.status
}

describe('limits of routes and groups', () => {
  it('bound content by route, group and app', async () => {
    const app = new App({ log: 'off', bodyBytesMax: 4 })
    const outer = app.group('/outer', { limits: { bodyBytesMax: 8 } })
    const inner = outer.group('/inner', { limits: { requestTimeoutMs: 60_000 } })
    app.post('/app', body)
    app.post('/own', { limits: { bodyBytesMax: 2 } }, body)
    outer.post('/group', body)
    inner.post('/nested', body)
    inner.post('/own', { limits: { bodyBytesMax: 16 } }, body)
    await serving(app, async (url) => {
      for (const [path, most] of [
        ['/app', 4],
        ['/own', 2],
        ['/outer/group', 8],
        ['/outer/inner/nested', 8],
        ['/outer/inner/own', 16],
      ] as const) {
        assert.equal(await statusOf(url + path, 'x'.repeat(most)), 200, path)
        assert.equal(await statusOf(url + path, 'x'.repeat(most + 1)), 413, path)
      }
    })
  })

  it('give a handler up, and abort its signal', async () => {
    const app = new App({ log: 'off' })
    let aborted: () => void = () => undefined
    const wasAborted = new Promise<void>((resolve) => (aborted = resolve))
    const group = app.group('', { limits: { requestTimeoutMs: 100 } })
    group.get('/late', async ({ signal }) => {
      signal.addEventListener('abort', aborted)
      await sleep(60_000, undefined, { signal })
    })
    group.get('/patient', { limits: { requestTimeoutMs: 0 } }, async () => {
      await sleep(300)
      return 'slept'
    })
    await serving(app, async (url) => {
      assert.equal(await statusOf(`${url}/late`), 503)
      await wasAborted
      assert.equal(await statusOf(`${url}/patient`), 200)
    })
  })

  it('give up content that ceases', async () => {
    const app = new App({ log: 'off' })
    app.post('/', { limits: { bodyTimeoutMs: 100 } }, body)
    await serving(app, async (_url, { port }) => {
      const sent = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab'
      assert.match(await exchange(port, sent), /^HTTP\/1.1 408 /)
    })
  })

  it('bound the requests of a route, and of a group together', async () => {
    const app = new App({ log: 'off' })
    let begun: () => void = () => undefined
    const hold = ({ read }: Request<unknown>): Promise<Buffer> => {
      begun()
      return read()
    }
    const group = app.group('/g', { limits: { requestsMax: 2 } })
    group.post('/one', { stream: true, limits: { requestsMax: 1 } }, hold)
    group.post('/two', { stream: true }, hold)
    group.get('/free', () => 'free')
    await serving(app, async (url, { port }) => {
      const begin = async (path: string): Promise<Socket> => {
        const hasBegun = new Promise<void>((resolve) => (begun = resolve))
        const socket = connect(port, '127.0.0.1')
        await once(socket, 'connect')
        socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh`)
        await hasBegun
        return socket
      }
      const sockets = [await begin('/g/one')]
      const refused = await fetch(`${url}/g/one`, { method: 'POST', body: '' })
      assert.equal(refused.status, 503)
      assert.equal(refused.headers.get('retry-after'), '1')
      await refused.arrayBuffer()
      assert.equal(await statusOf(`${url}/g/free`), 200)
      sockets.push(await begin('/g/two'))
      assert.equal(await statusOf(`${url}/g/free`), 503)
      for (const socket of sockets) {
        socket.write('i')
        const [answer] = (await once(socket, 'data')) as [Buffer]
        assert.match(answer.toString(), /^HTTP\/1.1 200 [^]*hi$/)
        socket.destroy()
      }
      assert.equal(await statusOf(`${url}/g/free`), 200)
    })
  })

  it('are refused when they cannot be', () => {
    const app = new App()
    const wrong: [Record<string, unknown>, RegExp][] = [
      [{ bodyBytesMax: 0 }, /bodyBytesMax is a whole number from 1, not 0/],
      [{ bodyBytesMax: 1.5 }, /bodyBytesMax/],
      [{ bodyBytesMax: Number.NaN }, /bodyBytesMax/],
      [
        { bodyBytesMax: 2 ** 41 },
        /body_bytes_max is 2199023255552, allowed are 0 to 1099511627776/,
      ],
      [{ requestsMax: -1 }, /requestsMax is a whole number from 0, not -1/],
      [{ requestsMax: 2 ** 32 }, /requestsMax/],
      [{ requestsMax: 0 }, /requests_max is none, allowed are 1 to 1048576/],
      [{ bodyTimeoutMs: 0 }, /body_timeout_ms is none/],
      [{ sendRateMin: '1' }, /sendRateMin/],
      [
        { request_timeout_ms: 1 },
        /no limit of a route is named request_timeout_ms; there are body/,
      ],
    ]
    for (const [given, message] of wrong) {
      const limits = given as RouteLimits
      const expected = { code: 'ERR_TRIVET_ARGUMENT', message }
      assert.throws(() => app.get('/x', { limits }, () => 1), expected)
      assert.throws(() => app.group('/g', { limits }), expected)
    }
  })
})

describe('limits of the app', () => {
  it('are its settings', () => {
    const app = new App({ backlog: 5, limits: { requestsMax: 7, requestTimeoutMs: 0 } })
    const { requestsMax, requestTimeoutMs, backlog, idleTimeoutMs } = configOf(app)
    assert.deepEqual([requestsMax, requestTimeoutMs, backlog, idleTimeoutMs], [7, 0, 5, 75_000])
  })

  it('are given once, and are known', () => {
    assert.throws(() => new App({ requestsMax: 1, limits: { requestsMax: 1 } }), {
      code: 'ERR_TRIVET_ARGUMENT',
      message: /requestsMax is given by the limits, and once more/,
    })
    assert.throws(() => new App({ limits: { headerCountMax: 1001 } }), /header_count_max/)
    const unknown = { backlog: 1 } as object
    assert.throws(() => new App({ limits: unknown }), {
      code: 'ERR_TRIVET_ARGUMENT',
      message: /no limit of an app is named backlog; there are targetBytesMax/,
    })
  })
})
