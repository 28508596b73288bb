// An order and its receipt as JSON Schema; what Fastify is given, too.
const text = (minLength, maxLength) => ({ type: 'string', minLength, maxLength })

const line = {
  type: 'object',
  required: ['sku', 'quantity', 'price'],
  properties: {
    sku: text(1, 32),
    quantity: { type: 'integer', minimum: 1, maximum: 1000 },
    price: { type: 'number', minimum: 0 },
  },
}

export const order = {
  type: 'object',
  required: [
    'reference',
    'customer',
    'street',
    'city',
    'currency',
    'priority',
    'express',
    'lines',
  ],
  properties: {
    reference: { type: 'string', pattern: '^[A-Z]{3}-[0-9]{4}$' },
    customer: text(1, 100),
    street: text(1, 200),
    city: text(1, 100),
    currency: { type: 'string', enum: ['EUR', 'USD', 'GBP'] },
    priority: { type: 'integer', minimum: 1, maximum: 5 },
    express: { type: 'boolean' },
    discount: { type: 'number', minimum: 0, maximum: 1, default: 0 },
    note: text(0, 500),
    lines: { type: 'array', items: line, minItems: 1, maxItems: 100 },
  },
}

export const receipt = {
  type: 'object',
  required: ['reference', 'lines', 'quantity'],
  properties: {
    reference: { type: 'string' },
    lines: { type: 'integer' },
    quantity: { type: 'integer' },
  },
}

export function receiptOf({ reference, lines }) {
  let quantity = 0
  for (const line of lines) quantity += line.quantity
  return { reference, lines: lines.length, quantity }
}
