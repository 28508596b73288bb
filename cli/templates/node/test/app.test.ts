import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestClient, testClient } from 'trivet/testing'
import app from '../src/app.js'

let client: TestClient

before(async () => {
  client = await testClient(app)
})

after(() => client.close())

test('home', async () => {
  const response = await client.get('/')
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), { hello: 'world', next: '/hello/you' })
})

test('greet', async () => {
  const response = await client.get('/hello/trivet')
  assert.deepEqual(await response.json(), { hello: 'trivet' })
})

test('what there is not', async () => {
  assert.equal((await client.get('/none')).status, 404)
})
