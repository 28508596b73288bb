// Compiled, never run: what the types promise, and what they refuse.
import { Readable } from 'node:stream'
import {
  App,
  ContentError,
  errors,
  EventHub,
  EventStream,
  ndjson,
  ServerSentEvent,
  sse,
  sseStream,
  stream,
  TokenStream,
  type AfterHook,
  type BeforeHook,
  type CookieOptions,
  type Form,
  type Group,
  type ParamsOf,
  type Plugin,
  type Reply,
  type Request,
  type RouteInfo,
  type UploadFile,
} from 'trivet'

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

holds<Equal<ParamsOf<'/x/{u:uuid}/{rest:path}'>, { readonly u: string; readonly rest: string }>>()
holds<
  Equal<
    ParamsOf<'/{a:regex([A-Z]{3}:x)}/{b:int}/{c:regex(a/b|(y{2,}))}'>,
    { readonly a: string; readonly b: number; readonly c: string }
  >
>()
holds<Equal<ParamsOf<'/{id}/{code:regex(x)}'>, { readonly id: string; readonly code: string }>>()

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

export async function listen(): Promise<void> {
  // @ts-expect-error a port is a number
  await app.listen('8000')
}

app.group('/orgs/{org}', (orgs) => {
  orgs.get('', ({ params }) => {
    const org: string = params.org
    return org
  })
  orgs.group('/users/{id:int}', { host: '{tenant}.example.com' }, (users) => {
    users.put('/{code:regex([A-Z]{3})}', { integers: 'bigint' }, ({ params }) => {
      const all: readonly [string, string, bigint, string] = [
        params.tenant,
        params.org,
        params.id,
        params.code,
      ]
      // @ts-expect-error neither host, prefix nor pattern has such a parameter
      return [all, params.name]
    })
    // @ts-expect-error the prefix has a number
    users.get('/x', ({ params }): string => params.id)
  })
})

app.get('/{id:int}', { host: '{tenant}.example.com' }, ({ params }) => {
  const all: readonly [string, number] = [params.tenant, params.id]
  return all
})

app.route(['GET', 'PUT'], '/several/{id:int}', { name: 'several' }, ({ params, route }) => {
  const id: number = params.id
  const info: RouteInfo | undefined = route
  return [id, info?.metadata['team']]
})

// @ts-expect-error a name is text
app.get('/x', { name: 1 }, () => 'x')

const authenticate = ({ headers, state }: Request): void => {
  if (!headers.has('authorization')) throw errors.unauthorized()
  state['user'] = 'somebody'
}
const typed: BeforeHook = (request) => request.params['id']
const stamp: AfterHook = (_request, reply) => {
  reply.headers.set('x-stamp', '1').append('x-stamp', '2')
  reply.status = 201
  reply.body = { was: reply.body }
}
app.before(authenticate, typed).after(stamp)

const org = app.group('/o/{org}', { before: [authenticate, typed], after: stamp })
org.before(authenticate, typed, ({ params }) => {
  const name: string = params.org
  const other: unknown = params['other']
  return other === name ? undefined : 'no'
})
org.get('/{id:int}', { before: ({ params }) => [params.org, params.id] }, () => 'x')
org.before(({ params }: Request<{ readonly org: string }>) => params.org)
// @ts-expect-error routes of the group may have integers of either kind
org.get('/n/{id:int}', { before: ({ params }): number => params.id }, () => 'x')

function resource(group: Group): void {
  group.get('/{id:int}', ({ params }) => params['id']).group('/deep', resource)
}
app.group('/cats', resource)
app.group('/dogs', { host: 'dogs.example.com' }, resource)
resource(org)

class DomainError extends Error {
  readonly reason: string = 'why'
}
app
  .onError(DomainError, (_request, error) => error.reason)
  // @ts-expect-error the error may be anything
  .onError((_request, error) => error.reason)

