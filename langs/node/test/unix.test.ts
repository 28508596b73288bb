import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { App, TrivetError } from 'trivet'

function get(socketPath: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/', agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.on('end', () => {
        resolve(text)
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('a Unix socket', () => {
  let folder = ''
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'trivet-node-'))))
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  for (const engine of ['uring', 'epoll'] as const) {
    it(`is listened on with ${engine} and removed in the end`, async () => {
      const path = join(folder, 'app.sock')
      const app = new App({ engine })
      app.get('/', () => 'hello')
      const server = await app.listen({ host: `unix:${path}`, banner: false, signals: false })
      assert.equal(server.host, `unix:${path}`)
      assert.equal(server.port, 0)
      assert.equal(server.url, `unix:${path}`)
      assert.equal(statSync(path).mode & 0o777, 0o660)
      const agent = new Agent({ keepAlive: true })
      for (let count = 0; count < 3; count++) assert.equal(await get(path, agent), 'hello')
      agent.destroy()
      await server.close()
      assert.ok(!existsSync(path))
    })
  }

  it('tells what is wrong with a path', async () => {
    const path = join(folder, 'file')
    writeFileSync(path, 'no socket')
    const failure = (host: string): Promise<unknown> =>
      new App().listen({ host, banner: false, signals: false }).catch((error: unknown) => error)
    const taken = await failure(`unix:${path}`)
    assert.ok(taken instanceof TrivetError)
    assert.equal(taken.code, 'ERR_TRIVET_ADDRESS')
    assert.match(taken.message, /is no socket/)
    const long = await failure(`unix:/${'x'.repeat(107)}`)
    assert.ok(long instanceof TrivetError)
    assert.match(long.message, /107 bytes/)
  })
})
