// Validated JSON on Trivet in Node: `app.mjs PORT`.
import { App } from 'trivet'
import { order, receipt, receiptOf } from './schemas.mjs'

const app = new App()

app.get('/hello', () => 'Hello, World!')
app.post('/orders', { body: order, response: receipt }, ({ body }) => receiptOf(body))

await app.run(Number(process.argv[2]))
