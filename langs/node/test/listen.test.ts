import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { App, TrivetError } from 'trivet'
import { STATE } from 'trivet/lowlevel'
import { program, serving } from './support.js'

function hello(): App {
  const app = new App()
  app.get('/', () => 'hello')
  return app
}

/** A program that prints its port, with a route that waits for the test's word on a second one. */
const SERVER = `
  import { App } from 'trivet'
  const app = new App()
  let release
  app.get('/hello', () => 'hello')
  app.get('/slow', () => new Promise((resolve) => { release = resolve; console.log('waiting') }))
  app.get('/release', () => { release('slow'); return 'released' })
  app.get('/boom', function boom() { throw new TypeError('it went wrong') })
  app.get('/function', () => () => 1)
  app.get('/cycle', () => { const a = new Map(); const o = { a }; o.o = o; return o })
  app.get('/bigint', () => ({ big: 1n }))
  app.get('/signal/{name}', ({ params }) => {
    process.kill(process.pid, params.name)
    return 'sent'
  })
  const server = await app.listen(0)
  console.log(server.port)
`

describe('listen', () => {
  it('tells where it listens and with which engine', async () => {
    await serving(hello(), async (url, server) => {
      assert.ok(server.port > 0)
      assert.equal(server.host, '127.0.0.1')
      assert.equal(server.url, `${url}/`)
      assert.ok(['io_uring', 'epoll'].includes(server.engine))
      assert.ok(server.engineReason !== '')
      assert.equal(await (await fetch(url)).text(), 'hello')
      assert.ok(server.stats().requestsTotal >= 1)
      assert.equal(server.info().state, STATE.SERVING)
    })
  })

  it('serves on epoll when asked to', async () => {
    await serving(
      hello(),
      async (url, server) => {
        assert.equal(server.engine, 'epoll')
        assert.equal(await (await fetch(url)).text(), 'hello')
      },
      { engine: 'epoll' },
    )
  })

  it('hits the limits it is given', async () => {
    const app = new App({ bodyBytesMax: 10 })
    app.post('/', ({ text }) => text())
    await serving(app, async (url) => {
      const fits = await fetch(url, { method: 'POST', body: '0123456789' })
      assert.equal(await fits.text(), '0123456789')
      assert.equal((await fetch(url, { method: 'POST', body: '01234567890' })).status, 413)
    })
  })

  it('rejects with a code when the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await assert.rejects(hello().listen({ port, banner: false }), (error) => {
      assert.ok(error instanceof TrivetError)
      assert.equal(error.code, 'ERR_TRIVET_ADDRESS_IN_USE')
      assert.equal(error.statusName, 'TRIVET_E_ADDRESS_IN_USE')
      return error.message.includes(String(port))
    })
    other.close()
  })

  it('rejects what cannot be', async () => {
    const code = (expected: string) => (error: unknown) =>
      error instanceof TrivetError && error.code === expected
    await assert.rejects(hello().listen({ port: 70_000 }), code('ERR_TRIVET_ARGUMENT'))
    await assert.rejects(hello().listen({ port: 0, host: 'x.y' }), code('ERR_TRIVET_ADDRESS'))
    await assert.rejects(
      hello().listen({ port: 0, engine: 'kqueue' as 'epoll' }),
      code('ERR_TRIVET_ARGUMENT'),
    )
    assert.throws(() => new App({ headerCountMax: 1.5 }), code('ERR_TRIVET_ARGUMENT'))
    assert.throws(() => new App({ headerCountMax: 0 }), /header_count_max|headerCountMax/)
    assert.throws(() => hello().get('/x/{', () => 1), code('ERR_TRIVET_PATTERN'))
    assert.throws(() => hello().get('/', () => 1), code('ERR_TRIVET_CONFLICT'))
    assert.throws(() => hello().get('/', {}, 1 as never), code('ERR_TRIVET_ARGUMENT'))
    assert.throws(() => hello().get('/x', { status: 99 }, () => 1), code('ERR_TRIVET_ARGUMENT'))
  })

  it('names both places of a conflict', () => {
    assert.throws(
      () => hello().get('/', () => 2),
      (error) => error instanceof TrivetError && /listen\.test\.[jt]s:\d+/.test(error.detail),
    )
  })

  it('freezes the routes', async () => {
    const app = hello()
    await serving(app, () => {
      assert.throws(
        () => app.get('/late', () => 1),
        (error) => error instanceof TrivetError && error.code === 'ERR_TRIVET_STATE',
      )
      return Promise.resolve()
    })
  })

  it('listens twice in one process', async () => {
    const app = hello()
    await serving(app, async (first) => {
      await serving(app, async (second) => {
        assert.notEqual(first, second)
        assert.equal(await (await fetch(first)).text(), 'hello')
        assert.equal(await (await fetch(second)).text(), 'hello')
      })
    })
  })

  it('closes: finishes what is in flight, refuses the rest, and stays closed', async () => {
    const app = new App()
    let release = (_result: string): void => undefined
    let arrived = (): void => undefined
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    app.get('/', () => {
      arrived()
      return new Promise((resolve) => (release = resolve))
    })
    const server = await app.listen({ port: 0, banner: false, signals: false })
    const answer = fetch(server.url).then((response) => response.text())
    await arrival
    const closed = server.close()
    assert.equal(server.close(), closed)
    while (server.info().state !== STATE.DRAINING) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    await assert.rejects(fetch(server.url))
    release('finished')
    assert.equal(await answer, 'finished')
    await closed
    await server.close()
    assert.throws(() => server.stats(), { code: 'ERR_TRIVET_STATE' })
  })

  it('closes by force, and late results of handlers do no harm', async () => {
    const app = new App({ log: 'off' })
    const releases: ((result: unknown) => void)[] = []
    let arrived = (): void => undefined
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    app.get('/', (request) => {
      if (releases.length === 2) arrived()
      return new Promise((resolve) => releases.push(resolve)).then((result) => {
        assert.throws(() => request.method, { code: 'ERR_TRIVET_STALE' })
        return result
      })
    })
    const server = await app.listen({ port: 0, banner: false, signals: false })
    const answers = [1, 2, 3].map(() => assert.rejects(fetch(server.url)))
    await arrival
    await server.close({ force: true })
    await Promise.all(answers)
    const results = [() => 'late', () => ({}), () => Promise.reject(new Error('late'))]
    for (const [i, release] of releases.entries()) release(results[i]!())
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('runs in worker threads, several at once, and survives their termination', async () => {
    const source = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData).then(async ({ App }) => {
        const app = new App()
        app.get('/', async () => { await null; return 'worker' })
        const server = await app.listen({ port: 0, banner: false })
        parentPort.on('message', () => server.close().then(() => parentPort.close()))
        parentPort.postMessage(server.port)
      })`
    const start = async (): Promise<[Worker, number]> => {
      const worker = new Worker(source, { eval: true, workerData: import.meta.resolve('trivet') })
      const [port] = (await once(worker, 'message')) as [number]
      return [worker, port]
    }
    const workers = await Promise.all([start(), start(), start()])
    for (const [, port] of workers) {
      assert.equal(await (await fetch(`http://127.0.0.1:${String(port)}/`)).text(), 'worker')
    }
    const [drained, ...terminated] = workers.map(([worker]) => worker)
    const ended = once(drained!, 'exit')
    drained!.postMessage('close')
    assert.deepEqual(await ended, [0])
    await Promise.all(terminated.map((worker) => worker.terminate()))
    await serving(hello(), async (url) => {
      assert.equal(await (await fetch(url)).text(), 'hello')
    })
  })
})

