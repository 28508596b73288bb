// Server-Sent Events in the answer of one request.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as nextIteration } from 'node:timers/promises'
import {
  App,
  errors,
  EventStream,
  json,
  ServerSentEvent,
  sse,
  sseStream,
  stream,
  TokenStream,
  TrivetError,
  type Reply,
  type Request,
} from 'trivet'
import { handleOf, reply as answer, sse as calls } from 'trivet/lowlevel'
import { exchange, logOf, serving } from './support.js'

async function* later<T>(...items: T[]): AsyncGenerator<T> {
  for (const item of items) {
    await nextIteration()
    yield item
  }
}

const TYPE = 'text/event-stream'

describe('sse()', () => {
  const good: Record<string, [event: () => ServerSentEvent, text: string]> = {
    text: [() => sse('a ü'), 'data: a ü\n\n'],
    lines: [() => sse('a\nb\r\nc\rd'), 'data: a\ndata: b\ndata: c\ndata: d\n\n'],
    empty_text: [() => sse(''), 'data: \n\n'],
    object: [() => sse({ a: [1, null] }), 'data: {"a":[1,null]}\n\n'],
    null: [() => sse(null), 'data: null\n\n'],
    number: [() => sse(1.5), 'data: 1.5\n\n'],
    id: [() => sse('a', { id: 7 }), 'id: 7\ndata: a\n\n'],
    comment: [() => sse(undefined, { comment: 'a\nb' }), ': a\n: b\n\n'],
    retry: [() => sse(undefined, { retry: 0 }), 'retry: 0\n\n'],
    no_field_given: [() => sse('a', {}), 'data: a\n\n'],
    all: [
      () => sse('a', { id: 'i', event: 'e', retry: 5, comment: 'c' }),
      ': c\nid: i\nevent: e\nretry: 5\ndata: a\n\n',
    ],
    long: [() => sse(`${'ü'.repeat(9000)}\n`), `data: ${'ü'.repeat(9000)}\ndata: \n\n`],
    lone_surrogate: [() => sse('\ud800\n'), 'data: \ufffd\ndata: \n\n'],
  }
  for (const [name, [event, text]] of Object.entries(good)) {
    it(`says ${name}`, () => {
      assert.deepEqual(fieldsOf(event().text), fieldsOf(text))
    })
  }

  it('writes plain text as the engine does', () => {
    for (const text of ['', ' ', 'a', 'ü', ': a', 'x'.repeat(5000)]) {
      assert.equal(sse(text).text, calls.encode(text))
      assert.equal(sse(text).text, sse(text, {}).text)
    }
  })

  const bad: Record<string, [event: () => ServerSentEvent, code: string]> = {
    nothing: [() => sse(), 'ERR_TRIVET_ARGUMENT'],
    an_id_of_lines: [() => sse('a', { id: 'a\nb' }), 'ERR_TRIVET_ARGUMENT'],
    a_type_of_lines: [() => sse('a', { event: 'a\rb' }), 'ERR_TRIVET_ARGUMENT'],
    a_type_alone: [() => sse(undefined, { event: 'a' }), 'ERR_TRIVET_ARGUMENT'],
    a_negative_retry: [() => sse('a', { retry: -1 }), 'ERR_TRIVET_ARGUMENT'],
    half_a_retry: [() => sse('a', { retry: 0.5 }), 'ERR_TRIVET_ARGUMENT'],
  }
  for (const [name, [event, code]] of Object.entries(bad)) {
    it(`refuses ${name}`, () => {
      assert.throws(event, (error) => error instanceof TrivetError && error.code === code)
    })
  }

  it('refuses what is no text and no JSON', () => {
    assert.throws(() => sse(Buffer.from('a')), TypeError)
    assert.throws(() => sse(new Map()), TypeError)
    assert.throws(() => sse(1n), TypeError)
    assert.throws(() => sse('a', { event: 7 as unknown as string }), TypeError)
    assert.throws(() => sse(sse('a')), TypeError)
  })
})

