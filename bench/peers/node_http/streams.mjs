// Content in pieces on node:http: `streams.mjs PORT`.
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const PIECE = Buffer.alloc(65536, 'x')

async function* pieces(count) {
  for (let number = 0; number < count; number++) yield PIECE
}

async function* events(count) {
  for (let number = 1; number <= count; number++) {
    yield `id: ${number}\ndata: message ${number}\n\n`
  }
}

async function upload(request, response) {
  let size = 0
  for await (const chunk of request) size += chunk.length
  const text = String(size)
  response.writeHead(200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': text.length,
  })
  response.end(text)
}

createServer(async (request, response) => {
  const [, what, count] = request.url.split('/')
  if (what === 'upload') {
    await upload(request, response)
  } else if (what === 'pieces') {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' })
    await pipeline(Readable.from(pieces(Number(count))), response)
  } else if (what === 'events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    await pipeline(Readable.from(events(Number(count))), response)
  } else {
    response.writeHead(404, { 'Content-Length': 0 })
    response.end()
  }
}).listen(Number(process.argv[2]), '127.0.0.1')
