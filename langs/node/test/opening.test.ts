// The first piece of an answer in pieces: after hooks wait for it, and errors before it are
// answered.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { App, errors, json, ndjson, stream, text, type Reply } from 'trivet'
import { CONTENT, Loop, reply as answer } from 'trivet/lowlevel'
import { exchange, logOf, serving } from './support.js'

/** Fails when it is asked for its first piece. */
async function* failing(): AsyncGenerator<string> {
  await nextIteration()
  throw new Error('kaput')
}

function* failingAtOnce(): Generator<string> {
  throw new Error('kaput')
}

/** Pieces that say when they are stopped. */
function forever(log: string[], first = 'x') {
  let count = 0
  const source = {
    next: () =>
      count++ === 0
        ? Promise.resolve({ done: false, value: first })
        : new Promise<never>(() => undefined),
    return() {
      log.push('return')
      return Promise.resolve({ done: true, value: undefined })
    },
    [Symbol.asyncIterator]: () => source,
  }
  return source as unknown as AsyncIterable<string>
}

describe('after hooks', () => {
  it('see the answer to an error before the first piece, once', async () => {
    const seen: string[] = []
    const app = new App({ log: 'off', bodyBytesMax: 4 })
    app.after((_request, reply) => {
      seen.push(String(reply.status))
      reply.headers.set('x-hook', '1')
    })
    app.get('/thrown', async function* () {
      throw errors.unauthorized()
    })
    app.get('/later', failing)
    app.get('/at_once', failingAtOnce)
    app.get('/none', () => stream([7 as unknown as string]))
    app.get('/field', () => stream(['a'], { headers: { 'x-a': 'a\r\nb' } }))
    app.post('/content', { stream: true }, async function* (request) {
      yield* request.stream()
    })
    await serving(app, async (url) => {
      const paths = { thrown: 401, later: 500, at_once: 500, none: 500 }
      for (const [path, status] of Object.entries(paths)) {
        const response = await fetch(`${url}/${path}`)
        assert.equal(response.status, status, path)
        assert.equal(response.headers.get('x-hook'), '1', path)
      }
      const large = await fetch(`${url}/content`, { method: 'POST', body: 'more than 4' })
      assert.equal(large.status, 413)
      assert.equal(large.headers.get('x-hook'), '1')
      // The engine refuses it when the hooks have run, as that of a whole answer.
      assert.equal((await fetch(`${url}/field`)).status, 500)
    })
    assert.deepEqual(seen, ['401', '500', '500', '500', '413', '200'])
  })

  it('see the answer to the error of pieces that a hook gave', async () => {
    const app = new App({ log: 'off' })
    app.after((_request, reply) => {
      reply.headers.set('x-app', String(reply.status))
    })
    app.get('/replaced', { after: () => failing() }, () => 'whole')
    app.get(
      '/in_place',
      {
        after(_request, reply) {
          reply.body = failingAtOnce()
        },
      },
      () => 'whole',
    )
    await serving(app, async (url) => {
      for (const path of ['/replaced', '/in_place']) {
        const response = await fetch(url + path)
        assert.equal(response.status, 500)
        assert.equal(response.headers.get('x-app'), '500')
      }
    })
  })

  it('stop pieces that have begun when they replace them', async () => {
    const log: string[] = []
    const app = new App({ log: 'off' })
    app.get('/', { after: () => text('other') }, () => forever(log))
    await serving(app, async (url) => {
      assert.equal(await (await fetch(url)).text(), 'other')
    })
    assert.deepEqual(log, ['return'])
  })

  it('do not keep the producer when the client leaves before its first piece', async () => {
    const app = new App({ log: 'off' })
    const statuses: number[] = []
    let asked: () => void = () => undefined
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    let stopped: () => void = () => undefined
    const isStopped = new Promise<void>((resolve) => (stopped = resolve))
    app.after((_request, reply) => void statuses.push(reply.status))
    app.get('/', () => {
      const source = {
        next() {
          asked()
          return new Promise<never>(() => undefined)
        },
        return() {
          stopped()
          return Promise.resolve({ done: true, value: undefined })
        },
        [Symbol.asyncIterator]: () => source,
      }
      return source
    })
    await serving(app, async (_url, server) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await isAsked
      socket.destroy()
      await isStopped
      while (server.stats().requestsInFlight > 0) await nextIteration()
    })
    assert.deepEqual(statuses, [499])
  })

  it('get no pieces of an answer that is kept and sent already', async () => {
    const app = new App({ log: 'off' })
    const seen: number[] = []
    const kept = ndjson(
      (async function* () {
        yield 1
        await nextIteration()
        yield 2
      })(),
    )
    app.get('/', { after: (_request, reply) => void seen.push(reply.status) }, () => kept)
    await serving(app, async (url) => {
      const answers = await Promise.all(
        [1, 2].map(async () => {
          const response = await fetch(url)
          return [response.status, response.status === 200 ? await response.text() : ''] as const
        }),
      )
      assert.deepEqual(answers.sort(), [
        [200, '1\n2\n'],
        [500, ''],
      ])
      assert.equal((await fetch(url)).status, 500)
    })
    assert.deepEqual(seen.sort(), [200, 500, 500])
  })
})

