import assert from 'node:assert/strict'
import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises'
import {
  App,
  empty,
  errors,
  html,
  json,
  problem,
  redirect,
  Reply,
  text,
  type AfterHook,
  type BeforeHook,
  type Request,
} from 'trivet'
import { reply as lowlevel } from 'trivet/lowlevel'
import { burst, serving } from './support.js'

/** Hooks that write down when they run. */
class Trace {
  readonly lines: string[] = []

  before(name: string, result?: unknown): BeforeHook {
    return () => {
      this.lines.push(`before ${name}`)
      return result
    }
  }

  after(name: string): AfterHook {
    return () => {
      this.lines.push(`after ${name}`)
    }
  }

  take(): string[] {
    return this.lines.splice(0)
  }
}

function later(hook: BeforeHook): BeforeHook {
  return async (request) => {
    await nextIteration()
    return hook(request)
  }
}

async function get(url: string, path = '/'): Promise<[number, string]> {
  const response = await fetch(url + path)
  return [response.status, await response.text()]
}

describe('hooks run', () => {
  it('from the outside to the inside and back, whenever they were added', async () => {
    const trace = new Trace()
    const app = new App()
    app.before(trace.before('app 1'))
    app.get('/early', () => 'early')
    const outer = app.group('/outer', {
      before: trace.before('outer'),
      after: trace.after('outer'),
    })
    const inner = outer.group('/inner')
    const own = {
      before: [trace.before('route 1'), later(trace.before('route 2'))],
      after: [trace.after('route 1'), trace.after('route 2')],
    }
    inner.get('/x', own, () => {
      trace.lines.push('handler')
      return 'x'
    })
    inner.before(trace.before('inner 1'), trace.before('inner 2')).after(trace.after('inner'))
    app.before(trace.before('app 2')).after(trace.after('app 1'), trace.after('app 2'))
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/outer/inner/x'), [200, 'x'])
      assert.deepEqual(trace.take(), [
        'before app 1',
        'before app 2',
        'before outer',
        'before inner 1',
        'before inner 2',
        'before route 1',
        'before route 2',
        'handler',
        'after route 2',
        'after route 1',
        'after inner',
        'after outer',
        'after app 2',
        'after app 1',
      ])
      assert.deepEqual(await get(url, '/early'), [200, 'early'])
      assert.deepEqual(trace.take(), ['before app 1', 'before app 2', 'after app 2', 'after app 1'])
    })
  })

  it('until one answers; the after hooks of the route run all the same', async () => {
    for (const wrap of [(hook: BeforeHook) => hook, later]) {
      const trace = new Trace()
      const app = new App()
      const group = app.group('/g', { before: trace.before('g'), after: trace.after('g') })
      const before = [wrap(trace.before('stops', json({ stopped: true }, { status: 403 })))]
      const own = { before: [...before, trace.before('never')], after: trace.after('route') }
      group.get('', own, () => 'never')
      await serving(app, async (url) => {
        assert.deepEqual(await get(url, '/g'), [403, '{"stopped":true}'])
        assert.deepEqual(trace.take(), ['before g', 'before stops', 'after route', 'after g'])
      })
    }
  })

  it('where any result but nothing is an answer, by the usual rules', async () => {
    const app = new App()
    const results = { text: 'text', zero: 0, no: false, list: [1], gone: empty(410), null: null }
    for (const [name, result] of Object.entries(results)) {
      app.get(`/${name}`, { before: () => result }, () => 'handler')
      app.get(`/later/${name}`, { before: () => Promise.resolve(result) }, () => 'handler')
    }
    await serving(app, async (url) => {
      for (const prefix of ['', '/later']) {
        assert.deepEqual(await get(url, `${prefix}/text`), [200, 'text'])
        assert.deepEqual(await get(url, `${prefix}/zero`), [200, '0'])
        assert.deepEqual(await get(url, `${prefix}/no`), [200, 'false'])
        assert.deepEqual(await get(url, `${prefix}/list`), [200, '[1]'])
        assert.deepEqual(await get(url, `${prefix}/gone`), [410, ''])
        assert.deepEqual(await get(url, `${prefix}/null`), [200, 'handler'])
      }
    })
  })

  it('with the state of their request alone', async () => {
    const app = new App()
    app.get(
      '/{name}',
      {
        before: [
          ({ params, state }) => {
            assert.deepEqual(Object.keys(state), [])
            state['name'] = params.name
          },
          later(() => undefined),
        ],
        after: ({ state }, reply) => {
          reply.headers.set('x-name', String(state['name']))
        },
      },
      async ({ state }) => {
        await nextIteration()
        return state['name']
      },
    )
    await serving(app, async (url) => {
      const names = Array.from({ length: 20 }, (_, i) => `n${String(i)}`)
      await Promise.all(
        names.map(async (name) => {
          const response = await fetch(`${url}/${name}`)
          assert.equal(response.headers.get('x-name'), name)
          assert.equal(await response.text(), name)
        }),
      )
    })
  })

  it('for requests without a route when the app has them', async () => {
    const trace = new Trace()
    const app = new App({ bodyBytesMax: 10 })
    app.before(trace.before('app'), ({ route }) => {
      trace.lines.push(route?.pattern ?? 'no route')
    })
    app.after((_request, reply) => {
      reply.headers.set('x-after', 'app')
      trace.lines.push(`after ${String(reply.status)}`)
    })
    app.group('/g', { before: trace.before('group') }).post('', ({ text }) => text())
    await serving(app, async (url) => {
      const missing = await fetch(`${url}/g/none`)
      assert.equal(missing.status, 404)
      assert.equal(missing.headers.get('x-after'), 'app')
      assert.equal(missing.headers.get('content-type'), 'application/problem+json')
      assert.deepEqual(trace.take(), ['before app', 'no route', 'after 404'])
      const wrong = await fetch(`${url}/g`)
      assert.equal(wrong.status, 405)
      assert.match(wrong.headers.get('allow')!, /POST/)
      assert.deepEqual(trace.take(), ['before app', 'no route', 'after 405'])
      const large = await fetch(`${url}/g`, { method: 'POST', body: '12345678901' })
      assert.equal(large.status, 413)
      assert.deepEqual(trace.take(), ['before app', 'no route', 'after 413'])
      const right = await fetch(`${url}/g`, { method: 'POST', body: 'fits' })
      assert.equal(await right.text(), 'fits')
      assert.deepEqual(trace.take(), ['before app', '/g', 'before group', 'after 200'])
    })
  })

  it('and cannot be added late, nor be anything but functions', async () => {
    const app = new App()
    const group = app.group('/g')
    const code = (expected: string) => ({ code: expected })
    assert.throws(() => app.before('x' as never), code('ERR_TRIVET_ARGUMENT'))
    assert.throws(() => group.after({} as never), code('ERR_TRIVET_ARGUMENT'))
    assert.throws(
      () => app.get('/x', { before: [1] as never }, () => 'x'),
      code('ERR_TRIVET_ARGUMENT'),
    )
    assert.throws(() => app.group('/x', { after: 1 as never }), code('ERR_TRIVET_ARGUMENT'))
    assert.deepEqual(app.routes(), [])
    await serving(app, () => {
      assert.throws(() => app.before(() => 1), code('ERR_TRIVET_STATE'))
      assert.throws(() => group.after(() => 1), code('ERR_TRIVET_STATE'))
      return Promise.resolve()
    })
  })
})