const url: string = app.urlFor('several', { id: 7n }, { page: 2, tag: ['a', 'b'], no: undefined })
// @ts-expect-error a parameter is no object
app.urlFor('several', { id: {} })
app.get('/url', ({ urlFor, state }) => {
  const before: unknown = state['before']
  return [urlFor('several', { id: 1 }), url, before]
})

app.onStartup(async () => Promise.resolve()).onShutdown(() => 1)
export async function run(): Promise<void> {
  await app.run({ workers: 2, profile: 'low-memory', host: '::1' })
  // @ts-expect-error no such profile
  await app.run({ profile: 'fast' })
  // @ts-expect-error a supervised program has its listeners from the supervisor
  await app.run({ listenFd: 3 })
}

app.post(
  '/upload/{id:int}',
  { stream: true, limits: { bodyBytesMax: 2 ** 40 } },
  async (request) => {
    const id: number = request.params.id
    for await (const chunk of request.stream({
      progress: (received, total) => [received, total],
    })) {
      const bytes: Uint8Array = chunk
      // @ts-expect-error a chunk is no text
      const letters: string = chunk
      return [bytes, letters]
    }
    const web: ReadableStream<Uint8Array> = request.readable()
    const whole: Buffer = await request.read({ progress: (received: number) => received })
    const sum: string | undefined = request.trailers.get('x-sum')
    return [id, web, whole, sum]
  },
)
// @ts-expect-error a total may be unknown
app.post('/x', ({ read }) => read({ progress: (_received, total: number) => total }))
const few = app.group('/few', { limits: { requestsMax: 2, requestTimeoutMs: 0 } })
few.get('/{id:int}', { limits: { sendRateMin: 1 } }, ({ params }) => params.id + 1)
// @ts-expect-error connections are not a route's
few.get('/x', { limits: { connectionsMax: 1 } }, () => 1)
// @ts-expect-error a limit is a number
app.group('/x', { limits: { requestsMax: '2' } })
export const limited = new App({ limits: { connectionsMax: 1, requestsMax: 2 } })
// @ts-expect-error stream is a yes or no
app.post('/x', { stream: 'yes' }, () => 'x')

app.get('/x', async function* ({ params }) {
  yield await Promise.resolve(String(params))
})
app.get('/x/{id:int}', function* ({ params }) {
  const id: number = params.id
  yield String(id)
})
app.get('/x', () => Readable.from(['a']))
app.get('/x', () => new ReadableStream<Uint8Array>())

const made: Reply = stream(['a', Uint8Array.of(1)], {
  status: 201,
  contentType: 'text/csv',
  trailers: async () => Promise.resolve({ 'x-sum': '1' }),
})
app.get('/x', () => made)
app.get('/x', () => stream(Readable.from(['a']), { length: 1, trailers: { 'x-sum': '1' } }))
app.get('/x', () => ndjson([{ a: 1 }, null]))
// @ts-expect-error a number is no piece
stream([1])
// @ts-expect-error lines have no length that is known before
ndjson([1], { length: 1 })
app.onError(ContentError, (_request, error) => [error.status, error.code, error.detail])

