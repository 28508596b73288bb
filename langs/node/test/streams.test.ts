// Answers in pieces.
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { describe, it } from 'node:test'
import { App, json, ndjson, Reply, stream, text, type Request, type RouteOptions } from 'trivet'
import { exchange, logOf, program, serving } from './support.js'

const TEXT = 'text/plain; charset=utf-8'
const BYTES = 'application/octet-stream'

const rows = [{ a: 1 }, 'ü', null]
const NDJSON = '{"a":1}\n"ü"\nnull\n'

async function* later<T>(...items: T[]): AsyncGenerator<T> {
  for (const item of items) {
    await nextIteration()
    yield item
  }
}

function web(...items: unknown[]): ReadableStream<unknown> {
  return new ReadableStream({
    pull(controller) {
      if (items.length === 0) controller.close()
      else controller.enqueue(items.shift())
    },
  })
}

/** Name → what a handler gives; type and content of the answer. */
const GOOD: Record<string, [() => unknown, type: string | null, body: string]> = {
  async_generator: [() => later('a', 'ü', 'c'), TEXT, 'aüc'],
  async_generator_function: [
    async function* () {
      yield 'x'
      await nextIteration()
      yield Buffer.from('y')
    },
    TEXT,
    'xy',
  ],
  generator_function: [
    function* () {
      yield Uint8Array.of(65)
      yield 'ü'
      yield new Uint16Array([0x4242]).buffer
    },
    BYTES,
    'AüBB',
  ],
  iterable: [() => ({ [Symbol.iterator]: () => ['a', 'b'].values() }), TEXT, 'ab'],
  async_iterable: [() => ({ [Symbol.asyncIterator]: () => later('a', 'b') }), TEXT, 'ab'],
  iterator: [() => ['a', 'b'].values(), TEXT, 'ab'],
  web_stream: [() => web(Uint8Array.of(65), Uint8Array.of(66)), BYTES, 'AB'],
  node_readable: [() => Readable.from([Buffer.from('A'), Buffer.from('B')]), BYTES, 'AB'],
  nothing: [() => later(), null, ''],
  empty_pieces: [() => later('', 'a', '', 'b', ''), TEXT, 'ab'],
  promise_of_pieces: [() => Promise.resolve(later('a')), TEXT, 'a'],
  long_text: [() => later('ü'.repeat(20_000), 'x'), TEXT, 'ü'.repeat(20_000) + 'x'],
  longer_than_all_queues: [
    () => later<string | Buffer>(Buffer.alloc(6_000_000, 'z'), 'x'),
    BYTES,
    'z'.repeat(6_000_000) + 'x',
  ],
  many_small: [() => Array.from({ length: 20_000 }, String).values(), TEXT, countedTo(20_000)],
  reply: [() => new Reply(later('a'), { headers: { 'Content-Type': 'a/b' } }), 'a/b', 'a'],
  stream: [() => stream(later('a'), { contentType: 'text/css' }), 'text/css', 'a'],
  stream_of_an_array: [() => stream(['a', 'b']), TEXT, 'ab'],
  stream_of_a_length: [() => stream(['ü', 'b'], { length: 3 }), TEXT, 'üb'],
  stream_of_no_length: [() => stream([], { length: 0 }), null, ''],
  ndjson: [() => ndjson(rows), 'application/x-ndjson', NDJSON],
  ndjson_later: [() => ndjson(later(...rows)), 'application/x-ndjson', NDJSON],
  ndjson_of_a_web_stream: [() => ndjson(web(...rows)), 'application/x-ndjson', NDJSON],
}

function countedTo(count: number): string {
  return Array.from({ length: count }, String).join('')
}

