import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, it } from 'node:test'
import {
  App,
  errors,
  EventHub,
  EventStream,
  html,
  json,
  middleware,
  ndjson,
  Reply,
  sse,
  stream,
  templates,
  text,
  TokenStream,
} from 'trivet'
import { testClient } from 'trivet/testing'
import { command, exchange, logOf, program, PACKAGE, serving } from './support.js'

const DEVELOPMENT = { TRIVET_ENV: 'development' }

describe('the first mistakes', () => {
  const refused = (make: (app: App) => unknown, code: string, message: RegExp): void => {
    assert.throws(() => make(new App()), { code, message })
  }

  it('of handlers and hooks are told when they are added', () => {
    const argument = 'ERR_TRIVET_ARGUMENT'
    refused(
      (app) => app.get('/x', ((req: unknown, res: unknown) => [req, res]) as never),
      argument,
      /GET \/x: a handler takes the request alone, and this one takes 2 values: write/,
    )
    refused(
      (app) => app.get('/x', 5 as never),
      argument,
      /GET \/x has no handler: it is no function, but number/,
    )
    refused((app) => app.get('/x', undefined as never), argument, /GET \/x has no handler/)
    refused(
      (app) =>
        app.before(((req: unknown, res: unknown, next: unknown) => [req, res, next]) as never),
      argument,
      /a before hook takes the request alone, and .* takes 3 values/,
    )
    refused(
      (app) =>
        app.get('/x', { before: function guard(_a: unknown, _b: unknown) {} as never }, () => 1),
      argument,
      /and guard takes 2 values/,
    )
    refused((app) => app.before('x' as never), argument, /a hook is a function/)
  })

  it('of patterns as well', () => {
    const pattern = 'ERR_TRIVET_PATTERN'
    refused(
      (app) => app.get('/users/:id', () => 1),
      pattern,
      /GET \/users\/:id: a parameter is written \{id\}, not :id/,
    )
    refused(
      (app) => app.get('/files/*', () => 1),
      pattern,
      /a parameter is written \{rest:path\}, not \*/,
    )
    refused(
      (app) => app.group('/:org'),
      pattern,
      /the group \/:org: a parameter is written \{org\}/,
    )
    refused((app) => app.get('users', () => 1), pattern, /users/)
    refused((app) => app.get('/{id:number}', () => 1), pattern, /number/)
    refused(
      (app) => app.get(/x/ as never, () => 1),
      'ERR_TRIVET_ARGUMENT',
      /a pattern is text like .*not RegExp/,
    )
    new App().get('/items:all', () => 1).get('/a*', () => 1)
  })

  it('of options are told, with the name that was meant', () => {
    const argument = 'ERR_TRIVET_ARGUMENT'
    const options = (make: () => unknown, message: RegExp): void => {
      refused(make, argument, message)
    }
    options(
      () => new App({ worker: 4 } as never),
      /no option of an app is named worker; there are .*\. Did you mean workers\?/,
    )
    options(() => new App({ title: 'T', colour: 1 } as never), /named colour; there are [^.]*$/)
    options(
      () => new App().get('/x', { name: 'x', staus: 201 }, () => 1),
      /no option of GET \/x is named staus; .* Did you mean status\?/,
    )
    options(() => new App().group('/g', { hots: 'a' } as never), /of the group \/g is named hots/)
    options(() => middleware.require({ scope: ['a'] } as never), /require\(\) .* mean scopes\?/)
    options(() => middleware.cors({ origin: '*' } as never), /cors\(\) .* mean origins\?/)
    options(() => middleware.bearer('t', { option: true } as never), /bearer\(\) .* mean optional/)
    options(() => middleware.bearer({ t: { scope: 'a' } } as never), /an owner .* mean scopes\?/)
    options(() => new App({ port: '3000' } as never), /port is a whole number, not '3000': Number/)
    options(() => new App({ workers: 1.5 }), /workers is a whole number, not 1\.5$/)
    options(() => new App({ host: 5 } as never), /host is text, not 5/)
    options(() => new App({ limits: { bodyBytesMax: '9' } as never }), /bodyBytesMax is a whole/)
  })

  it('of answers, cookies, events, providers and errors too', () => {
    const refusedOf = (make: () => unknown, message: RegExp): void => {
      assert.throws(make, { code: 'ERR_TRIVET_ARGUMENT', message })
    }
    const reply = text('x')
    refusedOf(
      () => new App().provide('db', () => 1, { scop: 'request' } as never),
      /no option of the provider db is named scop; there are scope, dispose. Did you mean scope\?/,
    )
    refusedOf(
      () => reply.setCookie('a', 'b', { samesite: 'none', httponly: false } as never),
      /no option of a cookie is named samesite; .* Did you mean sameSite\?/,
    )
    refusedOf(() => reply.deleteCookie('a', { pathh: '/x' } as never), /Did you mean path\?/)
    reply.deleteCookie('a', { maxAge: 5 } as never) // as it was set
    refusedOf(
      () => json(1, 201 as never),
      /option of an answer: written in an object, \{status: …\}, not as 201/,
    )
    refusedOf(() => json(1, null as never), /not as null/)
    refusedOf(() => new Reply('x', { stauts: 201 } as never), /Did you mean status\?/)
    refusedOf(() => html('x', { length: 1 } as never), /no option of an answer is named length/)
    refusedOf(() => stream([], { contenttype: 'a/b' } as never), /Did you mean contentType\?/)
    refusedOf(() => ndjson([], { header: {} } as never), /Did you mean headers\?/)
    refusedOf(() => sse('x', { type: 'a' } as never), /no field of an event is named type/)
    refusedOf(
      () => new EventStream([], { heartbeat: 5 } as never),
      /EventStream is named heartbeat/,
    )
    refusedOf(() => new TokenStream([], { fromat: 'sse' } as never), /Did you mean format\?/)
    refusedOf(() => new EventHub(new App(), { histroy: 1 } as never), /Did you mean history\?/)
    const hub = new EventHub(new App())
    refusedOf(() => hub.publish('x', { evnt: 'a' } as never), /Did you mean event\?/)
    refusedOf(() => errors.notFound('x', { heders: {} } as never), /Did you mean headers\?/)
    errors.notFound('x', { cause: new Error('y') })
  })

  it('of templates and of test clients too', async () => {
    const argument = 'ERR_TRIVET_ARGUMENT'
    await assert.rejects(templates('.', { cahce: true } as never), {
      code: argument,
      message: /no option of templates\(\) is named cahce; .* Did you mean cache\?/,
    })
    await assert.rejects(testClient(new App(), { timeout: 5 } as never), { code: argument })
    const app = new App()
    app.post('/form', async (request) => {
      await request.form({ filesMx: 1 } as never)
    })
    app.get('/events', (request) => hub.stream(request, { lastEventID: '1' } as never))
    const hub = new EventHub(app)
    const client = await testClient(app)
    await assert.rejects(client.post('/form', { jsn: 1 } as never), {
      code: argument,
      message: /no part of a request is named jsn; there are query, headers, json, form, body/,
    })
    await assert.rejects(client.post('/form', { form: { a: 1 } }), {
      message: /no option of a form is named filesMx; .* Did you mean filesMax\?/,
    })
    await assert.rejects(client.get('/events'), { message: /Did you mean lastEventId\?/ })
    await client.close()
  })

  it('of listen() too', async () => {
    const listening = async (options: unknown, message: RegExp): Promise<void> => {
      await assert.rejects(async () => new App().listen(options as never), { message })
    }
    await listening(null, /and this is null/)
    await listening('3000', /an app listens on a port, 8000, .* and this is '3000'/)
    await listening(
      { prot: 1 },
      /no option of listen\(\) and run\(\) is named prot; .* mean port\?/,
    )
  })

  it('of results say what cannot be sent, and where', async () => {
    const cases: [string, RegExp][] = [
      [
        '() => ({ rows: [{ "a/b": 5n }] })',
        /Object \(a bigint at \/rows\/0\/a~1b: make it a string or a number\)/,
      ],
      [
        '() => { const a = { n: 1 }; a.self = { a }; return a }',
        /Object \(a circle at \/self\/a: it is in itself\)/,
      ],
      ['() => 5n', /bigint/],
      ['() => new Map()', /Map/],
    ]
    const routes = cases.map(([handler], i) => `app.get('/${String(i)}', ${handler})`).join('\n')
    for (const [i, [, message]] of cases.entries()) {
      const { answer, log } = await logOf(routes, `/${String(i)}`)
      assert.match(answer, /^HTTP\/1.1 500 /)
      assert.match(log, message)
    }
  })
})

