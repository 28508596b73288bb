// Content in pieces on Fastify, no logger: `fastify_streams.mjs PORT`.
import Fastify from 'fastify'
import { Readable } from 'node:stream'

const PIECE = Buffer.alloc(65536, 'x')
const app = Fastify({ bodyLimit: 2 ** 30 })

async function* pieces(count) {
  for (let number = 0; number < count; number++) yield PIECE
}

async function* events(count) {
  for (let number = 1; number <= count; number++) {
    yield `id: ${number}\ndata: message ${number}\n\n`
  }
}

// The parser gives the stream on, and the handler reads it.
app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

app.post('/upload', async ({ body }, reply) => {
  let size = 0
  for await (const chunk of body) size += chunk.length
  return reply.type('text/plain; charset=utf-8').send(String(size))
})
app.get('/pieces/:n', ({ params }, reply) =>
  reply.type('application/octet-stream').send(Readable.from(pieces(Number(params.n)))),
)
app.get('/events/:n', ({ params }, reply) =>
  reply.type('text/event-stream').send(Readable.from(events(Number(params.n)))),
)

await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' })
