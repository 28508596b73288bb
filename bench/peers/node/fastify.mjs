// Fastify, as its documentation writes it, no logger: `fastify.mjs PORT`. Hello and what the arena
// scenarios ask for.
import Fastify from 'fastify'
import { readFileSync } from 'node:fs'

const dataset = JSON.parse(readFileSync(process.env.BENCH_DATASET, 'utf8'))
const app = Fastify({ bodyLimit: 32 * 1024 * 1024 })
const text = (reply, body) => reply.type('text/plain; charset=utf-8').send(body)

app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.addContentTypeParser(
  'application/x-www-form-urlencoded',
  { parseAs: 'string' },
  (_request, body, done) => done(null, new URLSearchParams(body)),
)

app.get('/hello', (_request, reply) => text(reply, 'Hello, World!'))
app.get('/pipeline', (_request, reply) => text(reply, 'ok'))
app.get('/baseline11', ({ query }, reply) => text(reply, String(Number(query.a) + Number(query.b))))
app.post('/baseline11', ({ query, body }, reply) =>
  text(reply, String(Number(query.a) + Number(query.b) + Number(body))),
)
app.get('/json/:count', ({ params, query }) => {
  const m = Number(query.m)
  const items = dataset
    .slice(0, Number(params.count))
    .map((item) => ({ ...item, total: item.price * item.quantity * m }))
  return { items, count: items.length }
})
app.post('/upload', ({ body }, reply) => text(reply, String(body.length)))
app.post('/form', ({ body }, reply) => text(reply, `${[...body].length} ${body.get('last')}`))
app.get('/cookies', ({ headers }, reply) => {
  const pairs = headers.cookie.split('; ').map((pair) => pair.split('=', 2))
  return text(reply, new Map(pairs).get('session'))
})

await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' })