describe('in development', () => {
  interface Run {
    readonly answers: string[]
    readonly log: string
  }

  /** The answers of an app in a program of its own, and what it wrote to standard error. */
  async function run(routes: string, paths: readonly string[], accept = '*/*'): Promise<Run> {
    const { child, firstLine, ended } = program(
      `import { App } from 'trivet'
       const app = new App({ log: 'warn' })
       ${routes}
       const server = await app.listen({ port: 0, banner: false })
       console.log(server.port)`,
      DEVELOPMENT,
    )
    const port = Number(await firstLine)
    const answers: string[] = []
    for (const path of paths) {
      const fields = `Host: a\r\nAccept: ${accept}\r\nConnection: close`
      const head = `GET ${path} HTTP/1.1\r\n${fields}\r\n\r\n`
      answers.push(await exchange(port, head))
    }
    child.kill('SIGTERM')
    return { answers, log: (await ended).stderr }
  }

  it('a forgotten await is an error that says where the promise is', async () => {
    const { answers, log } = await run(
      `app.get('/a', function list() { return { rows: [{ user: Promise.resolve(1) }] } })
       app.get('/b', async () => ({ ok: 1, later: (async () => 1)() }))
       app.get('/good', async () => ({ at: new Date(0), list: [1], to: new URL('http://a') }))`,
      ['/a', '/b', '/good'],
    )
    assert.match(answers[0]!, /^HTTP\/1.1 500 /)
    assert.match(answers[1]!, /^HTTP\/1.1 500 /)
    assert.match(answers[2]!, /^HTTP\/1.1 200 /)
    assert.match(
      log,
      /the result of GET \/a .*, list\(\) has a promise in it at \/rows\/0\/user: await it first/,
    )
    assert.match(log, /GET \/b.*at \/later: await it/)
  })

  it('a handler that keeps the loop is named', async () => {
    const { log } = await run(
      `app.get('/slow', function report() {
         const end = performance.now() + 150
         while (performance.now() < end);
         return 'done'
       })`,
      ['/slow'],
    )
    assert.match(
      log,
      /warn GET \/slow.*, report\(\) kept the event loop for 1\d\d+ ms.*asynchronous form/,
    )
  })

  it('asking a request for what it has not says who provides it', async () => {
    const { answers, log } = await run(
      `app.provide('cache', () => 5)
       app.get('/no', ({ db }) => db.query('x'))
       app.get('/yes', ({ cache, params }) => ({ cache, text: String(params) }))
       app.get('/await', async (request) => (await request).state.user ?? 'none')`,
      ['/no', '/yes', '/await'],
    )
    assert.match(answers[0]!, /^HTTP\/1.1 500 /)
    assert.match(answers[1]!, /"cache":5/)
    assert.match(answers[2]!, /none$/)
    assert.match(log, /GET \/no .*asks its request for db, .*app\.provide\('db', /)
  })

  const FAILING = `
    function load(name) {
      throw new Error('no ' + name)
    }
    app.get('/{name}', ({ params }) => load(params.name))`

  it('an error shows its place, and in a browser as a page, escaped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trivet-mistakes-'))
    try {
      const path = join(folder, 'app.mjs')
      const trivet = pathToFileURL(`${PACKAGE}dist/index.js`).href
      await writeFile(
        path,
        `import { App } from ${JSON.stringify(trivet)}
         const app = new App({ log: 'error' })
         ${FAILING}
         const server = await app.listen({ port: 0, banner: false })
         console.log(server.port)`,
      )
      for (const [env, isShown] of [
        [DEVELOPMENT, true],
        [{ TRIVET_ENV: 'production' }, false],
      ] as const) {
        const { child, firstLine, ended } = command(process.execPath, [path], env)
        const port = Number(await firstLine)
        const ask = (accept: string): Promise<string> =>
          exchange(
            port,
            `GET /%3Cb%3E%1B HTTP/1.1\r\nHost: a\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`,
          )
        const page = await ask('text/html,*/*;q=0.8')
        const problem = await ask('application/json')
        child.kill('SIGTERM')
        const { stderr } = await ended
        assert.match(page, /^HTTP\/1.1 500 /)
        assert.match(problem, /application\/problem\+json/)
        assert.doesNotMatch(problem, /no &lt;|no </)
        assert.equal(/<h1>Error: no &lt;b&gt;/.test(page), isShown, page)
        assert.equal(/<b> +\d+ +throw new Error\(&#39;no &#39;/.test(page), isShown, page)
        assert.equal(/> +\d+ \| +throw new Error\('no '/.test(stderr), isShown, stderr)
        assert.doesNotMatch(page, /<b>\u001b|no <b>/)
        assert.doesNotMatch(stderr.replaceAll('\n', ''), /\u001b/)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('source maps name the lines of TypeScript', async () => {
    const folder = await mkdtemp(join(PACKAGE, 'build', 'mistakes-'))
    try {
      const path = join(folder, 'app.ts')
      await writeFile(
        path,
        `import { App } from 'trivet'
         interface Some { readonly a: number }

         const app: App = new App({ log: 'off' })
         app.get('/', () => { const some: Some = { a: 1 }; throw new Error(String(some.a)) })
         const server = await app.listen({ port: 0, banner: false })
         console.log(server.port)`,
      )
      const args = ['--import', 'trivet/typescript', path]
      const { child, firstLine, ended } = command(process.execPath, args, DEVELOPMENT)
      const head = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
      assert.match(await exchange(Number(await firstLine), head), /^HTTP\/1.1 500 /)
      child.kill('SIGTERM')
      const { stderr } = await ended
      assert.match(stderr, /> +5 \| +app\.get\('\/', \(\) => \{ const some: Some/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('templates', () => {
  it('are answers of HTML that escape what they put in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trivet-templates-'))
    try {
      await writeFile(join(folder, 'page.eta'), '<% layout("frame") %><p><%= it.name %></p>')
      await writeFile(join(folder, 'frame.eta'), '<html><%~ it.body %></html>')
      await writeFile(join(folder, 'later.eta'), '<%= await it.name %>')
      const views = await templates(folder)
      const app = new App()
        .get('/', ({ query }) => views.render('page', { name: query['name'] }, { status: 201 }))
        .get('/later', () => views.renderAsync('later', { name: Promise.resolve('<i>') }))
        .get('/outside', () => views.render('../secret'))
      await serving(app, async (url) => {
        const page = await fetch(`${url}/?name=<b>%26`)
        assert.equal(page.status, 201)
        assert.match(page.headers.get('content-type')!, /^text\/html/)
        assert.equal(await page.text(), '<html><p>&lt;b&gt;&amp;</p></html>')
        assert.equal(await (await fetch(`${url}/later`)).text(), '&lt;i&gt;')
        assert.equal((await fetch(`${url}/outside`)).status, 500)
      })
      assert.equal(views.text('page', { name: 'x' }), '<html><p>x</p></html>')
    } finally {
      await rm(folder, { recursive: true })
    }
    await assert.rejects(templates(join(folder, 'missing')), { code: 'ENOENT' })
  })
})
