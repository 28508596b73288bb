import assert from 'node:assert/strict'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { App, TrivetError, type Request } from 'trivet'
import {
  ABI_VERSION,
  abiVersion,
  concurrencyOf,
  configOf,
  CONTENT,
  findCookie,
  findQuery,
  getData,
  handleOf,
  httpVersion,
  Loop,
  main,
  refusalOf,
  reply,
  REQUEST,
  requestFlags,
  routeAt,
  routeCount,
  routeOf,
  setData,
  STATE,
  STATUS,
  statusName,
  version,
  WATCH,
} from 'trivet/lowlevel'
import { exchange, serving } from './support.js'

const code = (expected: string) => (error: unknown) =>
  error instanceof TrivetError && error.code === expected

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function unbound(): Loop {
  return new Loop(new App(), { isUnbound: true })
}

/** One request to one handler that answers through the low level. */
async function ask(handler: (request: Request<unknown>) => unknown, path = '/'): Promise<string> {
  const app = new App({ log: 'off' })
  app.get('/', handler)
  let answer = ''
  await serving(app, async (_url, { port }) => {
    answer = await exchange(
      port,
      `GET ${path} HTTP/1.1\r\nHost: a\r\nCookie: c=1\r\nConnection: close\r\n\r\n`,
    )
  })
  return answer
}

describe('the library', () => {
  it('tells its versions and names its statuses', () => {
    assert.match(version(), /^\d+\.\d+\.\d+$/)
    assert.ok(abiVersion() >= ABI_VERSION)
    assert.equal(statusName(STATUS.TRIVET_E_STALE), 'TRIVET_E_STALE')
    assert.equal(statusName(-9999), '')
  })

  it('runs an app as a program', () => {
    const app = new App()
    assert.equal(main(app, ['app', '--nonsense']), 2)
    assert.throws(() => app.get('/', () => 1), code('ERR_TRIVET_STATE'))
    assert.throws(() => main(app, []), code('ERR_TRIVET_STATE'))
  })
})