describe('an after hook', () => {
  interface Changed {
    readonly status: number
    readonly headers: Headers
    readonly content: string
  }

  /** What the client gets when a hook changes an answer. */
  async function changed(result: () => unknown, ...after: AfterHook[]): Promise<Changed> {
    const app = new App({ log: 'off' })
    app.get('/', { after }, result)
    let answer: Changed | undefined
    await serving(app, async (url) => {
      const response = await fetch(url, { redirect: 'manual' })
      const { status, headers } = response
      answer = { status, headers, content: await response.text() }
    })
    return answer!
  }

  it('sees what any answer is in the end', async () => {
    const seen: unknown[] = []
    const look: AfterHook = (_request, { status, headers, body }) => {
      seen.push([status, headers.get('Content-Type'), body])
    }
    await changed(() => 'text', look)
    await changed(() => ({ a: 1 }), look)
    await changed(() => undefined, look)
    await changed(() => html('<p>'), look)
    await changed(() => problem(418, 'short'), look)
    await changed(() => redirect('/x'), look)
    await changed(() => Buffer.from('AB'), look)
    await changed(() => Promise.reject(errors.conflict('again')), look)
    await changed(() => Promise.reject(new Error('secret')), look)
    const about = '"type":"about:blank"'
    assert.deepEqual(seen, [
      [200, 'text/plain; charset=utf-8', 'text'],
      [200, 'application/json', '{"a":1}'],
      [204, undefined, undefined],
      [200, 'text/html; charset=utf-8', '<p>'],
      [
        418,
        'application/problem+json',
        `{${about},"title":"I'm a Teapot","status":418,"detail":"short"}`,
      ],
      [303, undefined, undefined],
      [200, 'application/octet-stream', Buffer.from('AB')],
      [
        409,
        'application/problem+json',
        `{${about},"title":"Conflict","status":409,"detail":"again"}`,
      ],
      [500, 'application/problem+json', `{${about},"title":"Internal Server Error","status":500}`],
    ])
  })

  it('changes status, fields and content in place', async () => {
    const response = await changed(
      () => json({ a: 1 }, { headers: { 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'] } }),
      (_request, reply) => {
        reply.status = 299
        reply.headers.set('x-a', '2').append('Set-Cookie', 'c=3').set('X-B', ['3', '4'])
        reply.body = { was: JSON.parse(reply.body as string) as unknown }
      },
    )
    assert.equal(response.status, 299)
    assert.equal(response.content, '{"was":{"a":1}}')
    assert.equal(response.headers.get('x-a'), '2')
    assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2', 'c=3'])
    assert.equal(response.headers.get('x-b'), '3, 4')
    assert.equal(response.headers.get('content-type'), 'application/json')
  })

  it('gives another answer, at once or later', async () => {
    for (const wrap of [(value: unknown) => value, (value: unknown) => Promise.resolve(value)]) {
      const other = await changed(
        () => 'first',
        () => wrap(text('second', { status: 202 })),
        () => wrap(undefined),
      )
      assert.deepEqual([other.status, other.content], [202, 'second'])
      const plain = await changed(
        () => empty(404),
        () => wrap({ found: false }),
      )
      assert.deepEqual([plain.status, plain.content], [200, '{"found":false}'])
    }
  })

  it('changes its own copy of an answer that many requests share', async () => {
    const shared = text('shared', { headers: { 'X-Count': '0' } })
    const app = new App()
    let count = 0
    const after: AfterHook = (_request, reply) => {
      assert.equal(reply.body, 'shared')
      reply.headers.set('x-count', String(++count))
      reply.body = `${String(count)}`
    }
    app.get('/', { after }, () => shared)
    await serving(app, async (url) => {
      for (const expected of ['1', '2', '3']) {
        const response = await fetch(url)
        assert.equal(await response.text(), expected)
        assert.equal(response.headers.get('x-count'), expected)
      }
    })
  })

  it('adds fields to problems, failures and redirects as to any other answer', async () => {
    const add: AfterHook = (_request, reply) => {
      reply.headers.append('X-After', 'hook')
    }
    const cases: [() => unknown, number, string][] = [
      [() => problem(418, 'ü'), 418, '"detail":"ü"'],
      [
        () => Promise.reject(errors.tooManyRequests('slow', { headers: { 'Retry-After': '7' } })),
        429,
        'slow',
      ],
      [() => Promise.reject(new Error('secret')), 500, 'Internal Server Error'],
      [() => new Map(), 500, 'Map'],
      [() => redirect('/x', 308), 308, ''],
    ]
    for (const [result, status, body] of cases) {
      const response = await changed(result, add)
      assert.equal(response.status, status)
      assert.equal(response.headers.get('x-after'), 'hook')
      assert.ok(response.content.includes(body), response.content)
      if (status === 429) assert.equal(response.headers.get('retry-after'), '7')
      if (status === 308) assert.equal(response.headers.get('location'), '/x')
      else assert.equal(response.headers.get('content-type'), 'application/problem+json')
    }
  })

  it('gives problem details another type, status or content', async () => {
    const typed = await changed(
      () => problem(404, 'gone'),
      (_request, reply) => {
        reply.headers.set('Content-Type', 'application/vnd.own+json')
      },
    )
    assert.equal(typed.headers.get('content-type'), 'application/vnd.own+json')
    assert.match(typed.content, /"detail":"gone"/)
    const hidden = await changed(
      () => problem(404, 'gone'),
      (_request, reply) => {
        reply.status = 410
        reply.body = undefined
      },
    )
    assert.deepEqual([hidden.status, hidden.content], [410, ''])
    assert.equal(hidden.headers.get('content-type'), null)
  })

  it('that fails ends in a new answer for the hooks behind it', async () => {
    const add =
      (name: string): AfterHook =>
      (_request, reply) => {
        reply.headers.append('x-after', name)
      }
    const fails: AfterHook[] = [
      () => {
        throw errors.badGateway('hook')
      },
      () => Promise.reject(errors.badGateway('hook')),
    ]
    for (const fail of fails) {
      const response = await changed(() => 'x', add('outer'), fail, add('inner'))
      assert.equal(response.status, 502)
      assert.equal(response.headers.get('x-after'), 'outer')
      assert.match(response.content, /"detail":"hook"/)
    }
  })

  it('cannot split the answer', async () => {
    for (const result of [() => 'x', () => problem(404), () => redirect('/x')]) {
      const response = await changed(result, (_request, reply) => {
        reply.headers.set('x-split', 'a\r\nx-injected: b')
      })
      assert.equal(response.status, 500)
      assert.equal(response.headers.get('x-split'), null)
      assert.equal(response.headers.get('x-injected'), null)
    }
  })
})

describe('beside handlers', () => {
  it('makes no promise while no hook gives one', async () => {
    const app = new App()
    let promises = 0
    const hook = createHook({
      init(_id, type) {
        if (type === 'PROMISE') promises += 1
      },
    })
    app.before(() => {
      hook.enable()
    })
    app.get('/', { before: () => undefined, after: () => undefined }, () => ({ a: 1 }))
    app.get('/async', { before: async () => undefined }, () => ({ a: 1 }))
    app.after(() => {
      hook.disable()
    })
    await serving(app, async (url) => {
      assert.deepEqual(await get(url), [200, '{"a":1}'])
      assert.equal(promises, 0)
      assert.deepEqual(await get(url, '/async'), [200, '{"a":1}'])
      assert.ok(promises > 0)
    })
  })

  it('shows the handler what a hook entered into AsyncLocalStorage, and no other', async () => {
    const storage = new AsyncLocalStorage<string>()
    const app = new App()
    const enter: BeforeHook = ({ params }) => {
      storage.enterWith(String(params['name']))
    }
    const enterLater: BeforeHook = async ({ params }) => {
      storage.enterWith(String(params['name']))
      await nextIteration()
    }
    const look: AfterHook = (_request, reply) => {
      reply.body = `${String(reply.body)} ${String(storage.getStore())}`
    }
    const see = (): string => storage.getStore() ?? 'nothing'
    app.get('/ready', () => 'ready')
    app.get('/see', see)
    app.get('/see/hooked', { after: () => undefined }, see)
    app.get('/a/{name}', { before: enter, after: look }, see)
    app.get('/b/{name}', { before: enterLater, after: look }, async () => {
      await nextIteration()
      return see()
    })
    await serving(app, async (_url, { port }) => {
      for (let round = 0; round < 3; round++) {
        const paths = ['/a/1', '/see', '/b/2', '/see/hooked', '/a/3', '/see', '/b/4', '/see']
        const seen = ['1 1', 'nothing', '2 2', 'nothing', '3 3', 'nothing', '4 4', 'nothing']
        assert.deepEqual(await burst(port, paths), seen)
      }
    })
  })

  it('tells hooks through the signal that the client has gone', async () => {
    const app = new App({ log: 'off' })
    const events: string[] = []
    let told = (): void => undefined
    const done = new Promise<void>((resolve) => (told = resolve))
    let waits = (): void => undefined
    const waiting = new Promise<void>((resolve) => (waits = resolve))
    const before: BeforeHook = async ({ signal }) => {
      signal.addEventListener('abort', () => events.push('aborted'))
      waits()
      await sleep(60_000, undefined, { signal })
    }
    const after: AfterHook = (_request, { status }) => {
      events.push(`after ${String(status)}`)
      told()
    }
    app.get('/', { before, after }, () => events.push('never'))
    await serving(app, async (_url, { port }) => {
      const socket = connect(port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await waiting
      socket.destroy()
      await done
      assert.deepEqual(events, ['aborted', 'after 499'])
    })
  })

  it('leaves no rejection of a hook unhandled', async () => {
    const unhandled: unknown[] = []
    const listener = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listener)
    const app = new App({ log: 'off' })
    const fail = (): Promise<never> => Promise.reject(new Error('hook'))
    const failLater = async (): Promise<never> => {
      await nextIteration()
      throw new Error('hook')
    }
    app.get('/before', { before: fail, after: [fail, failLater] }, () => 'x')
    app.get('/later', { before: failLater }, () => 'x')
    app.get('/handler', { after: failLater }, fail)
    const answerAndFail = (request: Request): Promise<never> => {
      lowlevel.text(request, 200, 'answered')
      return fail()
    }
    app.get('/answered', { before: answerAndFail, after: fail }, () => 'x')
    app.onError(() => fail())
    await serving(app, async (url) => {
      assert.equal((await get(url, '/before'))[0], 500)
      assert.equal((await get(url, '/later'))[0], 500)
      assert.equal((await get(url, '/handler'))[0], 500)
      assert.deepEqual(await get(url, '/answered'), [200, 'answered'])
      assert.equal((await get(url, '/nowhere'))[0], 500)
      await sleep(10)
    })
    process.off('unhandledRejection', listener)
    assert.deepEqual(unhandled, [])
  })

  it('stops when the low level has answered, and changes that no more', async () => {
    const app = new App({ log: 'off' })
    const trace = new Trace()
    const answer: BeforeHook = (request) => {
      lowlevel.text(request, 202, 'low')
    }
    const after = trace.after('after')
    app.get('/before', { before: [answer, trace.before('never')], after }, () => 'never')
    app.get('/later', { before: [later(answer), trace.before('never')], after }, () => 'never')
    app.get('/handler', { after }, (request) => {
      lowlevel.text(request, 202, 'low')
    })
    await serving(app, async (url) => {
      for (const path of ['/before', '/later', '/handler']) {
        assert.deepEqual(await get(url, path), [202, 'low'])
      }
      assert.deepEqual(trace.take(), [])
    })
  })

  it('finishes hooks that are in flight when the server drains', async () => {
    const app = new App()
    let release = (): void => undefined
    let arrived = (): void => undefined
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    const after: AfterHook = async () => {
      arrived()
      await new Promise<void>((resolve) => (release = resolve))
    }
    app.get('/', { after }, () => new Reply('drained', { headers: { 'X-A': '1' } }))
    await serving(app, async (url, server) => {
      const answer = get(url)
      await arrival
      const closed = server.close()
      release()
      assert.deepEqual(await answer, [200, 'drained'])
      await closed
    })
  })

  it('does no harm when the server is closed by force in the middle', async () => {
    const app = new App({ log: 'off' })
    const releases: (() => void)[] = []
    const hang = (): Promise<void> => new Promise((resolve) => releases.push(resolve))
    let arrived = (): void => undefined
    const arrival = new Promise<void>((resolve) => (arrived = resolve))
    app.get('/before', { before: hang, after: () => undefined }, () => 'x')
    app.get('/after', { after: hang }, () => {
      arrived()
      return 'x'
    })
    const server = await app.listen({ port: 0, banner: false, signals: false })
    const sockets = ['/before', '/after'].map((path) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
      return once(
        socket.resume().on('error', () => undefined),
        'close',
      )
    })
    await arrival
    while (releases.length < 2) await nextIteration()
    await server.close({ force: true })
    await Promise.all(sockets)
    for (const release of releases) release()
    await nextIteration()
  })
})