/** The order of fields within an event is the engine's. */
function fieldsOf(text: string): string[] {
  return text.split('\n').sort()
}

describe('events become an answer', () => {
  const good: Record<string, [handler: () => unknown, text: string]> = {
    async_generator: [() => later<unknown>(sse('a'), sse('b')), 'data: a\n\ndata: b\n\n'],
    generator_function: [
      function* () {
        yield sse('a')
        yield 'no event'
        yield { n: 1 }
      },
      'data: a\n\ndata: no event\n\ndata: {"n":1}\n\n',
    ],
    array_of_a_stream: [() => stream([sse('a')] as unknown as string[]), 'data: a\n\n'],
    event_stream: [() => new EventStream(later<unknown>('a', sse('b'))), 'data: a\n\ndata: b\n\n'],
    event_stream_of_nothing: [() => new EventStream([]), ''],
    with_retry: [() => new EventStream(['a'], { retryMs: 7 }), 'retry: 7\n\ndata: a\n\n'],
    long: [() => later<unknown>(sse('x'.repeat(600_000))), `data: ${'x'.repeat(600_000)}\n\n`],
    tokens: [
      () => sseStream(later<unknown>('a', ' b\n')),
      'data: a\n\ndata:  b\ndata: \n\ndata: [DONE]\n\n',
    ],
    no_tokens: [() => sseStream([]), 'data: [DONE]\n\n'],
    tokens_of_a_web_stream: [
      () => new TokenStream(ReadableStream.from(['a'])),
      'data: a\n\ndata: [DONE]\n\n',
    ],
  }
  for (const [name, [handler, text]] of Object.entries(good)) {
    it(name, async () => {
      const app = new App({ log: 'off' })
      app.get('/', handler)
      app.get('/after', { after: (_request, reply) => void reply.headers.set('x-a', '1') }, handler)
      await serving(app, async (url) => {
        for (const path of ['/', '/after']) {
          const response = await fetch(url + path)
          assert.equal(response.status, 200)
          assert.equal(response.headers.get('content-type'), TYPE)
          assert.equal(response.headers.get('cache-control'), 'no-cache, no-transform')
          assert.equal(response.headers.get('x-a'), path === '/' ? null : '1')
          assert.equal(await response.text(), text)
        }
      })
    })
  }

  it('begins before the first event where it is an EventStream', async () => {
    const app = new App({ log: 'off' })
    let go: () => void = () => undefined
    const wanted = new Promise<void>((resolve) => (go = resolve))
    const pieces = async function* () {
      await wanted
      yield sse('a')
    }
    app.get('/', { after: () => undefined }, () => new EventStream(pieces()))
    await serving(app, async (url) => {
      const response = await fetch(url)
      assert.equal(response.headers.get('content-type'), TYPE)
      go()
      assert.equal(await response.text(), 'data: a\n\n')
    })
  })

  it('has comments while its source is silent', async () => {
    const app = new App({ log: 'off' })
    let go: () => void = () => undefined
    const wanted = new Promise<void>((resolve) => (go = resolve))
    const pieces = async function* () {
      await wanted
      yield sse('a')
    }
    app.get('/', () => new EventStream(pieces(), { heartbeatMs: 1 }))
    await serving(app, async (url) => {
      const reader = (await fetch(url)).body!.getReader()
      let text = ''
      const read = async (): Promise<boolean> => {
        const { value, done } = await reader.read()
        text += Buffer.from(value ?? []).toString()
        return !done
      }
      while (!text.includes(':\n\n:\n\n')) await read()
      go()
      while (await read());
      assert.match(text, /data: a\n\n$/)
    })
  })

  it('keeps the fields that are given', async () => {
    const app = new App({ log: 'off' })
    const headers = { 'Cache-Control': 'no-store', 'X-A': '1' }
    app.get('/', () => new EventStream(['a'], { headers }))
    await serving(app, async (url) => {
      const response = await fetch(url)
      assert.equal(response.headers.get('cache-control'), 'no-store')
      assert.equal(response.headers.get('x-a'), '1')
    })
  })

  it('keeps its status and type', async () => {
    const app = new App({ log: 'off' })
    const seen: unknown[] = []
    const look = (_request: unknown, reply: Reply): void => {
      seen.push(reply.status, reply.headers.get('content-type'), reply.body)
    }
    const retype = (_request: unknown, reply: Reply): void =>
      void reply.headers.set('Content-Type', 'text/plain')
    const restate = (_request: unknown, reply: Reply): void => void (reply.status = 201)
    app.get('/status', { after: restate }, () => new EventStream(['a']))
    app.get('/stream', () => stream([sse('a')] as unknown as string[], { status: 201 }))
    app.get('/type', { after: retype }, () => new EventStream(['a']))
    app.get('/typed', () => [sse('a')].values())
    app.get('/seen', { after: look }, () => [sse('a')].values())
    app.get(
      '/replaced',
      { after: (_request, reply) => void (reply.body = 'b') },
      () => new EventStream(['a']),
    )
    await serving(app, async (url) => {
      assert.equal((await fetch(`${url}/status`)).status, 500)
      assert.equal((await fetch(`${url}/stream`)).status, 500)
      assert.equal((await fetch(`${url}/type`)).status, 500)
      assert.equal((await fetch(`${url}/typed`)).status, 200)
      assert.equal((await fetch(`${url}/seen`)).status, 200)
      const replaced = await fetch(`${url}/replaced`)
      assert.equal(await replaced.text(), 'b')
      assert.equal(replaced.headers.get('content-type'), 'text/plain; charset=utf-8')
    })
    assert.deepEqual(seen, [200, TYPE, undefined])
  })

  const defaults: Record<string, () => unknown> = {
    'a generator': () => later(sse('a')),
    'pieces that are events': () => stream([sse('a')] as unknown as string[]),
    'an EventStream': () => new EventStream(['a']),
    tokens: () => sseStream(['a']),
  }
  for (const [name, handler] of Object.entries(defaults)) {
    it(`has the status 200 whatever its route says: ${name}`, async () => {
      const app = new App({ log: 'off' })
      const seen: unknown[] = []
      const look = (_request: unknown, reply: Reply): void => void seen.push(reply.status)
      app.get('/', { status: 201 }, handler)
      app.get('/after', { status: 201, after: look }, handler)
      app.get('/replaced', { status: 201, after: () => handler() }, () => 'x')
      await serving(app, async (url) => {
        for (const path of ['/', '/after', '/replaced']) {
          const response = await fetch(url + path)
          assert.equal(response.status, 200)
          assert.equal(response.headers.get('content-type'), TYPE)
          assert.match(await response.text(), /data: a\n/)
        }
      })
      assert.deepEqual(seen, [200])
    })
  }

  it('leaves the status of its route to what replaces it, and to other pieces', async () => {
    const app = new App({ log: 'off' })
    const replace = (_request: unknown, reply: Reply): void => void (reply.body = 'b')
    app.get('/', { status: 201, after: replace }, () => new EventStream(['a']))
    app.get('/pieces', { status: 201 }, () => later('a'))
    app.get('/after', { status: 201, after: () => undefined }, () => later('a'))
    app.get('/tokens', { status: 201 }, () => new TokenStream(['a'], { format: 'text' }))
    await serving(app, async (url) => {
      for (const path of ['/', '/pieces', '/after', '/tokens']) {
        const response = await fetch(url + path)
        assert.equal(response.status, 201)
        await response.text()
      }
    })
  })

  it('of an error handler has the status 200, too', async () => {
    const app = new App({ log: 'off' })
    app.onError(() => new EventStream(['sorry']))
    app.get('/', () => {
      throw errors.conflict()
    })
    await serving(app, async (url) => {
      const response = await fetch(url)
      assert.deepEqual([response.status, await response.text()], [200, 'data: sorry\n\n'])
    })
  })

  it('of a model that refuses is an ordinary error', async () => {
    const app = new App({ log: 'off' })
    const refuse = async function* (): AsyncGenerator<string> {
      await nextIteration()
      throw errors.tooManyRequests()
    }
    for (const format of ['sse', 'ndjson', 'text'] as const) {
      app.get(`/${format}`, () => new TokenStream(refuse(), { format }))
    }
    await serving(app, async (url) => {
      for (const format of ['sse', 'ndjson', 'text']) {
        assert.equal((await fetch(`${url}/${format}`)).status, 429)
      }
    })
  })

  it('runs no producer for HEAD', async () => {
    const app = new App({ log: 'off' })
    let asked = 0
    app.get('/', () => {
      const events = function* () {
        asked += 1
        yield sse('a')
      }
      return new EventStream(events())
    })
    await serving(app, async (url) => {
      const head = await fetch(url, { method: 'HEAD' })
      assert.equal(head.headers.get('content-type'), TYPE)
    })
    assert.equal(asked, 0)
  })

  it('tells what the client has seen last', async () => {
    const app = new App({ log: 'off' })
    app.get('/', ({ lastEventId }) => json(lastEventId ?? null))
    await serving(app, async (url) => {
      assert.equal(await (await fetch(url)).json(), null)
      const again = await fetch(url, { headers: { 'Last-Event-ID': '7 a' } })
      assert.equal(await again.json(), '7 a')
    })
  })
})

