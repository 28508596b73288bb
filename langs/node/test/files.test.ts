import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { App, HttpError, sendFile, text, type StaticOptions } from 'trivet'
import { serving } from './support.js'

const folder = mkdtempSync(join(tmpdir(), 'files-'))
mkdirSync(join(folder, 'assets'))
writeFileSync(join(folder, 'hello.txt'), 'hello')
writeFileSync(join(folder, 'assets', 'site.css'), 'body {}')
writeFileSync(join(folder, 'large'), Buffer.alloc(3_000_000, 'x'))
after(() => {
  rmSync(folder, { recursive: true })
})

describe('folders', () => {
  it('are served without JavaScript', async () => {
    const app = new App().static('/files', folder, {
      cacheRules: [
        ['assets/*', 'immutable'],
        ['*.txt', 'no-store'],
      ],
      types: { css: 'text/mine' },
    })
    await serving(app, async (base) => {
      const css = await fetch(`${base}/files/assets/site.css`)
      assert.equal(await css.text(), 'body {}')
      assert.equal(css.headers.get('content-type'), 'text/mine')
      assert.equal(css.headers.get('cache-control'), 'immutable')
      const hello = await fetch(`${base}/files/hello.txt`)
      assert.equal(hello.headers.get('cache-control'), 'no-store')
      assert.equal(await hello.text(), 'hello')
    })
  })

  it('and compression may be options of an app', async () => {
    const app = new App({
      staticFolders: { '/by-options': folder },
      compress: true,
      compressMinBytes: 5,
      etag: true,
    })
    app.get('/', () => 'hello '.repeat(10))
    await serving(app, async (base) => {
      assert.equal(await (await fetch(`${base}/by-options/hello.txt`)).text(), 'hello')
      const answer = await fetch(base, { headers: { 'accept-encoding': 'gzip' } })
      assert.equal(answer.headers.get('content-encoding'), 'gzip')
      assert.equal(await answer.text(), 'hello '.repeat(10))
      const tag = answer.headers.get('etag')
      assert.ok(tag !== null)
      assert.equal((await fetch(base, { headers: { 'if-none-match': tag } })).status, 304)
    })
    const failure = await new App({ log: 'off', staticFolders: '/a=nowhere' })
      .listen({ port: 0, banner: false, signals: false })
      .catch((error: unknown) => error)
    assert.match(String(failure), /static_folders/)
  })

  it('have hooks around them that were added later, too', async () => {
    const app = new App()
    const seen: string[] = []
    const group = app.group('/files').static('/', folder)
    group.before(async ({ path, headers }) => {
      await Promise.resolve()
      seen.push(path)
      return headers.get('x-stop') === undefined ? undefined : text('stopped')
    })
    group.around(async (_request, next) => {
      const reply = await next()
      reply.headers.set('x-around', String(reply.body))
      return reply
    })
    group.after((_request, reply) => {
      reply.headers.set('x-after', String(reply.status))
    })
    await serving(app, async (base) => {
      const answer = await fetch(`${base}/files/hello.txt`)
      assert.equal(await answer.text(), 'hello')
      assert.equal(answer.headers.get('x-around'), 'undefined')
      assert.equal(answer.headers.get('x-after'), '200')
      const stopped = await fetch(`${base}/files/large`, { headers: { 'x-stop': '1' } })
      assert.equal(await stopped.text(), 'stopped')
      const large = await fetch(`${base}/files/large`)
      assert.equal((await large.arrayBuffer()).byteLength, 3_000_000)
      assert.equal((await fetch(`${base}/files/none`)).status, 404)
      const paths = ['/files/hello.txt', '/files/large', '/files/large', '/files/none']
      assert.deepEqual(seen, paths)
    })
  })

  it('leave what is missing to error handlers', async () => {
    const app = new App().static('/files', folder)
    app.onError(HttpError, ({ path }, error) => text(`${String(error.status)} ${path}`))
    await serving(app, async (base) => {
      const answer = await fetch(`${base}/files/none`)
      assert.equal(await answer.text(), '404 /files/none')
    })
  })

  it('tell which option is wrong', () => {
    const wrong: [string, StaticOptions][] = [
      ['index', { index: 'a/b' }],
      ['fallback', { fallback: '/a' }],
      ['cache_control', { cacheControl: 'a\nb' }],
      ['cache_rules', { cacheRules: { '': 'x' } }],
      ['types', { types: { '.css': 'text/css' } }],
      ['chache', { chache: 1 } as unknown as StaticOptions],
    ]
    for (const [name, options] of wrong) {
      assert.throws(() => new App().static('/files', folder, options), {
        code: 'ERR_TRIVET_ARGUMENT',
        message: new RegExp(name),
      })
    }
    assert.throws(() => new App().static('/files', join(folder, 'none')), /No such file/)
    const app = new App().static('/files', folder)
    assert.throws(() => app.static('/files', folder), { code: 'ERR_TRIVET_CONFLICT' })
  })
})

describe('sendFile', () => {
  it('sends files, in whole and in part', async () => {
    const app = new App()
    app.get('/plain/{path:path}', ({ params }) =>
      sendFile(params.path, { root: folder, headers: { 'x-mine': 'yes' } }),
    )
    app.get('/later', { status: 203 }, async () => {
      await Promise.resolve()
      return sendFile(join(folder, 'hello.txt'), { download: 'näme.txt', cacheControl: 'private' })
    })
    await serving(app, async (base) => {
      const whole = await fetch(`${base}/plain/hello.txt`)
      assert.equal(await whole.text(), 'hello')
      assert.equal(whole.headers.get('x-mine'), 'yes')
      assert.equal((await fetch(`${base}/plain/..%2fsecret`)).status, 404)
      const part = await fetch(`${base}/plain/large`, { headers: { range: 'bytes=5-9' } })
      assert.equal(part.status, 206)
      assert.equal(await part.text(), 'xxxxx')
      const later = await fetch(`${base}/later`)
      assert.equal(later.status, 203)
      const disposition = later.headers.get('content-disposition') ?? ''
      assert.match(disposition, /filename\*=UTF-8''n%C3%A4me.txt/)
      assert.equal(later.headers.get('cache-control'), 'private')
    })
  })

  it('gives a reply that hooks may change', async () => {
    const app = new App()
    const kept = sendFile(join(folder, 'hello.txt'))
    assert.equal(kept.status, 200)
    assert.equal(kept.body, undefined)
    app.get('/', () => kept)
    app.after(({ headers }, reply) => {
      reply.headers.set('x-after', '1')
      if (headers.get('x-text') !== undefined) reply.body = 'text'
    })
    await serving(app, async (base) => {
      for (let count = 0; count < 2; count++) {
        const answer = await fetch(base)
        assert.equal(await answer.text(), 'hello')
        assert.equal(answer.headers.get('x-after'), '1')
      }
      assert.equal(await (await fetch(base, { headers: { 'x-text': '1' } })).text(), 'text')
    })
  })

  it('refuses what is no path', () => {
    assert.throws(() => sendFile(''), { code: 'ERR_TRIVET_ARGUMENT' })
    assert.throws(() => sendFile(5 as unknown as string), { code: 'ERR_TRIVET_ARGUMENT' })
    assert.throws(() => sendFile('a', { dowload: 'b' } as object), { code: 'ERR_TRIVET_ARGUMENT' })
  })
})
