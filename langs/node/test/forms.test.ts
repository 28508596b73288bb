// Forms, gathered and as they come, and content that arrives decoded.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  closeSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import {
  App,
  ContentError,
  UploadFile,
  type FormOptions,
  type Request,
  type RouteOptions,
} from 'trivet'
import { exchange, serving } from './support.js'

const PAIRS = { 'Content-Type': 'application/x-www-form-urlencoded' }
const PARTS = { 'Content-Type': 'multipart/form-data; boundary=b' }
/** Beyond what is kept in memory. */
const LARGE = Buffer.alloc(256 * 1024, Buffer.from(Array.from({ length: 256 }, (_, i) => i)))

type Handler = (request: Request<unknown>) => unknown

function bytesOf(content: string | Buffer): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : content
}

function part(name: string, content: string | Buffer, filename?: string, type?: string): Buffer {
  let head = `--b\r\nContent-Disposition: form-data; name="${name}"`
  if (filename !== undefined) head += `; filename="${filename}"`
  if (type !== undefined) head += `\r\nContent-Type: ${type}`
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), bytesOf(content), Buffer.from('\r\n')])
}

function form(...parts: Buffer[]): Buffer {
  return Buffer.concat([...parts, Buffer.from('--b--\r\n')])
}

type Post = (body: string | Buffer, headers: Record<string, string>) => Promise<Response>

/** Serves one POST route and gives the function that asks it. */
async function asking(
  options: RouteOptions,
  handler: Handler,
  use: (post: Post) => Promise<void>,
): Promise<void> {
  const app = new App({ log: 'off' })
  app.post('/', options, handler)
  await serving(app, async (url) => {
    await use((content, headers) => {
      const body = new Uint8Array(bytesOf(content))
      return fetch(url, { method: 'POST', body, headers })
    })
  })
}

function inFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'trivet-'))
  return use(folder).finally(() => {
    rmSync(folder, { recursive: true })
  })
}