describe('pieces become an answer', () => {
  for (const [name, [handler, type, body]] of Object.entries(GOOD)) {
    it(name, async () => {
      const app = new App({ log: 'off' })
      app.get('/', handler)
      // With an after hook the answer is a Reply of its own.
      app.get('/after', { after: (_request, reply) => void reply.headers.set('x-a', '1') }, handler)
      await serving(app, async (url) => {
        for (const path of ['/', '/after']) {
          const response = await fetch(url + path)
          assert.equal(response.status, 200)
          assert.equal(response.headers.get('content-type'), type)
          assert.equal(response.headers.get('x-a'), path === '/' ? null : '1')
          assert.equal(await response.text(), body)
        }
      })
    })
  }

  it('has the status of its route, of a Reply, or of stream()', async () => {
    const app = new App({ log: 'off' })
    app.get('/route', { status: 201 }, () => later('a'))
    app.get('/reply', { status: 201 }, () => new Reply(later('a'), { status: 202 }))
    app.get('/stream', () => stream(['a'], { status: 203, headers: { 'X-A': '1' } }))
    await serving(app, async (url) => {
      const [route, reply, last] = await Promise.all(
        ['/route', '/reply', '/stream'].map((path) => fetch(url + path)),
      )
      assert.deepEqual([route?.status, reply?.status, last?.status], [201, 202, 203])
      assert.equal(last?.headers.get('x-a'), '1')
    })
  })

  it('leaves piece by piece', async () => {
    const app = new App({ log: 'off' })
    let go: () => void = () => undefined
    const wanted = new Promise<void>((resolve) => (go = resolve))
    app.get('/', async function* () {
      yield 'first'
      await wanted
      yield 'second'
    })
    await serving(app, async (url) => {
      const response = await fetch(url)
      const reader = response.body!.getReader()
      assert.equal(Buffer.from((await reader.read()).value!).toString(), 'first')
      go()
      assert.equal(Buffer.from((await reader.read()).value!).toString(), 'second')
      assert.equal((await reader.read()).done, true)
    })
  })

  it('ends with trailers, given or computed at the end', async () => {
    let count = 0
    const app = new App({ log: 'off' })
    app.get('/given', () => stream(['a'], { trailers: { 'X-A': '1' } }))
    app.get('/computed', () =>
      stream(
        (function* () {
          for (const piece of ['a', 'b']) {
            count += 1
            yield piece
          }
        })(),
        { trailers: async () => Promise.resolve([['X-Count', String(count)]]) },
      ),
    )
    app.post('/echo', { stream: true }, (request) =>
      stream(request.stream(), { trailers: () => request.trailers }),
    )
    await serving(app, async (_url, { port }) => {
      const asked = (line: string, rest = ''): Promise<string> =>
        exchange(port, `${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest}\r\n`)
      assert.match(await asked('GET /given'), /0\r\nX-A: 1\r\n\r\n$/)
      assert.match(await asked('GET /computed'), /0\r\nX-Count: 2\r\n\r\n$/)
      const content = 'Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 2\r\n'
      assert.match(await asked('POST /echo', content), /hi\r\n0\r\nX-Sum: 2\r\n\r\n$/)
    })
  })

  it('runs no producer for HEAD, 204 and 304, but stops it', async () => {
    const log: string[] = []
    class Counted {
      next(): IteratorResult<string> {
        log.push('next')
        return { done: false, value: 'x' }
      }
      return(): IteratorResult<string> {
        log.push('return')
        return { done: true, value: undefined as never }
      }
      [Symbol.iterator](): this {
        return this
      }
    }
    const app = new App({ log: 'off' })
    app.get('/', () => stream(new Counted(), { length: 5, contentType: 'a/b' }))
    app.get('/{code:int}', ({ params }) => stream(new Counted(), { status: params.code }))
    await serving(app, async (url) => {
      const head = await fetch(url, { method: 'HEAD' })
      assert.equal(head.headers.get('content-length'), '5')
      assert.equal(head.headers.get('content-type'), 'a/b')
      assert.equal((await fetch(`${url}/204`)).status, 204)
      assert.equal((await fetch(`${url}/304`)).status, 304)
      assert.equal((await fetch(`${url}/204`, { method: 'HEAD' })).status, 204)
    })
    assert.deepEqual(log, ['return', 'return', 'return', 'return'])
  })

  it('runs in the context of its handler', async () => {
    const storage = new AsyncLocalStorage<string>()
    const app = new App({ log: 'off' })
    app.before(({ query }) => {
      storage.enterWith(query['user'] ?? '')
    })
    app.get('/', async function* () {
      yield storage.getStore() ?? 'none'
      await nextIteration()
      yield storage.getStore() ?? 'none'
    })
    await serving(app, async (url) => {
      const answers = ['a', 'b'].map(async (user) => (await fetch(`${url}?user=${user}`)).text())
      assert.deepEqual(await Promise.all(answers), ['aa', 'bb'])
    })
  })
})

