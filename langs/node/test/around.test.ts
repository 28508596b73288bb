import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { App, text, type AroundHook, type Reply } from 'trivet'
import { logOf, serving } from './support.js'

async function get(url: string, path = '/'): Promise<[number, string]> {
  const response = await fetch(url + path)
  return [response.status, await response.text()]
}

describe('around hooks', () => {
  it('enter a context that the handler is in', async () => {
    const tenant = new AsyncLocalStorage<string>()
    const app = new App()
    app.around(({ query }, next) => tenant.run(query['tenant'] ?? '', next))
    app.get('/', () => `of ${String(tenant.getStore())}`)
    await serving(app, async (url) => {
      const both = [get(url, '/?tenant=ann'), get(url, '/?tenant=bob')]
      assert.deepEqual(await Promise.all(both), [
        [200, 'of ann'],
        [200, 'of bob'],
      ])
    })
  })

  it('may give what they like, by the rules for results', async () => {
    const app = new App()
    app.get('/', { around: () => ({ by: 'hook' }) }, () => 'handler')
    app.get('/promise', { around: async (_request, next) => next() }, () => 'handler')
    app.get('/forgotten', { around: (_request, next) => void next() }, async () => {
      await sleep(1)
      return 'handler'
    })
    await serving(app, async (url) => {
      assert.deepEqual(await get(url), [200, '{"by":"hook"}'])
      assert.deepEqual(await get(url, '/promise'), [200, 'handler'])
      assert.deepEqual(await get(url, '/forgotten'), [200, 'handler'])
    })
  })

  it('end what provides for the request behind them', async () => {
    const order: string[] = []
    const app = new App()
    const provided = app.provide('session', () => 'session', {
      scope: 'request',
      dispose: () => order.push('close'),
    })
    const hook: AroundHook = async (_request, next) => {
      const reply = await next()
      order.push('out')
      return reply
    }
    provided.get('/', { around: hook }, ({ session }) => session)
    await serving(app, async (url) => {
      assert.deepEqual(await get(url), [200, 'session'])
    })
    assert.deepEqual(order, ['out', 'close'])
  })

  it('are told that the client has left', async () => {
    const app = new App()
    let tell: (error: unknown) => void = () => undefined
    const told = new Promise((resolve) => (tell = resolve))
    let start: () => void = () => undefined
    const started = new Promise<void>((resolve) => (start = resolve))
    const hook: AroundHook = (_request, next) =>
      next().catch((error: unknown) => {
        tell(error)
        throw error
      })
    app.get('/', { around: hook }, async ({ signal }) => {
      start()
      await sleep(60_000, undefined, { signal })
    })
    await serving(app, async (_url, { port }) => {
      const socket = connect(port, '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await started
      socket.destroy()
      assert.equal(((await told) as Error).name, 'AbortError')
    })
  })

  it('may call next() behind their end without harm', async () => {
    let calls = 0
    let late: () => Promise<Reply> = () => Promise.reject(new Error('not called'))
    const hook: AroundHook = (_request, next) => {
      late = next
      return text('by itself')
    }
    const app = new App()
    app.get('/', { around: hook }, () => void calls++)
    await serving(app, async (url) => {
      assert.deepEqual(await get(url), [200, 'by itself'])
    })
    await assert.rejects(late(), { code: 'ERR_TRIVET_STALE' })
    assert.equal(calls, 0)
  })

  it('stop the pieces of a reply that they leave', async () => {
    const app = new App()
    let stop: (() => void) | undefined
    const stopped = new Promise<void>((resolve) => (stop = resolve))
    const hook: AroundHook = async (_request, next) => {
      await next()
      return text('another')
    }
    app.get('/', { around: hook }, async function* () {
      try {
        yield 'one'
        await Promise.resolve()
        yield 'two'
      } finally {
        stop?.()
      }
    })
    await serving(app, async (url) => {
      assert.deepEqual(await get(url), [200, 'another'])
      await stopped
    })
  })

  it('do not change a reply that the program keeps', async () => {
    const kept = text('kept')
    const app = new App()
    app.around(async (_request, next) => {
      const reply = await next()
      reply.headers.append('x-hook', '1')
      return reply
    })
    app.get('/', () => kept)
    await serving(app, async (url) => {
      for (let i = 0; i < 2; i++) assert.equal((await fetch(url)).headers.get('x-hook'), '1')
    })
    assert.equal(kept.headers.get('x-hook'), undefined)
  })

  it('take the request and next, and nothing else', () => {
    const express = (_request: unknown, _reply: unknown, _next: unknown): void => undefined
    assert.throws(() => new App().around(express as never), {
      message: /an around hook takes the request and next, and express takes 3 values/,
    })
  })

  it('are named when they give nothing, and when they call next() twice', async () => {
    const forgotten = await logOf(`
      app.get('/', { around: function timing() {} }, () => 'x')`)
    assert.match(forgotten.answer, / 500 /)
    assert.match(
      forgotten.log,
      /around hook timing neither calls next\(\) nor gives an answer: write/,
    )
    const twice = await logOf(`
      app.get('/', { around: function again(request, next) { next(); return next() } }, () => 'x')`)
    assert.match(twice.answer, / 500 /)
    assert.match(twice.log, /around hook again calls next\(\) twice/)
  })
})
