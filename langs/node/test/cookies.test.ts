// Cookies to set.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  App,
  empty,
  errors,
  EventHub,
  EventStream,
  HttpError,
  json,
  ndjson,
  problem,
  redirect,
  Reply,
  sse,
  sseStream,
  stream,
  text,
  TrivetError,
  type CookieOptions,
} from 'trivet'
import { reply as answer } from 'trivet/lowlevel'
import { exchange, serving } from './support.js'

const SAFE = 'Secure; HttpOnly; SameSite=Lax'
const GONE = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'

/** The Set-Cookie fields of an answer, in order. */
const cookiesOf = (reply: Reply): string[] => reply.headers.getAll('set-cookie')

const made = (name: string, value: string, options?: CookieOptions): string =>
  cookiesOf(new Reply().setCookie(name, value, options))[0]!

describe('setCookie()', () => {
  const good: Record<string, [options: CookieOptions | undefined, text: string]> = {
    'is safe by itself': [undefined, `a=b; Path=/; ${SAFE}`],
    'takes an empty object': [{}, `a=b; Path=/; ${SAFE}`],
    'has a domain and a path': [
      { domain: 'example.com', path: '/x' },
      `a=b; Domain=example.com; Path=/x; ${SAFE}`,
    ],
    'has an age': [{ maxAge: 3600 }, `a=b; Path=/; Max-Age=3600; ${SAFE}`],
    'has an end in seconds': [
      { expires: 784111777 },
      `a=b; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT; ${SAFE}`,
    ],
    'has an end as a Date, which it does not outlive': [
      { expires: new Date(784111777_999) },
      `a=b; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT; ${SAFE}`,
    ],
    'ends in 1970 where it ended before that': [{ expires: -1 }, `a=b; Path=/; ${GONE}; ${SAFE}`],
    'ends in 1970 by a Date before that': [
      { expires: new Date(-1) },
      `a=b; Path=/; ${GONE}; ${SAFE}`,
    ],
    'is for plain HTTP where it says so': [
      { secure: false },
      'a=b; Path=/; HttpOnly; SameSite=Lax',
    ],
    'is for scripts where it says so': [{ httpOnly: false }, 'a=b; Path=/; Secure; SameSite=Lax'],
    'is strict': [{ sameSite: 'strict' }, 'a=b; Path=/; Secure; HttpOnly; SameSite=Strict'],
    'is for all sites': [{ sameSite: 'none' }, 'a=b; Path=/; Secure; HttpOnly; SameSite=None'],
    'is partitioned': [{ partitioned: true }, `a=b; Path=/; ${SAFE}; Partitioned`],
    'stays safe where a flag is no boolean': [
      { secure: 0, httpOnly: null, partitioned: 1 } as object,
      `a=b; Path=/; ${SAFE}`,
    ],
  }
  for (const [name, [options, expected]] of Object.entries(good)) {
    it(name, () => {
      assert.equal(made('a', 'b', options), expected)
    })
  }

  it('takes as much as browsers do', () => {
    const value = 'v'.repeat(4095)
    const path = `/${'p'.repeat(1023)}`
    const domain = `${'d'.repeat(63)}.example.com`
    assert.equal(
      made('n', value, { path, domain, maxAge: Number.MAX_SAFE_INTEGER, expires: 0 }),
      `n=${value}; Domain=${domain}; Path=${path}; ${GONE}; Max-Age=9007199254740991; ${SAFE}`,
    )
  })

  const bad: Record<string, [use: () => unknown, why: RegExp]> = {
    'no name': [() => made('', 'b'), /a cookie's name is a token/],
    'a name of two': [() => made('a=b', 'c'), /a cookie's name is a token/],
    'a value with an attribute': [() => made('a', 'b; Domain=evil'), /a cookie's value is/],
    'a value with another field': [() => made('a', 'b\r\nX-A: c'), /a cookie's value is/],
    'half a surrogate pair': [() => made('a', '\ud800'), /a cookie's value is/],
    'a value too long': [() => made('a', 'v'.repeat(4096)), /at most 4096 bytes/],
    'a domain with a dot': [() => made('a', 'b', { domain: '.a.b' }), /domain is a host name/],
    'a path of its own': [() => made('a', 'b', { path: 'x' }), /path begins with \//],
    'a path with an attribute': [() => made('a', 'b', { path: '/;x' }), /path begins with \//],
    'milliseconds as an end': [() => made('a', 'b', { expires: 784111777_000 }), /1601 to 9999/],
    'half a second as an end': [() => made('a', 'b', { expires: 0.5 }), /whole number.* not 0.5/],
    'a Date that is none': [() => made('a', 'b', { expires: new Date('x') }), /not NaN/],
    'an age of 0': [() => made('a', 'b', { maxAge: 0 }), /Max-Age is at least 1/],
    'a negative age': [() => made('a', 'b', { maxAge: -1 }), /Max-Age is at least 1/],
    'half a second of age': [() => made('a', 'b', { maxAge: 1.5 }), /maxAge.* not 1.5/],
    'all sites without TLS': [
      () => made('a', 'b', { sameSite: 'none', secure: false }),
      /SameSite=None needs Secure/,
    ],
    'a jar without TLS': [
      () => made('a', 'b', { partitioned: true, secure: false }),
      /Partitioned needs Secure/,
    ],
    'a prefix that lies': [() => made('__Host-a', 'b', { path: '/x' }), /prefix .* promises/],
    'another site': [
      () => made('a', 'b', { sameSite: 'Lax' as 'lax' }),
      /lax, strict or none, not Lax/,
    ],
    'a value that is no text': [() => made('a', 7 as unknown as string), /text, not number/],
    'a value that is not there': [() => made('a', undefined as unknown as string), /not undefined/],
    'a name that is no text': [() => made(null as unknown as string, 'b'), /text, not null/],
    'a domain that is no text': [
      () => made('a', 'b', { domain: null as unknown as string }),
      /text, not null/,
    ],
    'a removal of what is none': [() => new Reply().deleteCookie('a;'), /name is a token/],
  }
  for (const [name, [use, why]] of Object.entries(bad)) {
    it(`refuses ${name}`, () => {
      assert.throws(use, (error) => {
        assert.ok(error instanceof TrivetError)
        assert.equal(error.code, 'ERR_TRIVET_ARGUMENT')
        assert.match(error.message, why)
        return true
      })
    })
  }

  it('adds nothing when it refuses', () => {
    const reply = text('a')
    assert.throws(() => reply.setCookie('a', 'b c'), TrivetError)
    assert.deepEqual(cookiesOf(reply), [])
  })

  it('is chained, several in one answer', () => {
    const reply = text('a').setCookie('a', '1').setCookie('b', '"2"').deleteCookie('c')
    assert.deepEqual(cookiesOf(reply), [
      `a=1; Path=/; ${SAFE}`,
      `b="2"; Path=/; ${SAFE}`,
      `c=; Path=/; ${GONE}; ${SAFE}`,
    ])
  })

  it('is undone where it was done', () => {
    const scope: CookieOptions = {
      domain: 'a.b',
      path: '/x',
      secure: false,
      httpOnly: false,
      sameSite: 'strict',
      maxAge: 7,
    }
    assert.deepEqual(cookiesOf(new Reply().deleteCookie('a', scope)), [
      `a=; Domain=a.b; Path=/x; ${GONE}; SameSite=Strict`,
    ])
    assert.deepEqual(cookiesOf(new Reply().deleteCookie('__Secure-a', { partitioned: true })), [
      `__Secure-a=; Path=/; ${GONE}; ${SAFE}; Partitioned`,
    ])
  })
})

describe('cookies reach the client', () => {
  const WANTED = [`a=1; Path=/; ${SAFE}`, `b=2; Path=/; ${SAFE}`]

  async function* soon<T>(...items: T[]): AsyncGenerator<T> {
    for (const item of items) yield await Promise.resolve(item)
  }

  const replies: Record<string, () => Reply> = {
    text: () => text('x'),
    json: () => json({}),
    nothing: () => empty(),
    redirect: () => redirect('/x'),
    problem: () => problem(418, 'short'),
    pieces: () => stream(['x']),
    lines: () => ndjson(soon({ n: 1 })),
    a_generator_of_events: () => new Reply(soon(sse('x'))),
    events: () => new EventStream(soon('x')),
    tokens: () => sseStream(soon('x')),
  }

  for (const [name, make] of Object.entries(replies)) {
    it(`with ${name}, from the handler and from a hook after it`, async () => {
      const app = new App({ log: 'off' })
      const late = (_request: unknown, reply: Reply): void => void reply.setCookie('b', '2')
      app.get('/', () => make().setCookie('a', '1').setCookie('b', '2'))
      app.get('/hook', { after: late }, () => make().setCookie('a', '1'))
      const head = make().status
      await serving(app, async (url) => {
        for (const path of ['/', '/hook']) {
          const response = await fetch(url + path, { redirect: 'manual' })
          assert.equal(response.status, head)
          assert.deepEqual(response.headers.getSetCookie(), WANTED)
          await response.text()
        }
      })
    })
  }

  it('with the events of a hub', async () => {
    const app = new App({ log: 'off' })
    const hub = new EventHub(app)
    const late = (_request: unknown, reply: Reply): void => void reply.setCookie('b', '2')
    app.get('/', { after: late }, (request) => hub.stream(request).setCookie('a', '1'))
    app.get('/now', (request) => {
      answer.setCookie(request, 'a', '1')
      answer.setCookie(request, 'b', '2')
      hub.subscribe(request)
    })
    await serving(app, async (url) => {
      const responses = [await fetch(url), await fetch(`${url}/now`)]
      hub.publish('x')
      hub.close()
      for (const response of responses) {
        assert.deepEqual(response.headers.getSetCookie(), WANTED)
        assert.match(await response.text(), /data: x\n/)
      }
    })
  })

  it('with plain results and errors, from a hook of the app', async () => {
    const app = new App({ log: 'off' })
    app.after((_request, reply) => void reply.setCookie('a', '1').setCookie('b', '2'))
    app.get('/text', () => 'x')
    app.get('/nothing', () => undefined)
    app.get('/error', () => {
      throw errors.conflict()
    })
    app.get('/failure', () => {
      throw new Error('kaput')
    })
    const statuses = { '/text': 200, '/nothing': 204, '/error': 409, '/failure': 500, '/none': 404 }
    await serving(app, async (url) => {
      for (const [path, status] of Object.entries(statuses)) {
        const response = await fetch(url + path)
        assert.equal(response.status, status)
        assert.deepEqual(response.headers.getSetCookie(), WANTED)
      }
    })
  })

  it('with the answer of an error handler', async () => {
    const app = new App({ log: 'off' })
    app.onError((_request, error) => {
      if (!(error instanceof HttpError)) return undefined
      return problem(error.status, error.detail).deleteCookie('a')
    })
    app.get('/', () => {
      throw errors.unauthorized('who are you?')
    })
    await serving(app, async (url) => {
      const response = await fetch(url)
      assert.equal(response.status, 401)
      assert.deepEqual(response.headers.getSetCookie(), [`a=; Path=/; ${GONE}; ${SAFE}`])
    })
  })

  it('whoever answers, through the low level', async () => {
    const app = new App({ log: 'off' })
    app.get('/', (request) => {
      answer.setCookie(request, 'a', '1', { maxAge: 5 })
      answer.deleteCookie(request, 'b', { path: '/x' })
      return 'x'
    })
    app.get('/refused', (request) => {
      assert.throws(() => answer.setCookie(request, 'a', ';'), { code: 'ERR_TRIVET_ARGUMENT' })
      assert.throws(() => answer.deleteCookie(request, ''), { code: 'ERR_TRIVET_ARGUMENT' })
      return 'x'
    })
    await serving(app, async (url) => {
      assert.deepEqual((await fetch(url)).headers.getSetCookie(), [
        `a=1; Path=/; Max-Age=5; ${SAFE}`,
        `b=; Path=/x; ${GONE}; ${SAFE}`,
      ])
      const refused = await fetch(`${url}/refused`)
      assert.deepEqual([refused.status, refused.headers.getSetCookie()], [200, []])
    })
  })

  it('never with what a client put into them', async () => {
    const app = new App({ log: 'off' })
    app.get('/', ({ query }) => text('x').setCookie('a', query['value'] ?? ''))
    await serving(app, async (_url, { port }) => {
      const got = await exchange(
        port,
        'GET /?value=b%0D%0AX-Injected:c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      )
      assert.match(got, /^HTTP\/1.1 500 /)
      assert.doesNotMatch(got, /injected|set-cookie/i)
    })
  })
})
