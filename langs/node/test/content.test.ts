// Request content in pieces.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { App, ContentError, HttpError, json, TrivetError, type Request } from 'trivet'
import { exchange, serving } from './support.js'

const HEAD = 'POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n'
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`
const TWO_CHUNKS = `${CHUNKED}5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\nx-sum: again\r\n\r\n`
const WHOLE = `${HEAD}Content-Length: 11\r\n\r\nhello world`

type Handler = (request: Request<unknown>) => unknown

/** What a handler of POST /x answers to some bytes, as a whole and as its content. */
async function answerTo(bytes: string, handler: Handler, options = {}): Promise<string> {
  const app = new App({ log: 'off' })
  app.post('/x', { stream: true, ...options }, handler)
  let answer = ''
  await serving(app, async (_url, { port }) => {
    answer = await exchange(port, bytes)
  })
  return answer
}

/** Opens a connection, sends bytes and lets the test go on. */
async function opened(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}

const WAYS: Record<string, (request: Request<unknown>) => Promise<string>> = {
  stream: async ({ stream }) => {
    let text = ''
    for await (const chunk of stream()) text += chunk.toString()
    return text
  },
  read: async ({ read }) => (await read()).toString(),
  readable: async ({ readable }) => {
    let text = ''
    for await (const chunk of readable()) text += Buffer.from(chunk).toString()
    return text
  },
  reader_of_own_buffers: async ({ readable }) => {
    const reader = readable().getReader({ mode: 'byob' })
    let text = ''
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(3))
      if (done) return text
      text += Buffer.from(value).toString()
    }
  },
  body_after_read: async (request) => {
    await request.read()
    return request.body.toString() + request.text().slice(0, 0)
  },
}

describe('content is read as it comes', () => {
  for (const [name, read] of Object.entries(WAYS)) {
    for (const stream of [true, false]) {
      it(`${name}, ${stream ? 'streaming' : 'whole'}`, async () => {
        for (const bytes of [TWO_CHUNKS, WHOLE]) {
          const answer = await answerTo(bytes, read, { stream })
          assert.match(answer, /^HTTP\/1.1 200 [^]*\r\n\r\nhello world$/)
        }
      })
    }
  }

  it('the handler runs before the content is there', async () => {
    const app = new App({ log: 'off' })
    const chunks: string[] = []
    let came: () => void = () => undefined
    app.post('/x', { stream: true }, async ({ stream }) => {
      for await (const chunk of stream()) {
        chunks.push(chunk.toString())
        came()
      }
      return chunks
    })
    await serving(app, async (_url, { port }) => {
      const first = new Promise<void>((resolve) => (came = resolve))
      const socket = await opened(port, `${CHUNKED}3\r\none\r\n`)
      await first
      socket.write('3\r\ntwo\r\n0\r\n\r\n')
      let answer = ''
      for await (const part of socket) answer += String(part)
      assert.match(answer, /\["one","two"\]$/)
    })
  })

  it('chunks are copies that stay', async () => {
    const kept: Buffer[] = []
    const size = 800_000
    const bytes = `${HEAD}Content-Length: ${String(size)}\r\n\r\n${'abcdefghij'.repeat(size / 10)}`
    const answer = await answerTo(bytes, async ({ stream }) => {
      for await (const chunk of stream()) kept.push(chunk)
      return String(Buffer.concat(kept).equals(Buffer.from('abcdefghij'.repeat(size / 10))))
    })
    assert.match(answer, /true$/)
    assert.equal(Buffer.concat(kept).length, size)
  })

  it('progress tells what has come, and of how many', async () => {
    const told: (number | undefined)[] = []
    const progress = (received: number, total: number | undefined): void => {
      told.push(received, total)
    }
    await answerTo(WHOLE, ({ read }) => read({ progress }))
    assert.deepEqual(told.slice(-2), [11, 11])
    told.length = 0
    await answerTo(TWO_CHUNKS, ({ read }) => read({ progress }))
    assert.deepEqual(told.slice(-2), [11, undefined])
  })

  it('trailers are there at the end', async () => {
    const seen: unknown[] = []
    await answerTo(TWO_CHUNKS, async (request) => {
      await request.read()
      const { trailers } = request
      seen.push(trailers.get('X-SUM'), trailers.getAll('x-sum'), trailers.has('no'), [...trailers])
    })
    const fields = [
      ['X-Sum', '11'],
      ['x-sum', 'again'],
    ]
    assert.deepEqual(seen, ['11', ['11', 'again'], false, fields])
  })

  it('leaving the loop leaves the rest, for another reader', async () => {
    const answer = await answerTo(TWO_CHUNKS, async (request) => {
      let first = ''
      for await (const chunk of request.stream()) {
        first = chunk.toString()
        break
      }
      return first + (await request.read()).toString()
    })
    assert.match(answer, /hello world$/)
  })

  it('a read has JSON, and 400 for what is none', async () => {
    const handler: Handler = async (request) => {
      await request.read()
      return request.json()
    }
    const good = await answerTo(`${HEAD}Content-Length: 7\r\n\r\n{"a":1}`, handler)
    assert.match(good, /\{"a":1\}$/)
    assert.match(await answerTo(`${HEAD}Content-Length: 1\r\n\r\n{`, handler), /^HTTP\/1.1 400 /)
  })
})

describe('misuse is an error of the language', () => {
  const state = { code: 'ERR_TRIVET_STATE' }

  it('the content of a streaming route before read()', async () => {
    const answer = await answerTo(WHOLE, (request) => {
      assert.throws(() => request.body, state)
      assert.throws(() => request.text(), state)
      assert.throws(() => request.json(), state)
      return 'thrown'
    })
    assert.match(answer, /thrown$/)
  })

  it('two readers at once, and one that asks twice', async () => {
    const answer = await answerTo(CHUNKED + '1\r\na\r\n0\r\n\r\n', async (request) => {
      const first = request.stream()
      await first.next()
      await assert.rejects(request.read(), state)
      await assert.rejects(request.stream().next(), state)
      await assert.rejects(request.readable().getReader().read(), state)
      assert.equal((await first.next()).done, true)
      assert.equal((await first.next()).done, true)
      return 'refused'
    })
    assert.match(answer, /refused$/)
    const app = new App({ log: 'off' })
    let asked: () => void = () => undefined
    app.post('/x', { stream: true }, async (request) => {
      const chunks = request.stream()
      const pending = chunks.next()
      await assert.rejects(chunks.next(), state)
      asked()
      return (await pending).value ?? 'none'
    })
    await serving(app, async (_url, { port }) => {
      const ready = new Promise<void>((resolve) => (asked = resolve))
      const socket = await opened(port, CHUNKED)
      await ready
      socket.write('2\r\nhi\r\n0\r\n\r\n')
      let text = ''
      for await (const part of socket) text += String(part)
      assert.match(text, /hi$/)
    })
  })

  it('reading after the answer', async () => {
    let later: Request<unknown> | undefined
    await answerTo(WHOLE, (request) => {
      later = request
      return 'early'
    })
    await assert.rejects(later!.read(), { code: 'ERR_TRIVET_STALE' })
    assert.throws(() => later!.trailers, { code: 'ERR_TRIVET_STALE' })
  })

  it('a reader that waits while the answer is given', async () => {
    let waiting: Promise<unknown> | undefined
    const answer = await answerTo(CHUNKED, (request) => {
      waiting = request.read()
      return 'early'
    })
    assert.match(answer, /early$/)
    await assert.rejects(waiting!, { code: 'ERR_TRIVET_STALE' })
  })
})

describe('what the client does wrong becomes its answer', () => {
  const TOO_MUCH = `${CHUNKED}8\r\n01234567\r\n9\r\n89abcdefg\r\n0\r\n\r\n`
  const MALFORMED = `${CHUNKED}2\r\nhi\r\nx\r\n`

  it('413 above the limit of the route', async () => {
    const options = { limits: { bodyBytesMax: 16 } }
    assert.match(await answerTo(TOO_MUCH, WAYS['stream']!, options), /^HTTP\/1.1 413 /)
    assert.match(await answerTo(TOO_MUCH, WAYS['readable']!, options), /^HTTP\/1.1 413 /)
    const whole = { ...options, stream: false }
    assert.match(await answerTo(TOO_MUCH, WAYS['read']!, whole), /^HTTP\/1.1 413 /)
  })

  it('400 for malformed chunks', async () => {
    assert.match(await answerTo(MALFORMED, WAYS['read']!), /^HTTP\/1.1 400 /)
  })

  it('408 for a client that stops', async () => {
    const app = new App({ log: 'off', bodyTimeoutMs: 50 })
    let failure: unknown
    app.post('/x', { stream: true }, async (request) => {
      try {
        return await request.read()
      } catch (error) {
        failure = error
        throw error
      }
    })
    await serving(app, async (_url, { port }) => {
      assert.match(await exchange(port, `${CHUNKED}2\r\nhi\r\n`), /^HTTP\/1.1 408 /)
    })
    assert.ok(failure instanceof ContentError)
    assert.equal(failure.code, 'ERR_TRIVET_TIMEOUT')
  })

  it('as an HttpError for the app, with the code of the engine', async () => {
    const app = new App({ log: 'off' })
    app.onError(ContentError, (_request, error) =>
      json([error.status, error.code, error instanceof HttpError], { status: error.status }),
    )
    app.post('/x', { stream: true, limits: { bodyBytesMax: 16 } }, ({ read }) => read())
    await serving(app, async (_url, { port }) => {
      assert.match(await exchange(port, TOO_MUCH), /\[413,"ERR_TRIVET_LIMIT",true\]$/)
      assert.match(await exchange(port, MALFORMED), /\[400,"ERR_TRIVET_PROTOCOL",true\]$/)
    })
  })

  it('a failure stays, for every reader', async () => {
    const answer = await answerTo(
      TOO_MUCH,
      async (request) => {
        for (let i = 0; i < 3; i++) await assert.rejects(request.read(), { status: 413 })
        return 'seen'
      },
      { limits: { bodyBytesMax: 16 } },
    )
    assert.match(answer, /seen$/)
  })
})

describe('a client that leaves', () => {
  it('ends the reading, and aborts the signal', async () => {
    const app = new App({ log: 'off' })
    const failures: unknown[] = []
    let begun: () => void = () => undefined
    let ended: () => void = () => undefined
    app.post('/x', { stream: true }, async (request) => {
      const { signal } = request
      const chunks = request.stream()
      await chunks.next()
      begun()
      try {
        await chunks.next()
        return 'more'
      } catch (error) {
        failures.push(error, signal.aborted, signal.reason)
        throw error
      } finally {
        ended()
      }
    })
    await serving(app, async (_url, { port }) => {
      const [first, last] = [
        new Promise<void>((resolve) => (begun = resolve)),
        new Promise<void>((resolve) => (ended = resolve)),
      ]
      const socket = await opened(port, `${CHUNKED}2\r\nhi\r\n`)
      await first
      socket.destroy()
      await last
    })
    const [error, isAborted, reason] = failures
    assert.ok(error instanceof TrivetError && reason instanceof TrivetError)
    assert.deepEqual([error.code, isAborted], ['ERR_TRIVET_GONE', true])
  })
})

describe('100 Continue', () => {
  const ASKING = `${HEAD}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n`

  it('is sent by reading', async () => {
    const app = new App({ log: 'off' })
    app.post('/x', { stream: true }, ({ read }) => read())
    await serving(app, async (_url, { port }) => {
      const socket = await opened(port, ASKING)
      const [first] = (await once(socket, 'data')) as [Buffer]
      assert.match(first.toString(), /^HTTP\/1.1 100 /)
      socket.write('hi')
      let answer = ''
      for await (const part of socket) answer += String(part)
      assert.match(answer, /^HTTP\/1.1 200 [^]*hi$/)
    })
  })

  it('and by nothing else', async () => {
    assert.match(await answerTo(ASKING, () => 'early'), /^HTTP\/1.1 200 [^]*early$/)
  })
})
