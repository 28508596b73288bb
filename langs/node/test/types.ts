// Compiled, never run: what the types promise, and what they refuse.
import { App, type ParamsOf, type Request } from 'trivet'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<T extends true>(): T | undefined {
  return undefined
}

holds<Equal<ParamsOf<'/users/{id:int}'>, { readonly id: number }>>()
holds<Equal<ParamsOf<'/users/{id:int}', bigint>, { readonly id: bigint }>>()
holds<Equal<ParamsOf<'/files/{name}'>, { readonly name: string }>>()
holds<Equal<ParamsOf<'/files/{name:str}'>, { readonly name: string }>>()
holds<
  Equal<
    ParamsOf<'/{a}/x/{b:int}/{c}'>,
    { readonly a: string; readonly b: number; readonly c: string }
  >
>()
holds<Equal<keyof ParamsOf<'/plain'>, never>>()
holds<Equal<ParamsOf<string>, Readonly<Record<string, string | number>>>>()

const app = new App({ engine: 'auto', bodyBytesMax: 1024 })

app.get('/users/{id:int}', ({ params }) => {
  const id: number = params.id
  // @ts-expect-error an int parameter is no string
  const text: string = params.id
  // @ts-expect-error the pattern has no such parameter
  const other: unknown = params.name
  return [id, text, other]
})

app.post('/big/{id:int}', { integers: 'bigint', status: 201 }, ({ params }) => {
  const id: bigint = params.id
  return String(id)
})

app.route('PROPFIND', '/files/{name}', async ({ params }) => {
  const name: string = params.name
  return Promise.resolve(name)
})

// @ts-expect-error params are read only
app.put('/{id:int}', ({ params }) => (params.id = 1))

// @ts-expect-error a query parameter may be missing
app.get('/query', ({ query }): string => query['q'])

app.get('/kept', (request) => {
  const kept: Request<unknown> = request
  return kept.id
})

// @ts-expect-error no such engine
new App({ engine: 'kqueue' })

// @ts-expect-error no such option
app.get('/x', { statuses: 200 }, () => 'x')

// @ts-expect-error a handler is a function
app.get('/x', 'x')

// @ts-expect-error what is internal is not in the types
app.get('/internal', (request) => request.lo)

// @ts-expect-error a port is a number
await app.listen('8000')
