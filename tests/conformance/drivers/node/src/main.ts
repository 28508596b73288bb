// The conformance driver of the Node SDK; tests/conformance/start says how it is started.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { App, empty, HttpError, Reply, type Engine } from 'trivet'
import { operate, prepare } from './ops.js'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, engine: { type: 'string', default: 'auto' } },
  strict: false,
})

const app = new App()

app.get('/hello', () => 'Hello, World!')

app.get('/json', () => ({ message: 'Hello, World!' }))

// JSON.stringify knows no bigint, and a number would round the larger ids.
app.get('/users/{id:int}', { integers: 'bigint' }, ({ params }) => {
  return new Reply(`{"id":${String(params.id)}}`, {
    headers: { 'Content-Type': 'application/json' },
  })
})

app.all('/echo', ({ method, path, queryText, headers, body }) => ({
  method,
  path,
  query: queryText,
  headers: headers.entries(),
  body_length: body.length,
  body_sha256: createHash('sha256').update(body).digest('hex'),
}))

app.all('/body', ({ body }) => (body.length === 0 ? 'ok' : body))

app.get('/boom', () => {
  throw new Error('the handler of /boom always fails')
})

app.get('/sleep/{ms:int}', async ({ params, signal }) => {
  await sleep(params.ms, undefined, { signal })
  return 'slept'
})

app.get('/status/{code:int}', { integers: 'bigint' }, ({ params }) => {
  if (params.code < 200n || params.code > 599n) throw new HttpError(400, 'the code is 200 to 599')
  return empty(Number(params.code))
})

app.get('/ops/{name}', (request) => operate(app, request.params.name, request))

prepare(app)
const engine = values.engine as Engine
const server = await app.listen({ port: Number(values.port), engine })
console.log(`READY ${String(server.port)}`)