describe('a loop turned by hand', () => {
  it('fires timers in the order they are due, and cancels them', () => {
    const loop = unbound()
    const order: number[] = []
    loop.startTimer(20, () => order.push(20))
    loop.startTimer(1, () => order.push(1))
    const cancelled = loop.startTimer(5, () => order.push(5))
    assert.ok(loop.deadline >= 0 && loop.deadline <= 1)
    loop.cancelTimer(cancelled)
    assert.throws(() => loop.cancelTimer(cancelled), code('ERR_TRIVET_STALE'))
    while (order.length < 2) loop.turn(1000)
    assert.deepEqual(order, [1, 20])
    assert.equal(loop.deadline, -1)
    assert.throws(() => loop.startTimer(-1, () => undefined), code('ERR_TRIVET_ARGUMENT'))
    assert.throws(() => loop.startTimer(2 ** 41, () => undefined), code('ERR_TRIVET_ARGUMENT'))
    loop.free()
  })

  it('waits, wakes, flushes and tells what it is', () => {
    const loop = unbound()
    loop.wake()
    loop.wait(-1)
    assert.equal(loop.turn(0), 0)
    loop.flush()
    assert.ok(loop.fd >= 0)
    const { state, host, engine } = loop.info()
    assert.deepEqual([state, host], [STATE.SERVING, ''])
    assert.ok(engine !== '')
    assert.equal(loop.stats().connections, 0)
    loop.free()
  })

  it('watches descriptors, level-triggered', () => {
    const loop = unbound()
    const folder = mkdtempSync(join(tmpdir(), 'trivet-'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const fd = openSync(join(folder, 'pipe'), constants.O_RDWR | constants.O_NONBLOCK)
    rmSync(folder, { recursive: true })
    const ready: number[] = []
    loop.watch(fd, WATCH.READ, (what) => ready.push(what))
    loop.turn(0)
    assert.deepEqual(ready, [])
    writeSync(fd, 'x')
    while (ready.length < 2) loop.turn(1000)
    assert.deepEqual(ready.slice(0, 2), [WATCH.READ, WATCH.READ])
    readSync(fd, Buffer.alloc(1))
    loop.watch(fd, 0)
    assert.throws(() => loop.watch(fd, 0), code('ERR_TRIVET_NOT_FOUND'))
    closeSync(fd)
    loop.free()
  })

  it('runs until it is drained', () => {
    const loop = unbound()
    loop.drain()
    loop.run()
    assert.equal(loop.isDrained, true)
    loop.free()
    loop.free()
    assert.throws(() => loop.turn(0), code('ERR_TRIVET_STATE'))
  })

  it('is driven by libuv after start(), also again after stop()', async () => {
    const loop = unbound()
    loop.attach()
    assert.throws(() => {
      loop.attach()
    }, code('ERR_TRIVET_STATE'))
    await new Promise<void>((resolve) => loop.startTimer(5, resolve))
    loop.detach()
    await new Promise((resolve) => setImmediate(resolve))
    loop.attach()
    await new Promise<void>((resolve) => loop.startTimer(5, resolve))
    loop.unref()
    loop.ref()
    loop.drain()
    while (!loop.isDrained) await new Promise((resolve) => setImmediate(resolve))
    loop.free()
  })

  it('closes its connections when it is freed, and its requests are stale', async () => {
    const app = new App()
    const requests: Request<unknown>[] = []
    app.get('/', (request) => {
      requests.push(request)
      return new Promise(() => undefined)
    })
    const loop = new Loop(app, { port: 0 })
    loop.attach()
    const sockets = ['', 'GET / HTTP/1.1\r\nHo', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'].map(
      (text) => {
        const socket = connect(loop.info().port, '127.0.0.1')
        socket.resume()
        socket.write(text)
        return socket
      },
    )
    while (requests.length < 1 || loop.stats().connections < 3) await nextIteration()
    const closed = sockets.map((socket) => once(socket, 'close'))
    loop.free()
    assert.throws(() => requests[0]!.method, code('ERR_TRIVET_STALE'))
    const isClosed = await Promise.race([
      Promise.all(closed).then(() => true),
      sleep(10_000, false, { ref: false }),
    ])
    for (const socket of sockets) socket.destroy()
    assert.equal(isClosed, true)
  })

  it('is not turned within a handler, and may be freed there', async () => {
    const loop = unbound()
    loop.attach()
    const errors: unknown[] = []
    await new Promise<void>((resolve) => {
      loop.startTimer(1, () => {
        for (const call of [() => loop.turn(0), () => loop.run()]) {
          try {
            call()
          } catch (error) {
            errors.push(error)
          }
        }
        loop.free()
        resolve()
      })
    })
    assert.equal(errors.length, 2)
    assert.ok(errors.every(code('ERR_TRIVET_STATE')))
  })

  it('serves on when it is started and nobody holds it', async () => {
    const loops: Loop[] = []
    const start = (): number => {
      const app = new App()
      app.get('/', (request) => {
        loops.push(Loop.of(request))
        return 'unheld'
      })
      const loop = new Loop(app, { port: 0 })
      loop.attach()
      return loop.info().port
    }
    const port = start()
    for (let i = 0; i < 3; i++) {
      collect()
      await nextIteration()
    }
    const response = await fetch(`http://127.0.0.1:${String(port)}/`)
    assert.equal(await response.text(), 'unheld')
    loops[0]!.free()
  })

  it('is dropped with everything in it when nobody holds it', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length
    const before = descriptors()
    for (let i = 0; i < 20; i++) unbound().startTimer(1000, () => undefined)
    assert.ok(descriptors() >= before + 20)
    for (let i = 0; i < 100 && descriptors() >= before + 20; i++) {
      collect()
      await nextIteration()
    }
    assert.ok(descriptors() < before + 20)
  })

  it('serves requests by hand', () => {
    const app = new App()
    app.get('/', () => 'by hand')
    const loop = new Loop(app, { port: 0 })
    const { port } = loop.info()
    assert.ok(port > 0)
    const script = `
      const socket = require('net').connect(${String(port)}, '127.0.0.1')
      socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n')
      socket.pipe(process.stdout)`
    const file = join(mkdtempSync(join(tmpdir(), 'trivet-')), 'answer')
    const out = openSync(file, 'w+')
    execFileSync('sh', ['-c', `"$1" -e "$2" >&3 2>&1 &`, 'sh', process.execPath, script], {
      stdio: ['ignore', 'ignore', 'ignore', out],
    })
    while (loop.stats().requestsTotal < 1) loop.turn(1000)
    while (loop.stats().connections > 0) loop.turn(1000)
    loop.free()
    closeSync(out)
    rmSync(join(file, '..'), { recursive: true })
  })
})

describe('low-level answers', () => {
  const answers: Record<string, [(request: Request<unknown>) => void, RegExp]> = {
    text: [
      (request) => reply.text(request, 201, 't'),
      /^HTTP\/1.1 201 [^]*text\/plain[^]*\r\n\r\nt$/,
    ],
    html: [(request) => reply.html(request, 200, '<p>'), /text\/html[^]*<p>$/],
    json: [(request) => reply.json(request, 200, '{}'), /application\/json[^]*\{\}$/],
    bytes: [(request) => reply.bytes(request, 200, Buffer.from('b')), /octet-stream[^]*b$/],
    empty: [(request) => reply.empty(request, 204), /^HTTP\/1.1 204 /],
    redirect: [(request) => reply.redirect(request, 302, '/x'), /^HTTP\/1.1 302 [^]*ocation: \/x/],
    problem: [
      (request) => reply.problem(request, 404, 'none'),
      /^HTTP\/1.1 404 [^]*"detail":"none"/,
    ],
    fail: [(request) => reply.fail(request, 'cause'), /^HTTP\/1.1 500 (?![^]*cause)/],
    send: [
      (request) => reply.send(request, 200, CONTENT.HTML, [['X-A', '1']], Buffer.from('s')),
      /text\/html[^]*X-A: 1[^]*s$/,
    ],
    by_handle: [(request) => reply.text(handleOf(request), 200, 'handle'), /handle$/],
  }
  for (const [name, [handler, expected]] of Object.entries(answers)) {
    it(name, async () => {
      assert.match(
        await ask((request) => {
          handler(request)
          return name === 'by_handle' ? new Promise(() => undefined) : undefined
        }),
        expected,
      )
    })
  }

  it('posts packed answers', async () => {
    const answer = await ask((request) => {
      const record = Buffer.alloc(56)
      record.writeBigUInt64LE(handleOf(request), 0)
      record.writeUInt32LE(200, 12)
      record.writeUInt32LE(CONTENT.TEXT, 16)
      record.writeBigUInt64LE(6n, 32)
      record.write('posted', 48)
      const loop = Loop.of(request)
      assert.throws(() => {
        loop.post(record.subarray(0, 20))
      }, code('ERR_TRIVET_ARGUMENT'))
      loop.post(record)
      return new Promise(() => undefined)
    })
    assert.match(answer, /posted$/)
  })

  it('refuses a second answer, whichever comes first', async () => {
    const errors: unknown[] = []
    const answer = await ask((request) => {
      const handle = handleOf(request)
      reply.text(request, 200, 'first')
      for (const again of [request, handle]) {
        try {
          reply.text(again, 200, 'second')
        } catch (error) {
          errors.push(error)
        }
      }
      return 'third'
    })
    assert.match(answer, /first$/)
    assert.equal(errors.length, 2)
    assert.ok(errors.every(code('ERR_TRIVET_STALE')))
  })

  it('leaves a request unanswered after a bad header', async () => {
    const answer = await ask((request) => {
      assert.throws(() => {
        reply.send(request, 200, CONTENT.TEXT, [['X-A', 'a\r\nX-B: b']], 'x')
      }, code('ERR_TRIVET_HEADER'))
      assert.throws(() => {
        reply.text(request, 1000, 'x')
      }, code('ERR_TRIVET_ARGUMENT'))
      return 'still here'
    })
    assert.match(answer, /still here$/)
    assert.doesNotMatch(answer, /X-B/)
  })

  it('reads single values of a request', async () => {
    const answer = await ask(
      (request) => [
        findQuery(request, 'a'),
        findQuery(request, 'none') ?? null,
        findCookie(request, 'c'),
        httpVersion(request),
        requestFlags(request) & REQUEST.KEEP_ALIVE,
      ],
      '/?a=1&a=2',
    )
    assert.match(answer, /\["1",null,"1",11,0\]$/)
  })
})

describe('what the engine knows', () => {
  it('of an app: its configuration, routes and concurrency', () => {
    const app = new App({ workers: 3, headerCountMax: 50 })
    const metadata = { team: 'core', size: 7 }
    app.group('/g/{id:int}').route(['PUT', 'GET'], '/x', { name: 'x', metadata }, () => 'x')
    assert.equal(routeCount(app), 1)
    const { site, ...route } = routeAt(app, 0)
    assert.deepEqual(route, {
      methods: 'PUT,GET',
      pattern: '/g/{id:int}/x',
      host: '',
      name: 'x',
      metadata: ['team', 'core'],
      beforeCount: 0,
      afterCount: 0,
    })
    assert.match(site, /^lowlevel\.test\.js:\d+$/)
    assert.throws(() => routeAt(app, 1), code('ERR_TRIVET_NOT_FOUND'))
    assert.deepEqual(concurrencyOf(app), { workers: 3, threads: 1 })
    const { headerCountMax, workers, host } = configOf(app)
    assert.deepEqual([headerCountMax, workers, host], [50, 3, '127.0.0.1'])
  })

  it('of a request: its route, or why it would be refused', async () => {
    const app = new App()
    const seen: unknown[] = []
    app.before((request) => {
      seen.push([routeOf(request)?.pattern, refusalOf(request)])
    })
    app.get('/{name}', () => 'x')
    await serving(app, async (url) => {
      for (const [path, method] of [
        ['/a', 'GET'],
        ['/a', 'POST'],
        ['/a/b', 'GET'],
      ] as const) {
        await (await fetch(url + path, { method })).text()
      }
    })
    assert.deepEqual(seen, [
      ['/{name}', 0],
      [undefined, 405],
      [undefined, 404],
    ])
  })

  it('what is kept with a request, until it is replaced or the request has ended', async () => {
    const app = new App()
    let kept: WeakRef<object> | undefined
    let answered: Request<unknown> | undefined
    app.get('/', (request) => {
      answered = request
      assert.equal(getData(request), undefined)
      for (const value of ['text', 7, null, undefined, Symbol.iterator]) {
        setData(request, value)
        assert.equal(getData(request), value)
      }
      const data = { big: new Array(1000) }
      kept = new WeakRef(data)
      setData(request, data)
      return nextIteration().then(() => {
        collect()
        assert.equal(getData(request), kept!.deref())
        return 'kept'
      })
    })
    await serving(app, async (url) => {
      assert.equal(await (await fetch(url)).text(), 'kept')
      assert.throws(() => getData(answered!), code('ERR_TRIVET_STALE'))
      assert.throws(() => {
        setData(answered!, {})
      }, code('ERR_TRIVET_STALE'))
      while (kept!.deref() !== undefined) {
        await nextIteration()
        collect()
      }
    })
  })

  it('of a deferred loop: nobody is accepted before its start', async () => {
    const app = new App()
    app.get('/', () => 'started')
    const loop = new Loop(app, { isDeferred: true })
    loop.attach()
    const answer = exchange(
      loop.info().port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    )
    for (let i = 0; i < 20; i++) await nextIteration()
    assert.equal(loop.stats().connectionsTotal, 0)
    loop.start()
    assert.match(await answer, /started$/)
    assert.throws(() => {
      loop.start()
    }, code('ERR_TRIVET_STATE'))
    loop.free()
  })

  it('of the answer to come: fields that are added to it', async () => {
    const answer = await ask((request) => {
      reply.addHeader(request, 'X-One', '1')
      reply.addHeader(request, 'X-One', '2')
      assert.throws(() => {
        reply.addHeader(request, 'X-Two', 'a\r\nb')
      }, code('ERR_TRIVET_HEADER'))
      for (let i = 0; i < 98; i++) reply.addHeader(request, 'X-More', 'x')
      assert.throws(() => {
        reply.addHeader(request, 'X-More', 'x')
      }, code('ERR_TRIVET_LIMIT'))
      reply.xml(request, 202, '<a>ü</a>')
      assert.throws(() => {
        reply.addHeader(request, 'X-Late', 'x')
      }, code('ERR_TRIVET_STALE'))
    })
    assert.match(answer, /^HTTP\/1\.1 202 /)
    assert.match(answer, /X-One: 1\r\nX-One: 2\r\n/)
    assert.match(answer, /Content-Type: application\/xml\r\n/)
    assert.doesNotMatch(answer, /X-Two|X-Late/)
  })
})