describe('a form', () => {
  for (const stream of [false, true]) {
    const way = stream ? 'streaming' : 'whole'

    it(`has fields by name, ${way}`, async () => {
      const handler: Handler = async ({ form: read }) => {
        const fields = await read()
        return {
          first: fields.get('a'),
          all: fields.getAll('a'),
          has: [fields.has('a'), fields.has('file'), fields.has('toString')],
          missing: [fields.get('no') ?? null, fields.getAll('no')],
          entries: fields.entries(),
          iterated: [...fields].length,
          files: [...fields.files].length,
          parts: fields.parts.length,
        }
      }
      await asking({ stream }, handler, async (post) => {
        const told = {
          first: '1',
          all: ['1', '2'],
          has: [true, false, false],
          missing: [null, []],
          entries: [
            ['a', '1'],
            ['ü', 'x y'],
            ['a', '2'],
          ],
          iterated: 3,
          files: 0,
          parts: 3,
        }
        const pairs = await post('a=1&%C3%BC=x+y&a=2', PAIRS)
        assert.deepEqual(await pairs.json(), told)
        const parts = form(part('a', '1'), part('ü', 'x y'), part('file', '', ''), part('a', '2'))
        assert.deepEqual(await (await post(parts, PARTS)).json(), { ...told, files: 1, parts: 4 })
      })
    })

    it(`has files, ${way}`, () =>
      inFolder(async (folder) => {
        let kept: UploadFile | undefined
        const handler: Handler = async (request) => {
          const { files, parts } = await request.form()
          const [small, large] = [files.get('small')!, files.get('large')!]
          kept = small
          const sizes: number[] = []
          const chunks: Buffer[] = []
          for await (const chunk of large) {
            sizes.push(chunk.length)
            chunks.push(chunk)
          }
          assert.deepEqual(sizes, [65536, 65536, 65536, 65536])
          assert.ok(Buffer.concat(chunks).equals(LARGE) && large.read().equals(LARGE))
          assert.deepEqual([...large.read(254, 4)], [254, 255, 0, 1])
          assert.deepEqual([...large.read(LARGE.length - 1, 9)], [255])
          assert.equal(large.read(LARGE.length + 1).length, 0)
          assert.equal(small.text(), 'small one')
          for (const file of [small, large]) {
            const fd = file.open()
            const room = Buffer.alloc(file.size + 1)
            let got = 0
            for (let n = 0; (n = readSync(fd, room, got, room.length - got, null)) > 0; ) got += n
            closeSync(fd)
            assert.ok(room.subarray(0, got).equals(file.read()))
            const path = join(folder, file.name)
            await file.save(path)
            assert.ok(readFileSync(path).equals(file.read()))
            assert.equal(statSync(path).mode & 0o777, 0o600)
            await assert.rejects(file.save(path), { code: 'ERR_TRIVET_CONFLICT' })
            await file.save(path, { replace: true })
            assert.ok(readFileSync(path).equals(file.read()))
            const nowhere = file.save(join(folder, 'no such folder', 'x'))
            await assert.rejects(nowhere, { code: 'ERR_TRIVET_SYSTEM' })
            await assert.rejects(file.save('a\0b'), { code: 'ERR_TRIVET_ARGUMENT' })
          }
          assert.deepEqual(
            parts.map((item) => item instanceof UploadFile),
            [true, false, true],
          )
          return [
            [small.filename, small.contentType, small.size, small.isSpooled],
            [large.filename, large.contentType, large.size, large.isSpooled],
            [parts[1]!.filename ?? null, parts[1]!.text()],
            [files.getAll('small').length, files.has('a')],
          ]
        }
        await asking({ stream, limits: { bodyBytesMax: 2 ** 20 } }, handler, async (post) => {
          const body = form(
            part('small', 'small one', '../ü.txt', 'text/plain'),
            part('a', '1'),
            part('large', LARGE, ''),
          )
          assert.deepEqual(await (await post(body, PARTS)).json(), [
            ['../ü.txt', 'text/plain', 9, false],
            ['', '', LARGE.length, stream],
            [null, '1'],
            [1, false],
          ])
        })
        assert.throws(() => kept!.read(), { code: 'ERR_TRIVET_STALE' })
        await assert.rejects(kept!.save(join(folder, 'late')), { code: 'ERR_TRIVET_STALE' })
      }))

    it(`is refused as a whole, ${way}`, async () => {
      let options: FormOptions = {}
      let failure: unknown
      const handler: Handler = async (request) => {
        try {
          return (await request.form(options)).parts.length
        } catch (error) {
          failure = error
          throw error
        }
      }
      const refusals: [number, FormOptions, string | Buffer, Record<string, string>, string][] = [
        [413, { fieldsMax: 1 }, 'a=1&b=2', PAIRS, 'LIMIT'],
        [413, { fieldsBytesMax: 2 }, 'a=1&b=2', PAIRS, 'LIMIT'],
        [413, { valueBytesMax: 1 }, 'a=12', PAIRS, 'LIMIT'],
        [413, { nameBytesMax: 1 }, 'aa=1', PAIRS, 'LIMIT'],
        [413, { filesMax: 1 }, form(part('a', '', 'x'), part('b', '', 'y')), PARTS, 'LIMIT'],
        [413, { fileBytesMax: 1 }, form(part('a', '12', 'x')), PARTS, 'LIMIT'],
        [413, { filenameBytesMax: 1 }, form(part('a', '', 'xy')), PARTS, 'LIMIT'],
        [400, {}, '--b\r\nno head', PARTS, 'PROTOCOL'],
        [415, {}, '{}', { 'Content-Type': 'application/json' }, 'MEDIA_TYPE'],
      ]
      await asking({ stream }, handler, async (post) => {
        for (const [status, given, body, headers, code] of refusals) {
          options = given
          const answer = await post(body, headers)
          const problem = (await answer.json()) as { detail: string }
          assert.equal(answer.status, status, JSON.stringify([given, problem]))
          assert.ok(failure instanceof ContentError)
          assert.equal(failure.code, `ERR_TRIVET_${code}`)
          assert.equal(failure.detail, problem.detail)
          assert.notEqual(problem.detail, '')
        }
      })
    })
  }

  it('lies where it is told to, and leaves nothing there', () =>
    inFolder(async (folder) => {
      const handler: Handler = async (request) => {
        const { files } = await request.form({ directory: folder, memoryBytesMax: 8 })
        const file = files.get('file')!
        assert.ok(file.isSpooled)
        return readdirSync(folder)
      }
      await asking({ stream: true }, handler, async (post) => {
        const body = form(part('file', '123456789', 'x'))
        assert.deepEqual(await (await post(body, PARTS)).json(), [])
      })
      const nowhere: Handler = (request) =>
        request.form({ directory: join(folder, 'no such folder'), memoryBytesMax: 8 })
      await asking({ stream: true }, nowhere, async (post) => {
        const answer = await post(form(part('file', '123456789', 'x')), PARTS)
        assert.equal(answer.status, 500)
        assert.match(await answer.text(), /the upload could not be stored/)
      })
      assert.deepEqual(readdirSync(folder), [])
    }))

  it('a descriptor outlives the request', async () => {
    let fd = -1
    const handler: Handler = async (request) => {
      fd = (await request.form()).files.get('file')!.open()
    }
    await asking({ stream: true }, handler, async (post) => {
      await post(form(part('file', LARGE, 'x')), PARTS)
    })
    try {
      const room = Buffer.alloc(4)
      assert.equal(readSync(fd, room, 0, 4, 254), 4)
      assert.deepEqual([...room], [254, 255, 0, 1])
    } finally {
      closeSync(fd)
    }
  })
})

