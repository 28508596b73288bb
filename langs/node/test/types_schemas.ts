// Compiled, never run: what the types make of the libraries' schemas.
import { Type as LegacyType } from '@sinclair/typebox'
import { App, type FromSchema } from 'trivet'
import Type from 'typebox'
import * as v from 'valibot'
import { z } from 'zod'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<T extends true>(): T | undefined {
  return undefined
}

const app = new App()

// Schemas: handlers get what has passed.
const Order = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    kind: { enum: ['a', 'b'] },
    count: { type: ['integer', 'null'], default: 1 },
    rows: { type: 'array', items: { type: 'object', properties: { id: { type: 'integer' } } } },
    either: { anyOf: [{ type: 'string' }, { const: 5 }] },
    pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] },
    map: { type: 'object', additionalProperties: { type: 'boolean' } },
  },
  required: ['name', 'kind'],
} as const
holds<
  Equal<
    FromSchema<typeof Order>,
    {
      name: string
      kind: 'a' | 'b'
      count: number | null
      rows?: { id?: number }[]
      either?: string | 5
      pair?: [string, number]
      map?: Record<string, boolean>
    }
  >
>()
const Box = Type.Object({
  id: Type.Integer(),
  note: Type.Optional(Type.String()),
  kind: Type.Union([Type.Literal('a'), Type.Null()]),
  list: Type.Array(Type.Object({ qty: Type.Number() })),
})
holds<
  Equal<
    FromSchema<typeof Box>,
    { id: number; kind: 'a' | null; list: { qty: number }[]; note?: string }
  >
>()
app.post('/typed/{id:int}', { body: Order, query: Box }, ({ params, body, query, headers }) => {
  const id: number = params.id
  const kind: 'a' | 'b' = body.kind
  const note: string | undefined = query.note
  const field: string | undefined = headers.get('x-plain')
  // @ts-expect-error the name is a string
  const name: number = body.name
  return [id, kind, note, field, name]
})
app.post(
  '/inline',
  { body: { type: 'object', properties: { n: { type: 'integer' } } } },
  (request) => {
    const n: number | undefined = request.body.n
    return n
  },
)
app.post(
  '/others',
  {
    body: z.object({ day: z.string().transform((day) => new Date(day)) }),
    query: v.object({ n: v.pipe(v.string(), v.transform(Number)) }),
    cookies: LegacyType.Object({ seen: LegacyType.Boolean() }),
    headers: z.object({ 'x-a': z.string().optional() }),
    params: z.object({}),
  },
  ({ body, query, cookies, headers }) => {
    const day: Date = body.day
    const n: number = query.n
    const seen: boolean = cookies.seen
    const field: string | undefined = headers['x-a']
    return [day, n, seen, field]
  },
)
app.get('/result', { response: Box }, () => ({ id: 1, kind: null, list: [] }))
app.get('/result-later', { response: z.object({ id: z.int() }) }, async () =>
  Promise.resolve({ id: 1 }),
)
// @ts-expect-error the id is a number
app.get('/result-wrong', { response: z.object({ id: z.int() }) }, () => ({ id: 'x' }))
app.get('/plain-body', ({ body }) => {
  const bytes: Buffer = body
  return bytes
})
