// Content in pieces through the low level.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { App, TrivetError, type Request } from 'trivet'
import {
  CONTENT,
  EVENT,
  handleOf,
  LENGTH,
  Loop,
  onReady,
  POST,
  readContent,
  reply,
  STATUS,
  trailersOf,
} from 'trivet/lowlevel'
import { exchange, serving } from './support.js'

const code = (expected: string) => (error: unknown) =>
  error instanceof TrivetError && error.code === expected

const CHUNKED =
  'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
const never = new Promise<void>(() => undefined)

async function ask(handler: (request: Request<unknown>) => unknown, bytes: string) {
  const app = new App({ log: 'off' })
  app.post('/', { stream: true }, handler)
  let answer = ''
  await serving(app, async (_url, { port }) => {
    answer = await exchange(port, bytes)
  })
  return answer
}

/** One trivet_reply_record with its content. */
function packed(handle: bigint, kind: number, fields: Partial<Record<string, number>>, body = '') {
  const content = Buffer.from(body)
  const record = Buffer.alloc(48 + Math.ceil(content.length / 8) * 8)
  record.writeBigUInt64LE(handle, 0)
  record.writeUInt32LE(kind, 8)
  record.writeUInt32LE(fields['status'] ?? 0, 12)
  record.writeUInt32LE(fields['content'] ?? 0, 16)
  record.writeBigUInt64LE(BigInt(content.length), 32)
  record.writeBigUInt64LE(LENGTH.UNKNOWN, 40)
  content.copy(record, 48)
  return record
}

describe('steps by calls', () => {
  it('write what they are told', async () => {
    const answer = await ask((request) => {
      reply.begin(request, 201, CONTENT.TEXT, [['X-A', '1']])
      assert.equal(reply.write(request, 'ü'), false)
      assert.equal(reply.write(handleOf(request), Buffer.from('!')), false)
      reply.end(request, [['X-End', '2']])
      assert.ok(request.isAnswered)
    }, CHUNKED + '0\r\n\r\n')
    assert.match(answer, /^HTTP\/1.1 201 [^]*X-A: 1\r\n[^]*0\r\nX-End: 2\r\n\r\n$/)
  })

  it('keep a promised length, or throw', async () => {
    const answer = await ask((request) => {
      reply.begin(request, 200, CONTENT.TEXT, [], 3)
      reply.write(request, 'ab')
      assert.throws(() => reply.write(request, 'cd'), code('ERR_TRIVET_ARGUMENT'))
      assert.throws(() => {
        reply.end(request)
      }, code('ERR_TRIVET_ARGUMENT'))
      assert.ok(request.isAnswered)
    }, CHUNKED + '0\r\n\r\n')
    assert.match(answer, /Content-Length: 3[^]*ab$/)
  })

  it('can be given up', async () => {
    const answer = await ask((request) => {
      reply.begin(request, 200, CONTENT.TEXT)
      reply.write(request, 'half')
      reply.abort(request)
      assert.throws(() => {
        reply.abort(handleOf(request))
      }, code('ERR_TRIVET_STALE'))
    }, CHUNKED + '0\r\n\r\n')
    assert.doesNotMatch(answer, /0\r\n\r\n$/)
  })

  it('read what has come, and are told of more', async () => {
    const app = new App({ log: 'off' })
    let waits: () => void = () => undefined
    app.post('/', { stream: true }, async (request) => {
      let text = readContent(request).toString()
      await new Promise<void>((resolve) => {
        onReady(request, (event) => {
          if (event === EVENT.READABLE) resolve()
        })
        assert.throws(() => readContent(request), code('ERR_TRIVET_AGAIN'))
        assert.deepEqual(trailersOf(request), [])
        waits()
      })
      text += readContent(request).toString()
      assert.equal(readContent(request).length, 0)
      return { text, trailers: trailersOf(request) }
    })
    await serving(app, async (_url, { port }) => {
      const waiting = new Promise<void>((resolve) => (waits = resolve))
      const socket = connect(port, '127.0.0.1')
      socket.write(`${CHUNKED}3\r\none\r\n`)
      await waiting
      socket.write('3\r\ntwo\r\n0\r\nX-Sum: 6\r\n\r\n')
      let answer = ''
      for await (const part of socket) answer += String(part)
      assert.match(answer, /\{"text":"onetwo","trailers":\[\["X-Sum","6"\]\]\}$/)
    })
  })
})