describe('a producer of events that fails', () => {
  const broken: Record<string, [handler: string, why: RegExp]> = {
    'a generator in the middle': [
      `function* () { yield sse('half'); throw new Error('kaput') }`,
      /kaput/,
    ],
    'an EventStream': [
      `() => new EventStream((function* () { yield 'half'; throw new Error('kaput') })())`,
      /kaput/,
    ],
    'tokens, which have no [DONE] then': [
      `() => sseStream((async function* () { yield 'half'; throw new Error('kaput') })())`,
      /kaput/,
    ],
    'an EventStream at once': [
      `() => new EventStream((async function* () { throw new Error('kaput') })())`,
      /kaput/,
    ],
    'undefined among events': [
      `() => new EventStream(['half', undefined])`,
      /TrivetError: .*undefined is no event/,
    ],
    'null among events': [
      `function* () { yield sse('half'); yield null }`,
      /TrivetError: .*null is no event/,
    ],
    'a token that is an object': [
      `() => sseStream(['half', { n: 1 }])`,
      /a token is text or bytes, not Object/,
    ],
    'a token of text that is null': [
      `() => new TokenStream(['half', null], { format: 'text' })`,
      /a token is text or bytes, not null/,
    ],
    'an event that cannot be said': [
      `function* () { yield sse('half'); yield sse('a', { id: 'kaput\\n' }) }`,
      /TrivetError: /,
    ],
  }
  for (const [name, [handler, why]] of Object.entries(broken)) {
    it(`breaks off: ${name}`, async () => {
      const { answer: got, log } = await logOf(`
        const { EventStream, sse, sseStream, TokenStream } = await import('trivet')
        app.get('/', ${handler})`)
      assert.match(got, /^HTTP\/1.1 200 /)
      assert.doesNotMatch(got, /\[DONE\]|0\r\n\r\n$/)
      assert.match(log, why)
      assert.equal(log.trim().split('\n').length, 1, log)
    })
  }

  it('before the first event of a generator is an ordinary error', async () => {
    const app = new App({ log: 'off' })
    app.onError((_request, error) => json((error as Error).message, { status: 418 }))
    app.get('/', async function* () {
      yield sse('a', { id: '\n' })
    })
    await serving(app, async (url) => {
      assert.equal((await fetch(url)).status, 418)
    })
  })

  it('an event that is no answer is an error', async () => {
    const app = new App({ log: 'off' })
    app.get('/', () => sse('a'))
    await serving(app, async (url) => {
      assert.equal((await fetch(url)).status, 500)
    })
  })
})