describe('a form that streams', () => {
  const HEAD =
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n' +
    'Content-Type: application/x-www-form-urlencoded\r\n\r\n'

  it('is waited for, and the limits of the first call hold', async () => {
    const app = new App({ log: 'off' })
    let opened: () => void = () => undefined
    app.post('/', { stream: true }, async (request) => {
      const first = request.form()
      const second = request.form({ fieldsMax: 0 })
      await assert.rejects(request.read(), { code: 'ERR_TRIVET_STATE' })
      opened()
      assert.equal(await first, await second)
      return (await first).get('a')
    })
    await serving(app, async (_url, { port }) => {
      const isOpen = new Promise<void>((resolve) => (opened = resolve))
      const socket = connect(port, '127.0.0.1')
      socket.write(`${HEAD}a`)
      await isOpen
      socket.write('=1')
      let answer = ''
      for await (const text of socket) answer += String(text)
      assert.match(answer, /\r\n\r\n1$/)
    })
  })

  it('cannot be read after the content', async () => {
    const app = new App({ log: 'off' })
    app.post('/', { stream: true }, async (request) => {
      await request.read()
      await assert.rejects(request.form(), { code: 'ERR_TRIVET_STATE' })
      return 'refused'
    })
    await serving(app, async (_url, { port }) => {
      assert.match(await exchange(port, `${HEAD}a=1`), /refused$/)
    })
  })

  it('408 for a client that stops', async () => {
    const app = new App({ log: 'off', bodyTimeoutMs: 50 })
    app.post('/', { stream: true }, async ({ form: read }) => [...(await read())])
    await serving(app, async (_url, { port }) => {
      assert.match(await exchange(port, `${HEAD}a`), /^HTTP\/1.1 408 /)
    })
  })

  it('fails when the client goes, or the answer is given', async () => {
    const app = new App({ log: 'off' })
    const failures: unknown[] = []
    let called: () => void = () => undefined
    let failed: () => void = () => undefined
    app.post('/', { stream: true }, async (request) => {
      called()
      try {
        await request.form()
      } catch (error) {
        failures.push((error as { code?: unknown }).code)
        failed()
      }
    })
    app.post('/early', { stream: true }, (request) => {
      request.form().catch((error: unknown) => {
        failures.push((error as { code?: unknown }).code)
      })
      return 'early'
    })
    await serving(app, async (_url, { port }) => {
      const isCalled = new Promise<void>((resolve) => (called = resolve))
      const hasFailed = new Promise<void>((resolve) => (failed = resolve))
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.write(`${HEAD}a`)
      await isCalled
      socket.destroy()
      await hasFailed
      assert.match(await exchange(port, HEAD.replace('/', '/early') + 'a'), /early$/)
    })
    assert.deepEqual(failures, ['ERR_TRIVET_GONE', 'ERR_TRIVET_STALE'])
  })

  it('limits that are none', async () => {
    const wrong: unknown[] = [
      { fieldsMax: -1 },
      { fieldsMax: 1.5 },
      { fieldsMax: 10_001 },
      { fieldsMax: 2 ** 32 },
      { fileBytesMax: 2 ** 41 },
      { memoryBytesMax: 'x' },
      { directory: 1 },
      { directory: 'a\0b' },
    ]
    const handler: Handler = async (request) => {
      for (const options of wrong) {
        const reading = request.form(options as FormOptions)
        await assert.rejects(reading, { code: 'ERR_TRIVET_ARGUMENT' }, JSON.stringify(options))
      }
      return [...(await request.form())]
    }
    await asking({}, handler, async (post) => {
      assert.deepEqual(await (await post('a=1', PAIRS)).json(), [['a', '1']])
    })
  })
})