describe('posted steps', () => {
  it('read and write in order, and are told what came of them', async () => {
    const told: (readonly [number, number, string | undefined])[] = []
    const answer = await ask((request) => {
      const [loop, handle] = [Loop.of(request), handleOf(request)]
      const post = (...records: Buffer[]): void => {
        loop.post(Buffer.concat(records))
      }
      onReady(request, (event, status, content) => {
        told.push([event, status, content?.toString()])
        if (event === EVENT.CONTENT && content !== undefined && content.length > 0) {
          post(packed(handle, POST.WRITE, { status: 1 }, content.toString().toUpperCase()))
          post(packed(handle, POST.READ, {}))
        } else if (event === EVENT.CONTENT) {
          post(packed(handle, POST.END, {}), packed(handle, POST.READ, {}))
        }
      })
      post(
        packed(handle, POST.BEGIN, { status: 200, content: CONTENT.TEXT }),
        packed(handle, POST.READ, {}),
      )
      return never
    }, `${CHUNKED}2\r\nhi\r\n0\r\n\r\n`)
    assert.match(answer, /^HTTP\/1.1 200 [^]*HI\r\n0\r\n\r\n$/)
    assert.deepEqual(told.slice(0, 3), [
      [EVENT.CONTENT, 0, 'hi'],
      [EVENT.WRITABLE, 0, undefined],
      [EVENT.CONTENT, 0, ''],
    ])
  })

  it('of a request that has ended are told so', async () => {
    const told: number[] = []
    let done: () => void = () => undefined
    const seen = new Promise<void>((resolve) => (done = resolve))
    const app = new App({ log: 'off' })
    app.post('/', { stream: true }, (request) => {
      onReady(request, (event, status, content) => {
        assert.equal(content, undefined)
        told.push(event, status)
        done()
      })
      const handle = handleOf(request)
      Loop.of(request).post(packed(handle, POST.ABORT, {}))
      Loop.of(request).post(packed(handle, POST.READ, {}))
      return never
    })
    await serving(app, async (_url, { port }) => {
      await exchange(port, CHUNKED)
      await seen
    })
    assert.deepEqual(told, [EVENT.CONTENT, STATUS.TRIVET_E_STALE])
  })

  it('read a form, and are told of its end', async () => {
    const told: number[] = []
    const answer = await ask(async (request) => {
      await new Promise<void>((resolve) => {
        onReady(request, (event, status) => {
          told.push(event, status)
          resolve()
        })
        Loop.of(request).post(packed(handleOf(request), POST.FORM, {}))
      })
      await request.form()
    }, CHUNKED + '3\r\na=1\r\n0\r\n\r\n')
    assert.match(answer, /^HTTP\/1.1 415 /)
    assert.deepEqual(told, [EVENT.FORM, STATUS.TRIVET_E_MEDIA_TYPE])
  })

  it('tell a listener that the client has gone', async () => {
    const told: number[] = []
    let done: () => void = () => undefined
    const seen = new Promise<void>((resolve) => (done = resolve))
    const app = new App({ log: 'off' })
    app.post('/', { stream: true }, (request) => {
      onReady(request, (event) => {
        told.push(event)
        done()
      })
      reply.begin(request, 200, CONTENT.TEXT)
      reply.write(request, 'x')
      return never
    })
    await serving(app, async (_url, { port }) => {
      const socket = connect(port, '127.0.0.1')
      socket.write(CHUNKED)
      await once(socket, 'data')
      socket.destroy()
      await seen
    })
    assert.equal(told[0], EVENT.GONE)
  })

  it('a listener comes before the answer', async () => {
    await ask((request) => {
      reply.text(request, 200, 'x')
      assert.throws(() => {
        onReady(request, () => undefined)
      }, code('ERR_TRIVET_STALE'))
    }, CHUNKED + '0\r\n\r\n')
  })
})
