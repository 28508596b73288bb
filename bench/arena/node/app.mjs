// The arena's endpoints on Trivet in Node: `app.mjs PORT`, with TRIVET_WORKERS workers.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { App } from 'trivet'

const dataset = JSON.parse(readFileSync(process.env.BENCH_DATASET, 'utf8'))
const app = new App({ bodyBytesMax: 32 * 1024 * 1024 })

app.get('/hello', () => 'Hello, World!')
app.get('/pipeline', () => 'ok')
app.get('/baseline11', ({ query }) => String(Number(query.a) + Number(query.b)))
app.post('/baseline11', ({ query, text }) =>
  String(Number(query.a) + Number(query.b) + Number(text())),
)
app.get('/json/{count:int}', ({ params, query }) => {
  const m = Number(query.m)
  const items = dataset
    .slice(0, params.count)
    .map((item) => ({ ...item, total: item.price * item.quantity * m }))
  return { items, count: items.length }
})
app.post('/upload', ({ body }) => String(body.length))
app.get('/delay/{ms:int}', async ({ params }) => {
  await sleep(params.ms)
  return 'ok'
})
app.post('/form', ({ text }) => {
  const fields = new URLSearchParams(text())
  return `${fields.size} ${fields.get('last')}`
})
app.post('/reads', ({ body, text, json }) => `${body.length} ${text().length} ${json().n}`)
app.get('/cookies', ({ cookies }) => cookies.session)

await app.run(Number(process.argv[2]))
