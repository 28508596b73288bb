import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type NetConnectOpts } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { App, TrivetError } from 'trivet'

/** All that comes for what is sent, up to the end. */
function ask(to: NetConnectOpts, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(to)
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => (text += part))
    socket.on('end', () => {
      resolve(text)
    })
    socket.on('error', reject)
    socket.write(bytes)
  })
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const HEADER = 'PROXY TCP4 192.0.2.7 203.0.113.1 4711 443\r\n'
const ALONE = { port: 0, banner: false, signals: false }

describe('further addresses', () => {
  let folder = ''
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'trivet-node-'))))
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  for (const engine of ['uring', 'epoll'] as const) {
    it(`are served with ${engine}`, async () => {
      const path = join(folder, 'app.sock')
      const app = new App({ engine, log: 'warn', alsoListen: [`unix:${path}`] })
      app.get('/', () => 'hello')
      const server = await app.listen(ALONE)
      for (let count = 0; count < 3; count++) {
        assert.match(await ask({ path }, GET), /hello$/)
        assert.match(await ask({ port: server.port, host: '127.0.0.1' }, GET), /hello$/)
      }
      await server.close()
      assert.ok(!existsSync(path))
    })
  }

  it('may have a proxy of connections in front', async () => {
    const app = new App({
      log: 'off',
      proxyProtocol: true,
      trustedProxies: ['127.0.0.1'],
    })
    app.get('/', (c) => `${c.client.address} ${c.client.port} ${c.client.scheme}`)
    const server = await app.listen(ALONE)
    const to = { port: server.port, host: '127.0.0.1' }
    assert.match(await ask(to, HEADER + GET), /192\.0\.2\.7 4711 http$/)
    assert.equal(await ask(to, GET), '')
    await server.close()
  })

  it('are checked', async () => {
    const failure = (options: object): Promise<unknown> =>
      Promise.resolve()
        .then(() => new App({ log: 'off', ...options }).listen(ALONE))
        .catch((error: unknown) => error)
    for (const [options, words] of [
      [{ alsoListen: 'example.com:80' }, /also_listen is 'example.com:80'/],
      [{ alsoListen: '127.0.0.1:0 proxy' }, /trusted_proxies names nobody/],
      [{ proxyProtocol: true }, /trusted_proxies names nobody/],
      [{ alsoListen: 1 }, /alsoListen is text/],
    ] as const) {
      const error = await failure(options)
      assert.ok(error instanceof TrivetError)
      assert.match(error.message, words)
    }
  })
})