describe('TokenStream', () => {
  it('counts, in each format', async () => {
    const made: TokenStream[] = []
    const app = new App({ log: 'off' })
    for (const format of ['sse', 'ndjson', 'text'] as const) {
      app.get(`/${format}`, () => {
        const tokens = new TokenStream(later<unknown>('a', 'ü', ' \n'), { format })
        made.push(tokens)
        return tokens
      })
    }
    await serving(app, async (url) => {
      const texts = {
        sse: [TYPE, 'data: a\n\ndata: ü\n\ndata:  \ndata: \n\ndata: [DONE]\n\n'],
        ndjson: ['application/x-ndjson', '"a"\n"ü"\n" \\n"\n'],
        text: ['text/plain; charset=utf-8', 'aü \n'],
      }
      for (const [format, [type, text]] of Object.entries(texts)) {
        const response = await fetch(`${url}/${format}`)
        assert.equal(response.headers.get('content-type'), type)
        assert.equal(await response.text(), text)
      }
    })
    assert.deepEqual(
      made.map(({ count }) => count),
      [3, 3, 3],
    )
  })

  it('takes bytes as they are, and any value where they are lines of JSON', async () => {
    const app = new App({ log: 'off' })
    const [bom, bytes] = ['\ufeff', Buffer.from('ü')]
    app.get('/text', () => new TokenStream([bytes, 'a', Uint8Array.of(0xff)], { format: 'text' }))
    app.get('/sse', () => new TokenStream([bytes, Buffer.from(bom), new ArrayBuffer(0)]))
    app.get('/ndjson', () => new TokenStream([{ n: 1 }, null, 7], { format: 'ndjson' }))
    await serving(app, async (url) => {
      const got = async (path: string): Promise<string> => {
        const content = await (await fetch(`${url}/${path}`)).arrayBuffer()
        return Buffer.from(content).toString('latin1')
      }
      const latin = (text: string): string => Buffer.from(text).toString('latin1')
      assert.equal(await got('text'), `${latin('üa')}\xff`)
      assert.equal(await got('sse'), latin(`data: ü\n\ndata: ${bom}\n\ndata: \n\ndata: [DONE]\n\n`))
      assert.equal(await got('ndjson'), '{"n":1}\nnull\n7\n')
    })
  })

  it('begins with no token that is none', async () => {
    const app = new App({ log: 'off' })
    const wrong: unknown[] = [{ n: 1 }, 7, null, undefined, true, ['a'], sse('a')]
    const made: TokenStream[] = []
    const add = (path: string, token: unknown, format: 'sse' | 'text'): void => {
      const handler = (): TokenStream => {
        const tokens = new TokenStream(later<unknown>(token), { format })
        made.push(tokens)
        return tokens
      }
      app.get(path, handler)
      app.get(`${path}/after`, { after: () => undefined }, handler)
    }
    wrong.forEach((token, i) => {
      for (const format of ['sse', 'text'] as const) add(`/${format}/${String(i)}`, token, format)
    })
    add('/sse/bytes', Uint8Array.of(0xc3), 'sse')
    await serving(app, async (url) => {
      for (const { pattern } of app.routes()) {
        const response = await fetch(url + pattern)
        assert.equal(response.status, 500, pattern)
        const { detail } = (await response.json()) as { detail: string }
        assert.match(detail, pattern.includes('bytes') ? /not UTF-8/ : /a token is text or bytes/)
      }
    })
    assert.equal(made.length, 4 * wrong.length + 2)
    assert.ok(made.every(({ count }) => count === 0))
  })

  it('has the formats it has', () => {
    assert.throws(() => new TokenStream([], { format: 'xml' as 'sse' }), TrivetError)
    assert.throws(() => new TokenStream(7 as unknown as string[]), TypeError)
    assert.throws(() => new EventStream([], { heartbeatMs: -1 }), TrivetError)
    assert.throws(() => new EventStream([], { retryMs: 2 ** 31 }), TrivetError)
  })

  it('stops a source without an end when the client leaves, and counts no further', async () => {
    const app = new App({ log: 'off' })
    let [made, cleaned] = [0, 0]
    let tokens: TokenStream | undefined
    app.get('/', () => {
      // It knows of no signal: only who asks it can end it.
      const source = async function* () {
        try {
          for (;;) {
            made += 1
            yield 'a'
            await nextIteration()
          }
        } finally {
          cleaned += 1
        }
      }
      tokens = sseStream(source())
      return tokens
    })
    app.get('/other', () => 'x')
    await serving(app, async (url, server) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      let text = ''
      while (!text.includes('data: a\n\n')) text += String((await once(socket, 'data'))[0])
      socket.destroy()
      while (server.stats().requestsInFlight > 0) await nextIteration()
      // Each takes several turns of the loop, in any of which the source could go on.
      const pass = async (): Promise<void> => {
        for (let i = 0; i < 10; i++) await (await fetch(`${url}/other`)).text()
      }
      await pass()
      const stood = [tokens?.count, made, cleaned]
      await pass()
      assert.deepEqual([tokens?.count, made, cleaned], stood)
    })
    assert.equal(cleaned, 1)
    assert.ok(tokens!.count > 0 && made - tokens!.count <= 1)
  })

  it('waits for a slow client', async () => {
    const app = new App({ log: 'off' })
    let tokens: TokenStream | undefined
    app.get('/', () => {
      const source = function* () {
        for (let i = 0; i < 4000; i++) yield 'x'.repeat(16384)
      }
      tokens = sseStream(source())
      return tokens
    })
    app.get('/count', () => json(tokens?.count ?? 0))
    await serving(app, async (url, { port }) => {
      const socket = connect(port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
      await once(socket, 'readable')
      // As soon as two looks in a row see the same number, it stands still.
      let before = -1
      for (let now = 0; now !== before; ) {
        before = now
        for (let i = 0; i < 20; i++) now = Number(await (await fetch(`${url}/count`)).text())
      }
      assert.ok(before > 0 && before < 3000, String(before))
      for await (const part of socket) assert.ok((part as Buffer).length > 0)
    })
    assert.equal(tokens?.count, 4000)
  })
})

