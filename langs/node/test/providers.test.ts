import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { App, errors, ProviderError, type Group, type Plugin } from 'trivet'
import { logOf, program, serving } from './support.js'

const get = async (url: string, path: string): Promise<[number, string]> => {
  const response = await fetch(url + path)
  return [response.status, await response.text()]
}

describe('providers', () => {
  it('of the app are made once, in order, waited for, and end in the opposite order', async () => {
    const seen: string[] = []
    const app = new App()
      .provide('config', () => ({ url: 'db:1' }))
      .provide(
        'db',
        async ({ config }) => {
          await nextIteration()
          seen.push(`open ${config.url}`)
          return { url: config.url, rows: [1, 2] }
        },
        { dispose: (db) => seen.push(`close ${db.url}`) },
      )
      .provide('repo', ({ db }) => ({ all: () => db.rows }), {
        dispose: () => seen.push('end repo'),
      })
    app.onStartup(({ repo }) => seen.push(`start with ${String(repo.all().length)}`))
    app.onShutdown(async ({ db }) => {
      await nextIteration()
      seen.push(`stop with ${db.url}`)
    })
    app.get('/', ({ repo, config }) => [...repo.all(), config.url])
    for (let i = 0; i < 2; i++) {
      await serving(app, async (url) => {
        assert.deepEqual(await get(url, '/'), [200, '[1,2,"db:1"]'])
        assert.deepEqual(await get(url, '/'), [200, '[1,2,"db:1"]'])
      })
    }
    const once = ['open db:1', 'start with 2', 'stop with db:1', 'end repo', 'close db:1']
    assert.deepEqual(seen, [...once, ...once])
  })

  it('of a request are made when asked for, once, and end behind the answer', async () => {
    const seen: string[] = []
    let count = 0
    const app = new App()
      .provide('tx', ({ path }) => ({ id: ++count, path }), {
        scope: 'request',
        dispose: async (tx, error) => {
          await nextIteration()
          seen.push(
            `end tx ${String(tx.id)} ${tx.path} ${error instanceof Error ? error.message : 'good'}`,
          )
        },
      })
      .provide('unit', ({ tx }) => ({ of: tx.id }), {
        scope: 'request',
        dispose: (unit) => seen.push(`end unit of ${String(unit.of)}`),
      })
      .provide('later', async () => Promise.resolve(7), { scope: 'request' })
    app.before((request) => {
      if (request.path === '/two') seen.push(`before ${String(request.tx.id)}`)
    })
    app.get('/two', ({ unit, tx }) => [unit.of, tx.id])
    app.get('/none', () => 'none')
    app.get('/later', async ({ later }) => (await later) + 1)
    app.get('/bad', ({ tx }) => {
      throw errors.conflict(`tx ${String(tx.id)}`)
    })
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/two'), [200, '[1,1]'])
      assert.deepEqual(await get(url, '/none'), [200, 'none'])
      assert.deepEqual(await get(url, '/later'), [200, '8'])
      assert.equal((await get(url, '/bad'))[0], 409)
    })
    assert.deepEqual(seen, [
      'before 1',
      'end unit of 1',
      'end tx 1 /two good',
      'end tx 2 /bad tx 2',
    ])
  })

  it('of a group are not seen beside it, and stand before those outside', async () => {
    const app = new App().provide('who', () => 'app')
    app.get('/', ({ who }) => who)
    app.group('/a', (group) => {
      const own = group.provide('who', ({ who }) => `${who}, group`).provide('only', () => 'here')
      own.get('', ({ who, only }) => `${who}, ${only}`)
      own.group('/deep', (deep) => deep.get('', ({ only }) => only))
    })
    app.group('/b', (group) => group.get('', (request) => String('only' in request)))
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/'), [200, 'app'])
      assert.deepEqual(await get(url, '/a'), [200, 'app, group, here'])
      assert.deepEqual(await get(url, '/a/deep'), [200, 'here'])
      assert.deepEqual(await get(url, '/b'), [200, 'false'])
    })
  })

  it('can be overridden, before the start and while the app serves', async () => {
    let isOpened = false
    const app = new App()
      .provide('db', async () => {
        isOpened = true
        return Promise.resolve({ rows: 1 })
      })
      .provide('user', () => 'nobody', { scope: 'request' })
    app.get('/', ({ db, user }) => `${user} ${String(db.rows)}`)
    const undo = app.override('db', { rows: 9 })
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/'), [200, 'nobody 9'])
      const back = app.override('user', 'ada')
      assert.deepEqual(await get(url, '/'), [200, 'ada 9'])
      back()
      assert.deepEqual(await get(url, '/'), [200, 'nobody 9'])
    })
    assert.equal(isOpened, false)
    undo()
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/'), [200, 'nobody 1'])
    })
    assert.throws(() => app.override('cache' as never, 1 as never), {
      code: 'ERR_TRIVET_PROVIDER',
      message: /nobody provides cache.* there are: db, user/,
    })
  })

  it('that are missing, in a circle or too late are errors that say so', async () => {
    const fails = async (make: (app: App) => unknown, message: RegExp): Promise<void> => {
      const app = new App()
      make(app)
      await assert.rejects(app.listen({ port: 0, banner: false, signals: false }), {
        code: 'ERR_TRIVET_STARTUP',
        message,
      })
    }
    await fails(
      (app) => app.provide('a', () => 1).provide('repo', (needs: any) => needs.db),
      /repo \(providers\.test\.js:\d+\) asks for db, .*provide\('db', .* provided are: a \(at/,
    )
    await fails((app) => {
      app.provide('a', (needs: any) => needs.b)
      app.provide('b', (needs: any) => needs.a)
    }, /the provider b \(.*\) asks for a \(.*\), which is being made and asks for it in turn/)
    await fails((app) => {
      app.provide('a', (needs: any) => needs.b)
      app.provide('b', () => Promise.resolve(1))
    }, /asks for b .* provided after it and takes time to make: provide b first/)
    await fails((app) => {
      app.provide('tx', () => 1, { scope: 'request' })
      app.provide('repo', (needs: any) => needs.tx)
    }, /asks for tx \(.*\), which each request has of its own/)
    await fails(
      (app) => app.provide('db', () => Promise.reject(new Error('no route to host'))),
      /the provider db \(.*\) failed: Error: no route to host/,
    )
  })

  it('of a request that ask for each other fail it', async () => {
    const { answer, log } = await logOf(`
      app.provide('a', (request) => request.b, { scope: 'request' })
      app.provide('b', (request) => request.a, { scope: 'request' })
      app.get('/', ({ a }) => a)`)
    assert.match(answer, /^HTTP\/1.1 500 /)
    assert.match(log, /ProviderError: .*asks for a.*which is being made/)
  })

  it('whose end fails are logged, and keep none of the others from ending', async () => {
    const { child, firstLine, ended } = program(`
      import { App } from 'trivet'
      const bad = { dispose: () => { throw new Error('stuck') } }
      const app = new App({ log: 'error' })
        .provide('one', () => 1, { dispose: () => console.log('one has ended') })
        .provide('two', () => 2, bad)
        .provide('three', () => 3, { ...bad, scope: 'request' })
      app.get('/', ({ three }) => three)
      const server = await app.listen({ port: 0, banner: false })
      console.log(server.port)`)
    assert.deepEqual(await get(`http://127.0.0.1:${await firstLine}`, '/'), [200, '3'])
    child.kill('SIGTERM')
    const { stdout, stderr } = await ended
    assert.match(stdout, /one has ended/)
    assert.match(stderr, /the end of three .*failed: Error: stuck/)
    assert.match(stderr, /the end of two .*failed: Error: stuck/)
  })

  it('are refused where they are wrong', () => {
    const refused = (make: () => unknown, code: string, message: RegExp): void => {
      assert.throws(make, { code, message })
    }
    const app = new App()
    const argument = 'ERR_TRIVET_ARGUMENT'
    refused(() => app.provide('body', () => 1), argument, /has a part named body/)
    refused(() => app.provide('', () => 1), argument, /has a name/)
    refused(() => app.provide('db', 5 as never), argument, /db has no factory: provide\('db'/)
    refused(() => app.provide('db', () => 1, { scope: 'x' as never }), argument, /app or request/)
    app.provide('db', () => 1)
    refused(
      () => app.provide('db', () => 2),
      'ERR_TRIVET_PROVIDER',
      /db \(.*:\d+\) is provided already: db \(.*:\d+\)/,
    )
    assert.ok(new ProviderError('x') instanceof Error)
  })
})

describe('plugins', () => {
  interface AuditOptions {
    readonly prefix?: string
    readonly word: string
  }

  const audit: Plugin<AuditOptions> = (scope, { word }) => {
    scope.provide('audit', () => word).get('/audit', ({ audit }) => audit)
    scope.after((_request, reply) => {
      reply.headers.set('x-audit', word)
    })
  }

  it('have a scope of their own, and see what is outside', async () => {
    const app = new App().provide('db', () => 'db')
    app.get('/', () => 'plain')
    app.register(audit, { word: 'a' }).register(audit, { prefix: '/b', word: 'b' })
    app.register((scope) => {
      scope.get('/inner', ({ db }) => db)
      scope.register(audit, { prefix: '/c', word: 'c' })
    })
    await serving(app, async (url) => {
      for (const [path, body, header] of [
        ['/', 'plain', null],
        ['/audit', 'a', 'a'],
        ['/b/audit', 'b', 'b'],
        ['/c/audit', 'c', 'c'],
        ['/inner', 'db', null],
      ] as const) {
        const response = await fetch(url + path)
        assert.deepEqual([await response.text(), response.headers.get('x-audit')], [body, header])
      }
    })
  })

  it('may take time, and fail', async () => {
    const app = new App()
    app.register(async (scope) => {
      await nextIteration()
      scope.register(async (inner: Group) => {
        await nextIteration()
        inner.get('/late', () => 'here')
      })
    })
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/late'), [200, 'here'])
    })
    const broken = new App()
    broken.register(async function storage() {
      await nextIteration()
      throw new Error('no disk')
    })
    await assert.rejects(broken.listen({ port: 0 }), {
      code: 'ERR_TRIVET_STARTUP',
      message: /the plugin storage failed: Error: no disk/,
    })
    assert.throws(() => new App().register('x' as never), {
      code: 'ERR_TRIVET_ARGUMENT',
      message: /a plugin is a function/,
    })
    assert.throws(() => app.register(() => undefined), { code: 'ERR_TRIVET_STATE' })
  })
})

