// Hubs of events.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import {
  App,
  EventHub,
  sse,
  TrivetError,
  type EventHubOptions,
  type EventInit,
  type Reply,
  type Server,
} from 'trivet'
import { sse as calls } from 'trivet/lowlevel'
import { serving } from './support.js'

/** A client that listens, and keeps all that it has heard. */
class Client {
  text = ''
  readonly socket: Socket

  constructor(port: number, fields = '') {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setEncoding('utf8')
    this.socket.on('error', () => undefined)
    this.socket.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`)
  }

  /** Reads until the text is there, or the connection ends. */
  async until(part: string): Promise<string> {
    if (this.text.includes(part)) return this.text
    for await (const piece of this.socket.iterator({ destroyOnReturn: false })) {
      this.text += String(piece)
      if (this.text.includes(part)) break
    }
    return this.text
  }

  /** What events had as data when the answer has ended. */
  async all(): Promise<string[]> {
    return [...(await this.until('nothing that comes')).matchAll(/data: (.*)\n/g)].map(
      ([, data]) => data!,
    )
  }
}

async function subscribe(port: number, fields = ''): Promise<Client> {
  const client = new Client(port, fields)
  assert.match(await client.until('\r\n\r\n'), /^HTTP\/1.1 200 /)
  return client
}

/** A hub that is served at /. */
async function hubbing(
  options: EventHubOptions,
  use: (hub: EventHub, port: number, server: Server) => Promise<void>,
): Promise<void> {
  const app = new App({ log: 'off' })
  const hub = new EventHub(app, options)
  app.get('/', (request) => hub.stream(request))
  await serving(app, (_url, server) => use(hub, server.port, server))
}

describe('a hub', () => {
  it('sends what is published to all who listen', async () => {
    await hubbing({}, async (hub, port) => {
      const clients = await Promise.all([1, 2, 3].map(() => subscribe(port)))
      hub.publish('one')
      hub.publish({ n: 2 }, { event: 'tick', comment: 'c', retry: 7 })
      hub.publish(sse('three', { event: 'tock' }))
      assert.equal(hub.info().subscribers, 3)
      assert.equal(hub.info().publishedTotal, 3)
      hub.close()
      for (const client of clients) {
        assert.deepEqual(await client.all(), ['one', '{"n":2}', 'three'])
        for (const part of [': c\n', 'event: tick\n', 'retry: 7\n', 'event: tock\n']) {
          assert.ok(client.text.includes(part), part)
        }
      }
    })
  })

  it('keeps what a client has missed', async () => {
    await hubbing({ ownIds: true, history: 3 }, async (hub, port) => {
      for (const id of [1, 2, 3, 4]) hub.publish(`event ${String(id)}`, { id })
      assert.equal(hub.info().historyEvents, 3)
      const known = await subscribe(port, 'Last-Event-ID: 3\r\n')
      const unknown = await subscribe(port, 'Last-Event-ID: x\r\n')
      const other = await subscribe(port)
      hub.publish('event 5', { id: 5 })
      hub.close()
      assert.deepEqual(await known.all(), ['event 4', 'event 5'])
      assert.deepEqual(await unknown.all(), ['event 2', 'event 3', 'event 4', 'event 5'])
      assert.deepEqual(await other.all(), ['event 5'])
      assert.equal(hub.isClosed, true)
    })
  })

  it('takes another last event than the client says', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(app, { ownIds: true })
    app.get('/', (request) => hub.stream(request, { lastEventId: '1', headers: { 'X-A': '1' } }))
    for (const id of ['1', '2']) hub.publish(`event ${id}`, { id })
    await serving(app, async (url) => {
      const response = await fetch(url, { headers: { 'Last-Event-ID': '2' } })
      assert.equal(response.headers.get('x-a'), '1')
      assert.equal(response.headers.get('content-type'), 'text/event-stream')
      hub.close()
      assert.match(await response.text(), /^id: 2\ndata: event 2\n\n$/)
    })
  })

  it('may have a short history: other limits follow', () => {
    const hub = new EventHub(new App({ log: 'off' }), { historyBytes: 1024 })
    assert.throws(() => hub.publish('x'.repeat(1024)), { code: 'ERR_TRIVET_LIMIT' })
    hub.publish('x'.repeat(900))
    assert.equal(hub.info().historyEvents, 1)
  })

  it('has the status 200 whatever its route says', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(app)
    const seen: number[] = []
    const look = (_request: unknown, reply: Reply): void => void seen.push(reply.status)
    app.get('/', { status: 201 }, (request) => hub.stream(request))
    app.get('/after', { status: 201, after: look }, (request) => hub.stream(request))
    await serving(app, async (url) => {
      const responses = [await fetch(url), await fetch(`${url}/after`)]
      hub.publish('a')
      hub.close()
      for (const response of responses) {
        assert.equal(response.status, 200)
        assert.match(await response.text(), /data: a\n/)
      }
    })
    assert.deepEqual(seen, [200])
  })

  it('is closed again without a word, whoever was first', async () => {
    const hub = new EventHub(new App({ log: 'off' }))
    calls.closeHub(hub.handle)
    assert.equal(hub.isClosed, false)
    hub.close()
    hub.close()
    assert.equal(hub.isClosed, true)
    await hubbing({}, async (served, _port, server) => {
      await server.close()
      served.close()
      served.close()
    })
  })

  it('forgets clients that leave', async () => {
    await hubbing({}, async (hub, port) => {
      const [one, two] = await Promise.all([subscribe(port), subscribe(port)])
      one.socket.destroy()
      while (hub.info().subscribers > 1) await nextIteration()
      hub.publish('a')
      assert.match(await two.until('data: a\n\n'), /data: a/)
      two.socket.destroy()
      while (hub.info().subscribers > 0) await nextIteration()
      assert.equal(hub.info().subscribersTotal, 2)
    })
  })

  it('ends with the drain of its server, and its events do', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(app)
    app.get('/', (request) => hub.stream(request))
    const server = await app.listen({ port: 0, banner: false, signals: false })
    const response = await fetch(server.url)
    hub.publish('last')
    const closing = server.close()
    assert.match(await response.text(), /data: last\n/)
    await closing
  })

  it('sees after hooks, which may add fields, and answers before hooks', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(app)
    const seen: unknown[] = []
    app.after((_request, reply) => {
      seen.push(reply.status, reply.body)
      reply.headers.set('x-hook', '1')
    })
    app.get('/', (request) => hub.stream(request))
    app.get('/other', { after: () => 'other' }, (request) => hub.stream(request))
    await serving(app, async (url) => {
      const response = await fetch(url)
      assert.equal(response.headers.get('x-hook'), '1')
      assert.equal(await (await fetch(`${url}/other`)).text(), 'other')
      assert.equal(hub.info().subscribersTotal, 1)
      hub.close()
      assert.equal(await response.text(), '')
    })
    assert.deepEqual(seen, [200, undefined, 200, 'other'])
  })

  it('gives HEAD the head alone', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(app)
    app.get('/', (request) => hub.stream(request))
    await serving(app, async (url) => {
      const head = await fetch(url, { method: 'HEAD' })
      assert.equal(head.headers.get('content-type'), 'text/event-stream')
      assert.equal(hub.info().subscribers, 0)
    })
  })

  // What is published within one turn waits for its end, however fast the clients are.
  const limits = { historyBytes: 65536, eventBytesMax: 16384, clientBytesMax: 32768 }
  const long = 'x'.repeat(16000)

  it('has a slow client miss the oldest', async () => {
    await hubbing(limits, async (hub, port) => {
      const client = await subscribe(port)
      for (let i = 0; i < 10; i++) hub.publish(`${String(i)} ${long}`)
      hub.publish('last')
      assert.match(await client.until('data: last\n'), /data: 9 /)
      assert.doesNotMatch(client.text, /data: [0-6] /)
      assert.ok(hub.info().droppedTotal >= 7)
      client.socket.destroy()
    })
  })

  it('has a slow client miss what was superseded first', async () => {
    await hubbing({ ...limits, policy: 'coalesce' }, async (hub, port) => {
      const client = await subscribe(port)
      hub.publish(long, { event: 'rare' })
      hub.publish(`0 ${long}`, { key: 'often' })
      hub.publish(sse(`1 ${long}`, { key: 'often' }))
      hub.publish(`2 ${long}`, { key: 'often' })
      hub.publish('last', { key: 'once' })
      assert.match(await client.until('data: last\n'), /event: rare\n/)
      assert.match(client.text, /data: 2 /)
      assert.doesNotMatch(client.text, /data: [01] /)
      const { supersededTotal, droppedTotal } = hub.info()
      assert.deepEqual([supersededTotal, droppedTotal], [2, 0])
      client.socket.destroy()
    })
  })

  it('closes a slow client by its policy', async () => {
    await hubbing({ ...limits, policy: 'close' }, async (hub, port) => {
      const client = await subscribe(port)
      for (let i = 0; i < 10; i++) hub.publish(long)
      await client.until('nothing that comes')
      assert.equal(hub.info().closedTotal, 1)
      while (hub.info().subscribers > 0) await nextIteration()
    })
  })

  it('is published to by other threads', async () => {
    await hubbing({}, async (hub, port) => {
      const client = await subscribe(port)
      const code = `
        const { workerData } = require('node:worker_threads')
        import(workerData.module).then(({ sse }) => sse.publish(workerData.hub, { from: 'there' }))`
      const module = import.meta.resolve('trivet/lowlevel')
      const worker = new Worker(code, { eval: true, workerData: { module, hub: hub.handle } })
      assert.match(await client.until('}\n\n'), /data: \{"from":"there"\}/)
      await worker.terminate()
      client.socket.destroy()
    })
  })

  it('serves the loops of a process', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(app)
    app.get('/', (request) => hub.stream(request))
    await serving(app, async (_url, one) => {
      await serving(app, async (_other, two) => {
        const clients = [await subscribe(one.port), await subscribe(two.port)]
        hub.publish('a')
        for (const client of clients) {
          assert.match(await client.until('a\n\n'), /data: a/)
          client.socket.destroy()
        }
      })
    })
  })
})

describe('a hub refuses', () => {
  const options: Record<string, EventHubOptions> = {
    'another policy': { policy: 'drop' as 'close' },
    'no history': { history: 0 },
    'half an event': { history: 1.5 },
    'a negative time': { heartbeatMs: -1 },
    'a time too long': { retryMs: 2 ** 31 },
    'events larger than all': { historyBytes: 1024, eventBytesMax: 2048 },
  }
  for (const [name, wrong] of Object.entries(options)) {
    it(`the option ${name}`, () => {
      assert.throws(
        () => new EventHub(new App({ log: 'off' }), wrong),
        (error) => error instanceof TrivetError && error.code === 'ERR_TRIVET_ARGUMENT',
      )
    })
  }

  it('what cannot be said, is too long, or has an id where it numbers', () => {
    const hub = new EventHub(new App({ log: 'off' }), { eventBytesMax: 100 })
    const code = (use: () => void): unknown => {
      try {
        use()
        return ''
      } catch (error) {
        return (error as TrivetError).code
      }
    }
    assert.equal(
      code(() => hub.publish(undefined)),
      'ERR_TRIVET_ARGUMENT',
    )
    assert.equal(
      code(() => hub.publish('a', { id: 1 })),
      'ERR_TRIVET_ARGUMENT',
    )
    assert.equal(
      code(() => hub.publish('a', { event: '\n' })),
      'ERR_TRIVET_ARGUMENT',
    )
    assert.equal(
      code(() => hub.publish('x'.repeat(100))),
      'ERR_TRIVET_LIMIT',
    )
    assert.throws(() => hub.publish(1n), TypeError)
    hub.close()
    hub.close()
    assert.equal(
      code(() => hub.publish('a')),
      'ERR_TRIVET_STALE',
    )
    assert.equal(
      code(() => hub.info()),
      'ERR_TRIVET_STALE',
    )
    assert.equal(
      code(() => calls.closeHub(hub.handle)),
      'ERR_TRIVET_STALE',
    )
  })

  it('one client more than it may have, and all when it is closed, with 503', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(app, { subscribersMax: 1 })
    const after = new EventHub(app)
    app.get('/', (request) => hub.stream(request))
    app.get('/now', (request) => {
      hub.subscribe(request)
    })
    app.get('/after', (request) => {
      const answer = after.stream(request)
      after.close()
      return answer
    })
    await serving(app, async (url) => {
      const first = await fetch(url)
      for (const path of ['/', '/now', '/after']) {
        const response = await fetch(url + path)
        assert.equal(response.status, 503)
        assert.equal(response.headers.get('content-type'), 'application/problem+json')
      }
      hub.close()
      await first.text()
      for (const path of ['/', '/now']) assert.equal((await fetch(url + path)).status, 503)
    })
  })

  it('a status of its own, and fields that are none', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(app)
    const restate = (_request: unknown, reply: Reply): void => void (reply.status = 201)
    app.get('/status', { after: restate }, (request) => hub.stream(request))
    app.get('/field', (request) => hub.stream(request, { headers: { 'X-A': '\n' } }))
    await serving(app, async (url) => {
      assert.equal((await fetch(`${url}/status`)).status, 500)
      assert.equal((await fetch(`${url}/field`)).status, 500)
      assert.equal(hub.info().subscribers, 0)
    })
  })

  it('fields beside an event, which has its own', () => {
    const hub = new EventHub(new App({ log: 'off' }), { ownIds: true })
    const fields: EventInit[] = [
      { id: 1 },
      { event: 'e' },
      { retry: 0 },
      { comment: '' },
      { key: 'k' },
    ]
    for (const init of fields) {
      assert.throws(() => hub.publish(sse('a'), init), { code: 'ERR_TRIVET_ARGUMENT' })
    }
    assert.equal(hub.info().publishedTotal, 0)
    hub.publish(sse('a', { id: 1, event: 'e', retry: 0, comment: '', key: 'k' }))
    hub.publish(sse('b', { id: 2 }), {})
    assert.equal(hub.info().publishedTotal, 2)
    assert.throws(() => sse('a', { key: 7 as unknown as string }), TypeError)
  })

  it('a request that is answered, and one of another app', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(new App({ log: 'off' }))
    const codes: unknown[] = []
    app.get('/', (request) => {
      try {
        hub.subscribe(request)
      } catch (error) {
        codes.push((error as TrivetError).code)
      }
      return 'a'
    })
    await serving(app, async (url) => {
      assert.equal(await (await fetch(url)).text(), 'a')
    })
    assert.deepEqual(codes, ['ERR_TRIVET_ARGUMENT'])
  })
})