describe('an error handler that answers in pieces', () => {
  it('is answered so', async () => {
    const app = new App({ log: 'off' })
    app.onError(() => ndjson(['a', 'b']))
    app.get('/', failing)
    await serving(app, async (url) => {
      const response = await fetch(url)
      assert.equal(response.status, 500)
      assert.equal(await response.text(), '"a"\n"b"\n')
    })
  })

  const failures: Record<string, string> = {
    'an async generator': `async function* () { throw new Error('second') }`,
    'a generator': `function* () { throw new Error('second') }`,
    'lines of JSON': `() => ndjson((async function* () { throw new Error('second') })())`,
    'a refused field': `() => stream(['a'], { status: 500, headers: { 'X-A': 'a\\r\\nsecond' } })`,
    'a refused field of an async generator': `() =>
      stream((async function* () { yield 'a' })(),
        { status: 500, headers: { 'X-A': 'a\\nsecond' } })`,
  }
  for (const [name, handler] of Object.entries(failures)) {
    for (const hook of ['', 'app.after(() => undefined)']) {
      it(`and fails before the first piece is not asked again: ${name} ${hook}`, async () => {
        const { answer, log } = await logOf(`
          let asked = 0
          const handler = ${handler}
          app.onError((request, error) => {
            // What asks for ever would hold up the test, too.
            if (++asked > 3) process.exit(1)
            return handler(request, error)
          })
          ${hook}
          app.get('/', () => { throw new Error('first') })`)
        assert.match(answer, /^HTTP\/1.1 500 [^]*application\/problem\+json/)
        assert.match(log, name.includes('field') ? /TRIVET_E_HEADER|header/ : /second.*first/)
      })
    }
  }
})

describe('nobody is left waiting', () => {
  it('by a loop that is freed, which aborts what handlers wait for', async () => {
    const app = new App({ log: 'off' })
    let asked: () => void = () => undefined
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    let aborted: (reason: unknown) => void = () => undefined
    const isAborted = new Promise<unknown>((resolve) => (aborted = resolve))
    app.get('/', async ({ signal }) => {
      asked()
      await once(signal, 'abort')
      aborted(signal.reason)
    })
    const loop = new Loop(app, { port: 0 })
    loop.attach()
    const socket = connect(loop.info().port, '127.0.0.1').on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await isAsked
    loop.free()
    assert.equal(((await isAborted) as { code: string }).code, 'ERR_TRIVET_GONE')
  })

  it('by a Readable that cannot be destroyed', async () => {
    const { answer, log } = await logOf(`
      const source = {
        pipe: () => undefined,
        on: () => undefined,
        destroy: () => { throw new Error('stuck') },
        async *[Symbol.asyncIterator]() { yield 'half'; yield 7 },
      }
      app.get('/', () => source)`)
    assert.match(answer, /half/)
    assert.doesNotMatch(answer, /0\r\n\r\n$/)
    assert.match(log, /failed when it was stopped: Error: stuck/)
    assert.match(log, /not number/)
    assert.doesNotMatch(log, /UNHANDLED/)
  })

  it('by a refused step: what follows it does not make a whole answer', async () => {
    const app = new App({ log: 'off' })
    app.get('/', (request) => {
      answer.begin(request, 200, CONTENT.NONE)
      return ['a', 'b'].values()
    })
    await serving(app, async (_url, { port }) => {
      const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
      assert.match(answer, /^HTTP\/1.1 200 /)
      assert.doesNotMatch(answer, /0\r\n\r\n$/)
    })
  })
})

it('pieces of a Readable that fails at once are an error with after hooks, too', async () => {
  const app = new App({ log: 'off' })
  const after = (_request: unknown, reply: Reply): void => {
    reply.headers.set('x-hook', '1')
  }
  app.onError((_request, error) => json((error as Error).message, { status: 418 }))
  app.get('/', { after }, () => {
    const source = new Readable({ read: () => undefined })
    source.destroy(new Error('at once'))
    return source
  })
  await serving(app, async (url) => {
    const response = await fetch(url)
    assert.equal(response.status, 418)
    assert.equal(await response.json(), 'at once')
    assert.equal(response.headers.get('x-hook'), '1')
  })
})