describe('a producer that fails', () => {
  const broken: Record<string, [route: string, cause: RegExp]> = {
    'in the middle': [
      `app.get('/', async function* () { yield 'half'; throw new Error('kaput') })`,
      /kaput/,
    ],
    'later in the middle': [
      `app.get('/', async function* () {
         yield 'half'; await new Promise(setImmediate); throw new Error('kaput') })`,
      /kaput/,
    ],
    'with a piece that is none': [
      `app.get('/', function* () { yield 'half'; yield 7 })`,
      /not number/,
    ],
    'with too much': [
      `app.get('/', () => stream(['half', 'x'], { length: 4 }))`,
      /more than the 4/,
    ],
    'with too little': [`app.get('/', () => stream(['half'], { length: 5 }))`, /1 of the 5 bytes/],
    'with its trailers': [
      `app.get('/', () => stream(['half'], { trailers: () => { throw new Error('kaput') } }))`,
      /kaput/,
    ],
    'with forbidden trailers': [
      `app.get('/', () => stream(['half'], { trailers: { 'Content-Length': '1' } }))`,
      /header/,
    ],
  }
  for (const [name, [route, cause]] of Object.entries(broken)) {
    it(`${name} breaks the connection off and is logged once`, async () => {
      const { answer, log } = await logOf(route)
      assert.match(answer, /^HTTP\/1.1 200 [^]*half/)
      assert.doesNotMatch(answer, /0\r\n(.+\r\n)*\r\n$/)
      assert.match(log, cause)
      assert.equal(log.trim().split('\n').length, 1, log)
    })
  }

  it('before its first piece is an ordinary error', async () => {
    const { answer, log } = await logOf(
      `app.get('/', async function* () { throw new Error('kaput') })`,
    )
    assert.match(answer, /^HTTP\/1.1 500 /)
    assert.match(log, /kaput/)
    assert.equal(log.trim().split('\n').length, 1, log)
  })

  it('before its first piece goes through the error mapping', async () => {
    const app = new App({ log: 'off' })
    app.onError(() => json('mapped', { status: 418 }))
    const failing: unknown[] = [
      () =>
        (function* () {
          throw new Error('secret')
        })(),
      () => later(7),
      () => stream(7 as unknown as string[]),
      () => ndjson(later(7n)),
      () => stream(['a'], { length: -1.5 }),
      () => stream(later('a'), { headers: { 'X-A': 'a\r\nb' } }),
      () => Readable.from(later(7)),
      () => {
        const locked = web('a')
        locked.getReader()
        return locked
      },
    ]
    for (const [i, handler] of failing.entries()) app.get(`/${String(i)}`, handler as () => unknown)
    await serving(app, async (url) => {
      for (const i of failing.keys()) {
        const response = await fetch(`${url}/${String(i)}`)
        assert.equal(response.status, 418, String(i))
        assert.equal(await response.json(), 'mapped')
      }
    })
  })

  it('an answer in pieces is sent once', async () => {
    const app = new App({ log: 'off' })
    const kept = stream(later('a'))
    app.get('/', () => kept)
    await serving(app, async (url) => {
      assert.equal(await (await fetch(url)).text(), 'a')
      assert.equal((await fetch(url)).status, 500)
    })
  })
})

describe('after hooks', () => {
  const cases: Record<string, [RouteOptions, expected: string]> = {
    replace: [{ after: () => text('other') }, 'other'],
    'replace the body': [{ after: (_request, reply) => void (reply.body = 'other') }, 'other'],
    'replace pieces by pieces': [
      { after: (_request, reply) => void (reply.body = later('ot', 'her')) },
      'other',
    ],
    fail: [
      {
        after: () => {
          throw new Error('secret')
        },
      },
      '500',
    ],
  }
  for (const [name, [options, expected]] of Object.entries(cases)) {
    it(`that ${name} stop what made the pieces`, async () => {
      const log: string[] = []
      const app = new App({ log: 'off' })
      const source = {
        next: () => Promise.resolve({ done: false, value: 'x' }),
        return: () => {
          log.push('return')
          return Promise.resolve({ done: true, value: undefined })
        },
        [Symbol.asyncIterator]() {
          return this
        },
      }
      app.get('/', options, () => source)
      await serving(app, async (url) => {
        const response = await fetch(url)
        const answer = await response.text()
        if (expected === '500') assert.equal(response.status, 500)
        else assert.equal(answer, expected)
      })
      assert.deepEqual(log, ['return'])
    })
  }
})

/** What a client that leaves after the first bytes leaves behind. */
async function leave(make: (request: Request<unknown>, ended: () => void) => unknown) {
  const app = new App({ log: 'off' })
  let ended: () => void = () => undefined
  const end = new Promise<void>((resolve) => (ended = resolve))
  app.get('/', (request) => make(request, ended))
  await serving(app, async (_url, server) => {
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(socket, 'data')
    socket.destroy()
    await end
    while (server.stats().requestsInFlight > 0) await nextIteration()
  })
}