describe('a program', () => {
  const get = async (port: string, path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).text()

  it('prints a banner, drains on SIGTERM and ends with 0', async () => {
    const { firstLine, seen, ended } = program(SERVER, { TRIVET_LOG: 'info' })
    const port = await firstLine
    assert.equal(await get(port, '/hello'), 'hello')
    const slow = get(port, '/slow')
    await seen(/waiting/)
    // A connection that has sent half a request is in flight too.
    const socket = connect(Number(port), '127.0.0.1')
    socket.setEncoding('latin1')
    await once(socket, 'connect')
    socket.write('GET /release HTTP/1.1\r\n')
    assert.equal(await get(port, '/signal/SIGTERM'), 'sent')
    socket.write('Host: a\r\n\r\n')
    let answer = ''
    for await (const part of socket) answer += part as string
    assert.match(answer, /released/)
    assert.equal(await slow, 'slow')
    const { code, stderr } = await ended
    assert.equal(code, 0)
    assert.match(stderr, /trivet/i)
    assert.match(stderr, /Node 2\d\.|io_uring|epoll/)
  })

  it('ends at once at the second signal', async () => {
    const { child, firstLine, seen, ended } = program(SERVER)
    const port = await firstLine
    const slow = assert.rejects(get(port, '/slow'))
    await seen(/waiting/)
    child.kill('SIGINT')
    const refused = async (): Promise<void> => {
      for (;;) await get(port, '/hello')
    }
    await assert.rejects(refused())
    child.kill('SIGINT')
    await slow
    assert.equal((await ended).code, 0)
  })

  it('logs one line a failure, with request id, cause and place', async () => {
    const { child, firstLine, ended } = program(SERVER, { TRIVET_LOG: 'error' })
    const port = await firstLine
    for (const path of ['/boom', '/function', '/cycle', '/bigint']) await get(port, path)
    child.kill('SIGTERM')
    const { stderr } = await ended
    const lines = stderr.trim().split('\n')
    assert.equal(lines.length, 4, stderr)
    assert.match(
      lines[0]!,
      /\b\d+\b.*GET \/boom\b.*TypeError: it went wrong \(at boom .*:\d+:\d+\)/,
    )
    assert.match(lines[1]!, /GET \/function.*ResultTypeError: .*function/)
    assert.match(lines[2]!, /GET \/cycle.*ResultTypeError: .*Object.*circular/)
    assert.match(lines[3]!, /GET \/bigint.*ResultTypeError: .*BigInt/)
  })

  it('says in one line that the port is in use, and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const listen = `import { App } from 'trivet'; await new App().listen(${String(port)})`
    const { code, stderr } = await program(listen).ended
    assert.equal(code, 1)
    assert.match(stderr, /^trivet: .*in use.*ERR_TRIVET_ADDRESS_IN_USE.*\n$/)
    assert.ok(stderr.includes(String(port)))
    const floating = `import { App } from 'trivet'; new App().listen(${String(port)})`
    const second = await program(floating).ended
    assert.deepEqual([second.code, second.stderr], [1, stderr])
    const caught = `import { App } from 'trivet'
      await new App().listen(${String(port)}).catch((error) => console.log(error.code))`
    const third = await program(caught).ended
    assert.deepEqual([third.code, third.stdout], [0, 'ERR_TRIVET_ADDRESS_IN_USE\n'])
    other.close()
  })

  it('ends by itself when nothing listens, or when the server is unreferenced', async () => {
    const unused = await program(`import { App } from 'trivet'; new App().get('/', () => 1)`).ended
    assert.equal(unused.code, 0)
    const unref = await program(`
      import { App } from 'trivet'
      const server = await new App().listen({ port: 0 })
      server.unref()`).ended
    assert.equal(unref.code, 0)
  })

  it('may exit within a handler', async () => {
    const source = `
      import { App } from 'trivet'
      const app = new App()
      app.get('/', () => process.exit(3))
      const server = await app.listen({ port: 0, banner: false })
      fetch(server.url).catch(() => {})`
    assert.deepEqual(await program(source).ended, { code: 3, stdout: '', stderr: '' })
  })

  it('may end a worker within a handler', async () => {
    const worker = `
      import { App } from 'trivet'
      import { parentPort } from 'node:worker_threads'
      const app = new App()
      app.get('/busy', () => { parentPort.postMessage('busy'); for (;;); })
      app.get('/exit', () => process.exit(7))
      const server = await app.listen({ port: 0, banner: false })
      parentPort.postMessage(server.url)`
    const source = `
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      const data = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)}
        .replace("'trivet'", "'" + import.meta.resolve('trivet') + "'")))
      for (const path of ['exit', 'busy']) {
        const worker = new Worker(data)
        const [url] = await once(worker, 'message')
        const signal = AbortSignal.timeout(10_000)
        const failed = fetch(url + path, { signal }).catch((error) => error.name)
        if (path === 'busy') {
          await once(worker, 'message')
          worker.terminate()
        }
        const [code] = await once(worker, 'exit')
        console.log(path, code, await failed)
      }`
    const { code, stdout, stderr } = await program(source).ended
    assert.equal(stderr, '')
    assert.equal(stdout, 'exit 7 TypeError\nbusy 1 TypeError\n')
    assert.equal(code, 0)
  })

  it('leaves uncaught errors of its own to Node', async () => {
    const { code, stderr } = await program(`
      import { App } from 'trivet'
      await new App().listen({ port: 0 })
      setTimeout(() => { throw new RangeError('mine') }, 1)`).ended
    assert.equal(code, 1)
    assert.match(stderr, /RangeError: mine/)
  })
})
