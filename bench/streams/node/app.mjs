// Content in pieces on Trivet in Node: `app.mjs PORT`.
import { App, stream } from 'trivet'

const PIECE = Buffer.alloc(65536, 'x')
const app = new App()

async function* pieces(count) {
  for (let number = 0; number < count; number++) yield PIECE
}

async function* events(count) {
  for (let number = 1; number <= count; number++) {
    yield `id: ${number}\ndata: message ${number}\n\n`
  }
}

app.get('/hello', () => 'Hello, World!')
app.post('/upload', { stream: true, limits: { bodyBytesMax: 2 ** 30 } }, async (request) => {
  let size = 0
  for await (const chunk of request.stream()) size += chunk.length
  return String(size)
})
app.get('/pieces/{n:int}', ({ params }) => stream(pieces(params.n)))
app.get('/events/{n:int}', ({ params }) =>
  stream(events(params.n), { contentType: 'text/event-stream' }),
)

await app.run(Number(process.argv[2]))
