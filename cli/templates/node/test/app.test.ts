import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Server } from 'trivet'
import app from '../src/app.js'

let server: Server

before(async () => {
  server = await app.listen({ host: '127.0.0.1', port: 0, banner: false })
})

after(() => server.close())

async function get(path: string): Promise<unknown> {
  const response = await fetch(new URL(path, server.url))
  assert.equal(response.status, 200)
  return response.json()
}

test('home', async () => {
  assert.deepEqual(await get('/'), { hello: 'world', next: '/hello/you' })
})

test('greet', async () => {
  assert.deepEqual(await get('/hello/trivet'), { hello: 'trivet' })
})

test('what there is not', async () => {
  assert.equal((await fetch(new URL('/none', server.url))).status, 404)
})
