import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { App, bytes, empty, html, json, problem, redirect, Reply, text, xml } from 'trivet'
import { serving } from './support.js'

const type = (reply: Reply): string | undefined => reply.headers.get('content-type')

describe('a Reply', () => {
  it('has the type of its content unless a field says another', () => {
    assert.equal(type(new Reply('x')), 'text/plain; charset=utf-8')
    assert.equal(type(new Reply({ a: 1 })), 'application/json')
    assert.equal(type(new Reply(Uint8Array.of(1))), 'application/octet-stream')
    assert.equal(type(new Reply()), undefined)
    assert.equal(type(xml('<a/>')), 'application/xml')
    const own = { headers: { 'CONTENT-TYPE': 'text/csv' } }
    for (const reply of [
      text('a', own),
      html('a', own),
      json('a', own),
      bytes(Buffer.of(1), own),
    ]) {
      assert.equal(type(reply), 'text/csv')
      assert.deepEqual(reply.headers.entries(), [['CONTENT-TYPE', 'text/csv']])
    }
  })

  it('has the status of its content unless one was given', () => {
    assert.equal(new Reply('x').status, 200)
    assert.equal(new Reply().status, 204)
    assert.equal(empty(404).status, 404)
    assert.equal(problem(418).status, 418)
    const reply = text('x')
    reply.status = 299
    assert.equal(reply.status, 299)
    for (const status of [99, 600, 200.5, NaN]) {
      assert.throws(() => (reply.status = status), { code: 'ERR_TRIVET_ARGUMENT' })
    }
  })

  it('has header fields by name and in order', () => {
    const { headers } = text('x', {
      headers: [
        ['X-A', '1'],
        ['x-b', '2'],
        ['x-a', '3'],
      ],
    })
    assert.equal(headers.get('X-a'), '1')
    assert.deepEqual(headers.getAll('x-A'), ['1', '3'])
    assert.ok(headers.has('X-B') && !headers.has('X-C'))
    headers.set('X-A', '4').append('X-C', '5')
    assert.deepEqual(
      [...headers],
      [
        ['Content-Type', 'text/plain; charset=utf-8'],
        ['x-b', '2'],
        ['X-A', '4'],
        ['X-C', '5'],
      ],
    )
    headers.delete('x-b').delete('nothing').append('content-type', 'a/b')
    headers.append('Content-Type', 'c/d')
    assert.deepEqual(headers.getAll('content-type'), ['c/d'])
    headers.delete('content-type')
    assert.equal(headers.get('content-type'), undefined)
    assert.deepEqual(headers.entries(), [
      ['X-A', '4'],
      ['X-C', '5'],
    ])
  })

  it('keeps its type when text or bytes change, and is JSON for anything else', () => {
    const page = html('<p>')
    page.body = '<b>'
    assert.deepEqual([page.body, type(page)], ['<b>', 'text/html; charset=utf-8'])
    page.body = Buffer.from('<i>')
    assert.equal(type(page), 'text/html; charset=utf-8')
    page.body = [1]
    assert.deepEqual([page.body, type(page)], ['[1]', 'application/json'])
    page.body = null
    assert.deepEqual([page.body, type(page)], [undefined, undefined])
    page.body = 'x'
    assert.equal(type(page), 'text/plain; charset=utf-8')
    assert.throws(() => (page.body = new Map()), { name: 'ResultTypeError' })
  })

  it('shows redirects and problems as what is sent', () => {
    const moved = redirect('/x', 308)
    assert.deepEqual(moved.headers.entries(), [['Location', '/x']])
    assert.deepEqual([moved.status, moved.body], [308, undefined])
    const wrong = problem(422, 'why')
    assert.equal(type(wrong), 'application/problem+json')
    assert.deepEqual(JSON.parse(wrong.body as string), {
      type: 'about:blank',
      title: 'Unprocessable Content',
      status: 422,
      detail: 'why',
    })
  })

  it('is sent as it says, whatever was changed', async () => {
    const app = new App()
    const untyped = html('<p>')
    untyped.headers.delete('content-type')
    const looked = problem(418, 'short')
    const moved = redirect('/y', 301)
    const replies: Record<string, Reply> = { untyped, looked, moved, xml: xml('<a>ü</a>') }
    assert.ok(looked.body !== undefined && moved.headers.has('location'))
    for (const [name, reply] of Object.entries(replies)) app.get(`/${name}`, () => reply)
    const expected: Record<string, [number, string | null, string]> = {
      untyped: [200, null, '<p>'],
      looked: [418, 'application/problem+json', looked.body as string],
      moved: [301, null, ''],
      xml: [200, 'application/xml', '<a>ü</a>'],
    }
    await serving(app, async (url) => {
      for (const [name, answer] of Object.entries(expected)) {
        const response = await fetch(`${url}/${name}`, { redirect: 'manual' })
        const { status, headers } = response
        assert.deepEqual([status, headers.get('content-type'), await response.text()], answer)
        if (name === 'moved') assert.equal(headers.get('location'), '/y')
      }
    })
  })
})
