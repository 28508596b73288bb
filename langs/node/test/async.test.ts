import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises'
import { App } from 'trivet'
import { burst, serving } from './support.js'

const CLOSE = 'Connection: close\r\n'

/** Several requests in one packet. */
async function pipeline(port: number, paths: readonly string[]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1')
  const head = (path: string, i: number): string =>
    `GET ${path} HTTP/1.1\r\nHost: a\r\n${i + 1 === paths.length ? CLOSE : ''}\r\n`
  socket.write(paths.map(head).join(''))
  let answer = ''
  for await (const part of socket) answer += String(part)
  return [...answer.matchAll(/\r\n\r\n(.*?)(?=HTTP\/1\.1|$)/gs)].map(([, body]) => body!)
}

describe("beside Node's own event loop", () => {
  it('keeps timers, promises, nextTick and immediates running', async () => {
    const app = new App()
    app.get('/', async () => {
      const order: string[] = []
      process.nextTick(() => order.push('tick'))
      await Promise.resolve()
      order.push('microtask')
      await new Promise((resolve) => process.nextTick(resolve))
      await nextIteration()
      order.push('immediate')
      await sleep(2)
      order.push('timer')
      return order
    })
    await serving(app, async (url) => {
      const response = await fetch(url)
      assert.deepEqual(await response.json(), ['tick', 'microtask', 'immediate', 'timer'])
    })
  })

  it('runs the handlers of a batch before any microtask', async () => {
    const app = new App()
    const order: string[] = []
    app.get('/ready', () => 'ready')
    app.get('/{name}', ({ params }) => {
      queueMicrotask(() => order.push(`after ${params.name}`))
      order.push(params.name)
      return params.name
    })
    await serving(app, async (_url, { port }) => {
      assert.deepEqual(
        await burst(
          port,
          ['a', 'b'].map((name) => `/${name}`),
        ),
        ['a', 'b'],
      )
      assert.deepEqual(order, ['a', 'b', 'after a', 'after b'])
    })
  })

  it('lets a handler fetch, from elsewhere and from itself', async () => {
    const other = createServer((_request, response) => response.end('other')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const app = new App()
    app.get('/own', () => 'own')
    app.get('/both', async ({ query }) => {
      const urls = [`http://127.0.0.1:${query['other']!}/`, query['own']!]
      const responses = await Promise.all(urls.map((url) => fetch(url)))
      return (await Promise.all(responses.map((response) => response.text()))).join('+')
    })
    await serving(app, async (url) => {
      const { port } = other.address() as AddressInfo
      const response = await fetch(`${url}/both?other=${String(port)}&own=${url}/own`)
      assert.equal(await response.text(), 'other+own')
    })
    other.closeAllConnections()
    other.close()
  })

  it('answers many suspended requests in the order they finish', async () => {
    const app = new App()
    app.get('/{ms:int}', async ({ params }) => {
      await sleep(params.ms)
      return String(params.ms)
    })
    await serving(app, async (url) => {
      const finished: string[] = []
      const ask = async (ms: number): Promise<void> => {
        const response = await fetch(`${url}/${String(ms)}`)
        finished.push(await response.text())
      }
      await Promise.all([ask(120), ask(0), ask(60)])
      assert.deepEqual(finished, ['0', '60', '120'])
    })
  })

  it('keeps the answers of one pipelined connection in order', async () => {
    const app = new App()
    app.get('/{ms:int}', async ({ params }) => {
      await sleep(params.ms)
      return String(params.ms)
    })
    app.get('/now', () => 'now')
    await serving(app, async (_url, { port }) => {
      const answers = await pipeline(port, ['/20', '/now', '/1', '/now'])
      assert.deepEqual(answers, ['20', 'now', '1', 'now'])
    })
  })

  it('isolates AsyncLocalStorage between the handlers of a batch', async () => {
    const storage = new AsyncLocalStorage<string>()
    const app = new App()
    app.get('/enter', () => {
      storage.enterWith('entered')
      return 'ok'
    })
    app.get('/enter/async', async () => {
      storage.enterWith('mine')
      await sleep(1)
      return storage.getStore()
    })
    app.get('/ready', () => 'ready')
    app.get('/run', () => storage.run('run', () => storage.getStore()))
    app.get('/see', () => storage.getStore() ?? 'nothing')
    await serving(app, async (_url, { port }) => {
      for (let round = 0; round < 3; round++) {
        const enteredFirst = ['/enter', '/see', '/enter', '/see', '/see']
        const seen = ['ok', 'nothing', 'ok', 'nothing', 'nothing']
        assert.deepEqual(await burst(port, enteredFirst), seen)
        const paths = ['/see', '/enter', '/see', '/enter/async', '/see', '/run', '/see']
        const expected = ['nothing', 'ok', 'nothing', 'mine', 'nothing', 'run', 'nothing']
        assert.deepEqual(await burst(port, paths), expected)
      }
    })
  })

  it('survives handlers that throw in a batch, and says nothing twice', async () => {
    const app = new App({ log: 'off' })
    app.get('/boom', () => {
      throw new Error('boom')
    })
    app.get('/later', () => Promise.reject(new Error('boom')))
    app.get('/ok', () => 'ok')
    app.get('/ready', () => 'ready')
    app.get('/twice', () => ({
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        resolve('once')
        resolve('twice')
        reject(new Error('thrice'))
      },
    }))
    await serving(app, async (_url, server) => {
      const answers = await burst(server.port, ['/boom', '/ok', '/later', '/twice', '/ok'])
      assert.match(answers[0]!, /Internal Server Error/)
      assert.equal(answers[1], 'ok')
      assert.match(answers[2]!, /Internal Server Error/)
      assert.deepEqual(answers.slice(3), ['once', 'ok'])
      assert.equal(server.stats().handlerFailuresTotal, 2)
      assert.equal(server.stats().requestsTotal, 10)
    })
  })

  it('serves more requests at once than one turn has room for', async () => {
    const app = new App()
    app.get('/ready', () => 'ready')
    app.get('/{id:int}', ({ params }) => String(params.id))
    await serving(app, async (_url, { port }) => {
      const ids = Array.from({ length: 600 }, (_, i) => String(i))
      assert.deepEqual(
        await burst(
          port,
          ids.map((id) => `/${id}`),
        ),
        ids,
      )
      assert.deepEqual(
        await pipeline(
          port,
          ids.map((id) => `/${id}`),
        ),
        ids,
      )
    })
  })
})