describe('background tasks', () => {
  it('run behind the answer, in order, and what fails is logged', async () => {
    const { child, firstLine, told, ended } = program(`
      import { App } from 'trivet'
      const app = new App({ log: 'error' })
      const seen = []
      app.get('/', ({ background }) => {
        background(() => { seen.push('one'); throw new Error('lost') })
        background(async () => { seen.push('two'); console.error('TASKS DONE') })
        seen.push('handler')
        return seen.join()
      })
      app.get('/seen', () => seen.join())
      const server = await app.listen({ port: 0, banner: false })
      console.log(server.port)`)
    const url = `http://127.0.0.1:${await firstLine}`
    assert.deepEqual(await get(url, '/'), [200, 'handler'])
    await told(/TASKS DONE/)
    assert.deepEqual(await get(url, '/seen'), [200, 'handler,one,two'])
    child.kill('SIGTERM')
    const { stderr } = await ended
    assert.match(stderr, /a background task of GET \/ .*failed: Error: lost/)
  })

  it('are waited for when the server ends', async () => {
    const seen: string[] = []
    let release = (): void => undefined
    const app = new App()
    app.onShutdown(() => seen.push('shutdown'))
    app.get('/', ({ background }) => {
      background(async () => {
        await new Promise<void>((resolve) => (release = resolve))
        seen.push('task')
      })
      return 'answered'
    })
    const server = await app.listen({ port: 0, banner: false, signals: false })
    assert.deepEqual(await get(server.url.slice(0, -1), '/'), [200, 'answered'])
    await nextIteration()
    const closing = server.close()
    await nextIteration()
    release()
    await closing
    assert.deepEqual(seen, ['task', 'shutdown'])
  })

  it('that do not end are given up', async () => {
    const { child, firstLine, ended } = program(`
      import { App } from 'trivet'
      const app = new App({ log: 'warn', shutdownTimeoutMs: 50 })
      app.get('/', ({ background }) => { background(() => new Promise(() => undefined)); return 1 })
      const server = await app.listen({ port: 0, banner: false })
      console.log(server.port)`)
    assert.deepEqual(await get(`http://127.0.0.1:${await firstLine}`, '/'), [200, '1'])
    child.kill('SIGTERM')
    const { code, stderr } = await ended
    assert.equal(code, 0, stderr)
    assert.match(stderr, /1 background tasks were given up/)
  })
})
