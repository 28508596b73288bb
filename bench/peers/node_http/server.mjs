// Hello on node:http: `server.mjs PORT`.
import { createServer } from 'node:http'

createServer((request, response) => {
  if (request.method !== 'GET' || request.url !== '/hello') {
    response.writeHead(404, { 'Content-Length': 0 })
    response.end()
    return
  }
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': 13 })
  response.end('Hello, World!')
}).listen(Number(process.argv[2]), '127.0.0.1')
