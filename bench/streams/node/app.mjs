// Content in pieces on Trivet in Node: `app.mjs PORT`.
import { App, sse, stream } from 'trivet'

const PIECE = Buffer.alloc(65536, 'x')
const app = new App()

async function* pieces(count) {
  for (let number = 0; number < count; number++) yield PIECE
}

app.get('/hello', () => 'Hello, World!')
app.post('/upload', { stream: true, limits: { bodyBytesMax: 2 ** 30 } }, async (request) => {
  let size = 0
  for await (const chunk of request.stream()) size += chunk.length
  return String(size)
})
app.get('/pieces/{n:int}', ({ params }) => stream(pieces(params.n)))
app.get('/events/{n:int}', async function* ({ params }) {
  for (let number = 1; number <= params.n; number++) yield sse(`message ${number}`, { id: number })
})

await app.run(Number(process.argv[2]))