describe('the low level', () => {
  async function asked(use: (request: Request<unknown>) => void): Promise<string> {
    const app = new App({ log: 'off' })
    app.get('/', (request) => {
      use(request)
    })
    let text = ''
    await serving(app, async (_url, { port }) => {
      text = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    })
    return text
  }

  it('begins, sends and ends', async () => {
    const text = await asked((request) => {
      calls.begin(request, [['X-A', '1']], { retryMs: 9, heartbeatMs: 0 })
      assert.equal(calls.send(request, { a: 1 }, { event: 'e' }), false)
      assert.throws(
        () => calls.send(request, 'a', { id: '\n' }),
        (error) => error instanceof TrivetError && error.code === 'ERR_TRIVET_ARGUMENT',
      )
      assert.equal(calls.send(handleOf(request), 'b'), false)
      answer.write(request, calls.encode('c'))
      answer.end(request)
    })
    assert.match(text, /X-A: 1\r\n/)
    for (const part of ['retry: 9\n', 'event: e\ndata: {"a":1}\n', 'data: b\n', 'data: c\n']) {
      assert.ok(text.includes(part), part)
    }
  })

  it('fails before the begin and after the end', async () => {
    await asked((request) => {
      const code = (use: () => unknown): string => {
        try {
          use()
          return ''
        } catch (error) {
          return (error as TrivetError).code
        }
      }
      assert.equal(
        code(() => calls.send(request, 'a')),
        'ERR_TRIVET_STATE',
      )
      assert.equal(
        code(() => calls.begin(request, [['X-A', '\n']])),
        'ERR_TRIVET_HEADER',
      )
      calls.begin(request)
      assert.equal(
        code(() => calls.begin(request)),
        'ERR_TRIVET_STATE',
      )
      const handle = handleOf(request)
      answer.end(request)
      assert.equal(
        code(() => calls.send(handle, 'a')),
        'ERR_TRIVET_STALE',
      )
    })
  })
})
