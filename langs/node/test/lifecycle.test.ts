import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as nextIteration } from 'node:timers/promises'
import { App, StartupError } from 'trivet'
import { program } from './support.js'

const LISTEN = { port: 0, banner: false, signals: false } as const

/** Whether somebody accepts connections there. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}

describe('startup and shutdown hooks', () => {
  it('run in order before the server accepts, and back after the drain', async () => {
    const lines: string[] = []
    const app = new App()
    app.get('/', () => {
      lines.push('request')
      return 'x'
    })
    for (const name of ['a', 'b']) {
      app.onStartup(async () => {
        await nextIteration()
        lines.push(`start ${name}`)
      })
      app.onShutdown(async () => {
        await nextIteration()
        lines.push(`stop ${name}`)
      })
    }
    app.onStartup(() => lines.push('start c')).onShutdown(() => lines.push('stop c'))
    const server = await app.listen(LISTEN)
    assert.deepEqual(lines, ['start a', 'start b', 'start c'])
    await (await fetch(server.url)).text()
    await server.close()
    assert.equal(await accepts(server.port), false)
    assert.deepEqual(lines.slice(3), ['request', 'stop c', 'stop b', 'stop a'])
  })

  it('run once for each server', async () => {
    const app = new App()
    const counts = { started: 0, stopped: 0 }
    app.onStartup(() => (counts.started += 1)).onShutdown(() => (counts.stopped += 1))
    const servers = [await app.listen(LISTEN), await app.listen(LISTEN)]
    assert.deepEqual(counts, { started: 2, stopped: 0 })
    for (const server of servers) await server.close({ force: true })
    assert.deepEqual(counts, { started: 2, stopped: 2 })
  })

  it('keep requests in the queue until all of them have run', async () => {
    const app = new App()
    let begin = (): void => undefined
    let begun = (): void => undefined
    const beginning = new Promise<void>((resolve) => (begun = resolve))
    let isReady = false
    app.onStartup(async () => {
      begun()
      await new Promise<void>((resolve) => (begin = resolve))
      isReady = true
    })
    app.get('/', () => String(isReady))
    const probe = await new App().listen(LISTEN)
    const { port } = probe
    await probe.close()
    const listening = app.listen({ ...LISTEN, port })
    await beginning
    const answer = fetch(`http://127.0.0.1:${String(port)}/`)
    await nextIteration()
    begin()
    const server = await listening
    assert.equal(await (await answer).text(), 'true')
    await server.close({ force: true })
  })

  it('that fail keep the server from serving, and give its port back', async () => {
    const failures = [
      () => {
        throw new RangeError('no database')
      },
      () => Promise.reject(new RangeError('no database')),
    ]
    for (const fail of failures) {
      const app = new App()
      const lines: string[] = []
      app.onStartup(() => lines.push('first')).onStartup(fail)
      app.onStartup(() => lines.push('never')).onShutdown(() => lines.push('never'))
      const probe = await new App().listen(LISTEN)
      const { port } = probe
      await probe.close()
      await assert.rejects(app.listen({ ...LISTEN, port }), (error) => {
        assert.ok(error instanceof StartupError)
        assert.equal(error.code, 'ERR_TRIVET_STARTUP')
        assert.ok(error.cause instanceof RangeError)
        return /a startup hook failed: RangeError: no database \(at /.test(error.message)
      })
      assert.deepEqual(lines, ['first'])
      const other = await new App().listen({ ...LISTEN, port })
      await other.close()
    }
  })

  it('are functions, and cannot be added late', async () => {
    const app = new App()
    assert.throws(() => app.onStartup(1 as never), { code: 'ERR_TRIVET_ARGUMENT' })
    const server = await app.listen(LISTEN)
    assert.throws(() => app.onStartup(() => 1), { code: 'ERR_TRIVET_STATE' })
    assert.throws(() => app.onShutdown(() => 1), { code: 'ERR_TRIVET_STATE' })
    await server.close()
  })
})

describe('a program', () => {
  const start = (hooks: string, method = 'run'): ReturnType<typeof program> =>
    program(
      `
      import { App } from 'trivet'
      const app = new App({ port: 0, workers: 1 })
      app.get('/', () => 'x')
      ${hooks}
      const server = await app.${method}()
      console.log(server.port)`,
      { TRIVET_LOG: 'warn' },
    )

  it('says in one line that it could not start, and ends with 1', async () => {
    for (const method of ['run', 'listen']) {
      const hook = `app.onStartup(async () => { throw new Error('no database') })`
      const { code, stdout, stderr } = await start(hook, method).ended
      assert.equal(code, 1)
      assert.equal(stdout, '')
      assert.match(stderr, /^trivet: a startup hook failed: Error: no database .*STARTUP\)\n$/)
    }
  })

  it('runs its shutdown hooks after SIGTERM and then ends, whatever is left', async () => {
    const { child, firstLine, ended } = start(`
      setInterval(() => {}, 1000)
      app.onShutdown(() => { throw new Error('one') })
      app.onShutdown(async () => { await new Promise(setImmediate); console.log('stopped') })`)
    await firstLine
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await ended
    assert.equal(code, 0)
    assert.match(stdout, /stopped\n$/)
    assert.match(stderr, /a shutdown hook failed: Error: one/)
  })

  it('drains on SIGINT as well, and keeps its exit code', async () => {
    const { child, firstLine, ended } = start(`app.onShutdown(() => { process.exitCode = 3 })`)
    await firstLine
    child.kill('SIGINT')
    assert.equal((await ended).code, 3)
  })

  it('ends at the second signal although a shutdown hook hangs', async () => {
    const { child, firstLine, seen, ended } = start(`
      app.onShutdown(() => { console.log('stopping'); return new Promise(() => {}) })`)
    await firstLine
    child.kill('SIGTERM')
    await seen(/stopping/)
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
  })

  it('lives on after a server that it closed itself', async () => {
    const { ended, firstLine } = start(`
      setTimeout(async () => {
        await server.close()
        setTimeout(() => { console.log('alive') }, 20)
      }, 1)`)
    await firstLine
    const { code, stdout } = await ended
    assert.equal(code, 0)
    assert.match(stdout, /alive/)
  })

  it('is not kept alive by what waits for its start', async () => {
    const { ended } = start(`app.onStartup(() => new Promise(() => {}))`)
    assert.equal((await ended).code, 13, 'unsettled top-level await')
  })
})