describe('a client that leaves stops the producer', () => {
  const forever = new Promise<void>(() => undefined)

  it('an async generator that waits, by its signal, and its clean-up runs', async () => {
    const log: string[] = []
    await leave(async function* ({ signal }, ended) {
      try {
        yield 'x'
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error)
          })
        })
      } finally {
        log.push('clean')
        ended()
      }
    })
    assert.deepEqual(log, ['clean'])
  })

  it('an async generator that writes', async () => {
    await leave(async function* (_request, ended) {
      try {
        for (;;) {
          yield 'x'.repeat(1000)
          await nextIteration()
        }
      } finally {
        ended()
      }
    })
  })

  it('a generator that the client does not keep up with', async () => {
    await leave(function* (_request, ended) {
      try {
        for (;;) yield Buffer.alloc(100_000)
      } finally {
        ended()
      }
    })
  })

  it('a web stream is cancelled', async () => {
    let reason: unknown
    await leave((_request, ended) => {
      let count = 0
      return new ReadableStream({
        pull: (controller) => (count++ === 0 ? controller.enqueue('x') : forever),
        cancel(why) {
          reason = why
          ended()
        },
      })
    })
    assert.equal((reason as { code: string }).code, 'ERR_TRIVET_GONE')
  })

  it('a Node Readable is destroyed', async () => {
    await leave((_request, ended) => {
      let count = 0
      return new Readable({
        read() {
          if (count++ === 0) this.push('x')
        },
        destroy(error, callback) {
          ended()
          callback(error)
        },
      })
    })
  })

  it('an echo of its own content', async () => {
    const app = new App({ log: 'off' })
    let ended: () => void = () => undefined
    const end = new Promise<void>((resolve) => (ended = resolve))
    app.post('/', { stream: true }, async function* (request) {
      try {
        yield* request.stream()
      } finally {
        ended()
      }
    })
    await serving(app, async (_url, { port }) => {
      const socket = connect(port, '127.0.0.1')
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n')
      await once(socket, 'data')
      socket.destroy()
      await end
    })
  })

  it('what fails in the clean-up is logged, and nobody is left with a rejection', async () => {
    const source = `
      import { App } from 'trivet'
      import { connect } from 'node:net'
      const app = new App({ log: 'error' })
      process.on('unhandledRejection', () => console.error('UNHANDLED'))
      app.get('/', async function* () {
        try { for (;;) { yield 'x'; await new Promise(setImmediate) } }
        finally { setImmediate(() => setImmediate(() => process.exit())); throw new Error('clean') }
      })
      const server = await app.listen({ port: 0, banner: false })
      const socket = connect(server.port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')
      socket.once('data', () => socket.destroy())`
    const { stderr } = await program(source).ended
    assert.match(stderr, /failed when it was stopped: Error: clean/)
    assert.doesNotMatch(stderr, /UNHANDLED/)
  })
})

describe('back-pressure', () => {
  it('a producer waits for its client', async () => {
    const app = new App({ log: 'off' })
    let made = 0
    app.get('/', function* () {
      for (; made < 2000; made++) yield Buffer.alloc(65536)
    })
    app.get('/made', () => String(made))
    await serving(app, async (url, { port }) => {
      const socket: Socket = connect(port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
      await once(socket, 'readable')
      // As soon as two looks in a row see the same number, it stands still.
      let before = -1
      for (let now = 0; now !== before; ) {
        before = now
        for (let i = 0; i < 20; i++) now = Number(await (await fetch(`${url}/made`)).text())
      }
      assert.ok(before > 0 && before < 1000, String(before))
      let bytes = 0
      for await (const part of socket) bytes += (part as Buffer).length
      assert.ok(bytes > 2000 * 65536)
    })
    assert.equal(made, 2000)
  })

  it('a client waits for its handler', async () => {
    const app = new App({ log: 'off', bodyBytesMax: 2 ** 30 })
    let go: () => void = () => undefined
    const wanted = new Promise<void>((resolve) => (go = resolve))
    let total = 0
    app.post('/', { stream: true }, async ({ stream: content }) => {
      for await (const chunk of content()) {
        await wanted
        total += chunk.length
      }
      return String(total)
    })
    app.get('/ready', () => 'ready')
    const size = 64 * 1024 * 1024
    await serving(app, async (url, { port }) => {
      const socket = connect(port, '127.0.0.1')
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${String(size)}\r\n`)
      socket.write('Connection: close\r\n\r\n')
      socket.write(Buffer.alloc(size))
      // As soon as two looks in a row see the same rest, nothing moves.
      let before = -1
      for (let now = size; now !== before; ) {
        before = now
        for (let i = 0; i < 20; i++) await (await fetch(`${url}/ready`)).text()
        now = socket.writableLength
      }
      assert.ok(before > size / 2, String(before))
      go()
      let answer = ''
      for await (const part of socket) answer += String(part)
      assert.match(answer, new RegExp(`${String(size)}$`))
    })
  })
})

it('a forced end stops what makes pieces', async () => {
  const app = new App({ log: 'off' })
  let ended: () => void = () => undefined
  const end = new Promise<void>((resolve) => (ended = resolve))
  app.get('/', async function* () {
    try {
      for (;;) {
        yield 'x'
        await nextIteration()
      }
    } finally {
      ended()
    }
  })
  await serving(app, async (url) => {
    const response = await fetch(url)
    await response.body!.getReader().read()
  })
  await end
})
