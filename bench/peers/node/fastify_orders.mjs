// Fastify: an order, validated by its schema: `fastify_orders.mjs PORT`. The schemas are those of
// bench/orders/node.
import Fastify from 'fastify'
import { order, receipt, receiptOf } from '../../orders/node/schemas.mjs'

const app = Fastify()

app.post('/orders', { schema: { body: order, response: { 200: receipt } } }, ({ body }, reply) => {
  reply.send(receiptOf(body))
})

await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' })