describe('content arrives decoded', () => {
  const packed = gzipSync(LARGE)
  const gzip = { 'Content-Encoding': 'gzip' }

  for (const stream of [false, true]) {
    it(`where app, group or route say so, ${stream ? 'streaming' : 'whole'}`, async () => {
      const app = new App({ log: 'off', bodyRatioMax: 1000 })
      const group = app.group('/group', { decompress: true })
      const inner = group.group('/inner')
      const read: Handler = async (request) => {
        const content = await request.read()
        return [content.length, content.equals(LARGE), request.headers.has('content-encoding')]
      }
      app.post('/route', { stream, decompress: true }, read)
      inner.post('/on', { stream }, read)
      inner.post('/off', { stream, decompress: false }, read)
      app.post('/app', { stream }, read)
      const told: Record<string, unknown> = {
        '/route': [LARGE.length, true, false],
        '/group/inner/on': [LARGE.length, true, false],
        '/group/inner/off': [packed.length, false, true],
        '/app': [packed.length, false, true],
      }
      await serving(app, async (url) => {
        for (const [path, expected] of Object.entries(told)) {
          const body = new Uint8Array(packed)
          const answer = await fetch(url + path, { method: 'POST', body, headers: gzip })
          assert.deepEqual(await answer.json(), expected, path)
        }
      })
    })
  }

  it('by the app, within its bounds', async () => {
    const app = new App({ log: 'off', bodyDecompress: true, bodyRatioMax: 10 })
    app.post('/', async (request) => [...(await request.form())])
    app.post('/off', { decompress: false }, ({ body }) => body)
    const send = (url: string, body: Buffer, coding: string): Promise<Response> =>
      fetch(url, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: { ...PAIRS, 'Content-Encoding': coding },
      })
    await serving(app, async (url) => {
      const small = deflateSync('a=1')
      assert.deepEqual(await (await send(url, small, 'deflate')).json(), [['a', '1']])
      const brotli = brotliCompressSync('a=1')
      assert.deepEqual(await (await send(url, brotli, 'br')).json(), [['a', '1']])
      const off = await (await send(`${url}/off`, small, 'deflate')).arrayBuffer()
      assert.ok(Buffer.from(off).equals(small))
      assert.equal((await send(url, small.subarray(0, -1), 'deflate')).status, 400)
      assert.equal((await send(url, gzipSync(Buffer.alloc(2 ** 20)), 'gzip')).status, 413)
      const unknown = await send(url, Buffer.from('x'), 'compress')
      assert.equal(unknown.status, 415)
      assert.match(unknown.headers.get('accept-encoding') ?? '', /zstd/)
    })
  })
})