app.post('/form', { decompress: true }, async (request) => {
  const form: Form = await request.form({ filesMax: 1, directory: '/tmp' })
  const title: string | undefined = form.get('title')
  const tags: string[] = form.getAll('tag')
  const file: UploadFile | undefined = form.files.get('file')
  const filename: string | undefined = file?.filename
  // @ts-expect-error a field is no file
  form.get('file')?.filename
  // @ts-expect-error a part may be no file
  const name: string = form.parts[0]!.filename
  for await (const chunk of file ?? []) {
    const bytes: Uint8Array = chunk
    return bytes
  }
  await file?.save('/tmp/x', { replace: true })
  return [title, tags, filename, name]
})
app.group('/decoded', { decompress: true }).post('/x', { decompress: false }, () => 'x')
// @ts-expect-error a limit is a number
app.post('/x', ({ form }) => form({ filesMax: '1' }))
app.get('/x', async function* ({ lastEventId }) {
  const last: string | undefined = lastEventId
  yield sse(last ?? { any: 'data' }, { id: 1, event: 'e', retry: 5, comment: 'c' })
})
const event: ServerSentEvent = sse()
const id: string | undefined = event.id
app.get('/x', () => new EventStream([event, 'text', { n: 1 }], { heartbeatMs: 0, retryMs: 1 }))
const tokens: Reply = sseStream(Readable.from(['a']), { headers: { 'x-a': '1' } })
const count: number = new TokenStream(['a'], { format: 'ndjson' }).count
const hub = new EventHub(app, { history: 1, policy: 'coalesce', ownIds: true, clientBytesMax: 1 })
hub.publish({ id, count }, { event: 'e', key: 'k', id: 'i' })
hub.publish(event)
hub.publish(sse('a', { key: 'k' }))
app.get('/x/{id:int}', (request) => hub.stream(request, { lastEventId: String(request.params.id) }))
app.get('/x', (request) => {
  hub.subscribe(request, { headers: { 'x-a': '1' } })
})
const subscribers: number = hub.info().subscribers
app.get('/x', () => [tokens, subscribers])
// @ts-expect-error an id is text or a number
sse('a', { id: null })
// @ts-expect-error events are what its methods make
new ServerSentEvent('a').text = 'b'
// @ts-expect-error no such policy
new EventHub(app, { policy: 'drop' })
// @ts-expect-error a hub is an app's
new EventHub({ history: 1 })
// @ts-expect-error no such format
new TokenStream([], { format: 'xml' })
const shared: CookieOptions = { path: '/x', maxAge: 60, expires: new Date(), sameSite: 'strict' }
app.get('/x', () => new EventStream(['a']).setCookie('a', 'b', shared).deleteCookie('a', shared))
app.after((_request, reply) => void reply.setCookie('a', 'b', { expires: 0, secure: false }))
const stillTokens: TokenStream = new TokenStream(['a']).setCookie('a', 'b')
app.get('/x', () => stillTokens)
// @ts-expect-error a value is text
made.setCookie('a', 1)
// @ts-expect-error no such rule
made.setCookie('a', 'b', { sameSite: 'Lax' })
// @ts-expect-error what is removed has no age
made.deleteCookie('a', { maxAge: 1 })

// Providers: handlers, hooks and later factories find them.
const provided = new App()
  .provide('config', () => ({ url: 'x' }))
  .provide('db', async ({ config }) => Promise.resolve({ rows: [config.url] }), {
    dispose: (db) => db.rows.length,
  })
  .provide('tx', ({ db, path }) => ({ of: db.rows, path }), {
    scope: 'request',
    dispose: (tx, error) => [tx.path, error],
  })
provided.get('/{id:int}', { before: ({ tx }) => void tx.path }, ({ params, db, tx }) => {
  const rows: string[] = db.rows
  const id: number = params.id
  return [rows, id, tx.path]
})
provided.before(({ db }) => void db.rows)
provided.onStartup(({ db }) => db.rows)
// @ts-expect-error nobody provides it
provided.get('/missing', ({ cache }) => cache)
provided.override('config', { url: 'y' })
// @ts-expect-error it is an object
provided.override('config', 5)
// @ts-expect-error nobody provides it
provided.override('cache', 5)
provided.group('/inner', (group) => {
  group.provide('only', () => 1).get('', ({ only, db }) => only + db.rows.length)
})

const plugin: Plugin<{ word: string }, { readonly db: { rows: string[] } }> = (scope, options) => {
  scope.get('/plugin', ({ db }) => [...db.rows, options.word])
}
provided.register(plugin, { word: 'x', prefix: '/p' })
provided.register((scope) => scope.get('/own', ({ db }) => db.rows) && undefined)
// @ts-expect-error the plugin needs its word
provided.register(plugin, {})
// @ts-expect-error the plugin needs a db
new App().register(plugin, { word: 'x' })
