// Hello on Express 5, as its documentation writes it: `express.mjs PORT`.
import express from 'express'

const app = express()
app.get('/hello', (_request, response) => response.type('text/plain').send('Hello, World!'))
app.listen(Number(process.argv[2]), '127.0.0.1')
