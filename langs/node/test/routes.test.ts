import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { describe, it } from 'node:test'
import { App, TrivetError, type Group, type RouteInfo, type Router } from 'trivet'
import { serving } from './support.js'

const code = (expected: string) => (error: unknown) =>
  error instanceof TrivetError && error.code === expected

async function get(url: string, path: string, method = 'GET'): Promise<[number, string]> {
  const response = await fetch(url + path, { method })
  return [response.status, await response.text()]
}

/** As get(), for another Host, which fetch() does not let us set. */
function getOf(host: string, url: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    httpRequest(url + path, { headers: { Host: host }, agent: false }, (response) => {
      let content = ''
      response.setEncoding('utf8').on('data', (part: string) => (content += part))
      response.on('end', () => {
        resolve(content)
      })
    })
      .on('error', reject)
      .end()
  })
}

describe('groups', () => {
  it('put their prefixes and parameters in front of their routes', async () => {
    const app = new App()
    const seen: string[] = []
    app.group('/orgs/{org}', (org) => {
      org.get('', ({ params }) => params)
      org.group('/users', (users) => {
        users.get('/{id:int}', ({ params }) => params)
        users.group('', (same) => same.get('/all', ({ params }) => params))
      })
      seen.push('called at once')
    })
    assert.deepEqual(seen, ['called at once'])
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/orgs/acme'), [200, '{"org":"acme"}'])
      assert.deepEqual(await get(url, '/orgs/acme/users/7'), [200, '{"org":"acme","id":7}'])
      assert.deepEqual(await get(url, '/orgs/acme/users/all'), [200, '{"org":"acme"}'])
      assert.equal((await get(url, '/orgs/acme/users/x'))[0], 404)
      assert.equal((await get(url, '/users/7'))[0], 404)
    })
  })

  it('are what functions add routes to', async () => {
    const resource = (group: Group): void => {
      group.get('', () => 'list').post('', { status: 201 }, () => 'made')
      group.get('/{id:int}', ({ params }) => params['id'])
    }
    const ping = (router: Router): Router => router.get('/ping', () => 'pong')
    const app = new App()
    resource(app.group('/cats'))
    app.group('/dogs/{colour}', { host: 'localhost' }, resource)
    ping(app)
    ping(app.group('/deep'))
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/cats'), [200, 'list'])
      assert.deepEqual(await get(url, '/cats', 'POST'), [201, 'made'])
      assert.deepEqual(await get(url, '/cats/5'), [200, '5'])
      assert.equal(await getOf('localhost', url, '/dogs/red/6'), '6')
      assert.deepEqual(await get(url, '/ping'), [200, 'pong'])
      assert.deepEqual(await get(url, '/deep/ping'), [200, 'pong'])
    })
  })

  it('refuse prefixes that are none', () => {
    const app = new App()
    assert.throws(() => app.group('users'), code('ERR_TRIVET_PATTERN'))
    assert.throws(() => app.group('/users/'), code('ERR_TRIVET_PATTERN'))
    assert.throws(() => app.group('/{'), code('ERR_TRIVET_PATTERN'))
    assert.throws(() => app.group('/x', { host: 'bad host' }), code('ERR_TRIVET_PATTERN'))
  })

  it('name both places of a conflict that comes through them', () => {
    const app = new App()
    app.get('/users/all', () => 1)
    assert.throws(
      () => app.group('/users').get('/all', () => 2),
      (error) => {
        assert.ok(error instanceof TrivetError)
        assert.equal(error.code, 'ERR_TRIVET_CONFLICT')
        assert.equal(error.detail.match(/routes\.test\.[jt]s:\d+/g)?.length, 2)
        return true
      },
    )
  })
})

describe('routes', () => {
  it('answer several methods at once', async () => {
    const app = new App()
    app.route(['GET', 'PUT'], '/x', ({ method }) => method)
    app.route('DELETE', '/x', { status: 202 }, ({ method }) => method)
    assert.throws(() => app.put('/x', () => 1), code('ERR_TRIVET_CONFLICT'))
    assert.throws(() => app.route([], '/y', () => 1), code('ERR_TRIVET_PATTERN'))
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/x'), [200, 'GET'])
      assert.deepEqual(await get(url, '/x', 'PUT'), [200, 'PUT'])
      assert.deepEqual(await get(url, '/x', 'DELETE'), [202, 'DELETE'])
      assert.equal((await get(url, '/x', 'POST'))[0], 405)
    })
  })

  it('constrain their parameters', async () => {
    const app = new App()
    app.get('/uuid/{u:uuid}', ({ params }) => params.u)
    app.get('/path/{rest:path}', ({ params }) => params.rest)
    app.get('/regex/{code:regex([A-Z]{2,3})}/{n:int}', ({ params }) => params)
    app.get('/regex/{any:regex(a/b|[)}]+)}', ({ params }) => params)
    app.get('/big/{n:int}', { integers: 'bigint' }, ({ params }) => String(params.n))
    await serving(app, async (url) => {
      const uuid = '0123ABCD-4567-89ab-CDEF-0123456789ab'
      assert.deepEqual(await get(url, `/uuid/${uuid}`), [200, uuid.toLowerCase()])
      assert.equal((await get(url, '/uuid/0123'))[0], 404)
      assert.deepEqual(await get(url, '/path/a/b%2Fc/d'), [200, 'a/b/c/d'])
      assert.equal((await get(url, '/path/'))[0], 404)
      assert.deepEqual(await get(url, '/regex/ABC/7'), [200, '{"code":"ABC","n":7}'])
      assert.equal((await get(url, '/regex/ABCD/7'))[0], 404)
      assert.deepEqual(await get(url, '/regex/%7D)'), [200, '{"any":"})"}'])
      assert.deepEqual(await get(url, '/big/9007199254740993'), [200, '9007199254740993'])
    })
  })

  it('prefer the more exact one', async () => {
    const app = new App()
    app.get('/{rest:path}', () => 'path')
    app.get('/{text}', () => 'text')
    app.get('/{code:regex(v[0-9]+)}', () => 'regex')
    app.get('/{id:uuid}', () => 'uuid')
    app.get('/{n:int}', () => 'int')
    app.get('/new', () => 'literal')
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, '/new'), [200, 'literal'])
      assert.deepEqual(await get(url, '/7'), [200, 'int'])
      assert.deepEqual(await get(url, '/01234567-89ab-cdef-0123-456789abcdef'), [200, 'uuid'])
      assert.deepEqual(await get(url, '/v12'), [200, 'regex'])
      assert.deepEqual(await get(url, '/v'), [200, 'text'])
      assert.deepEqual(await get(url, '/v/x'), [200, 'path'])
    })
  })

  it('answer for their host, and give its parameters', async () => {
    const app = new App()
    app.get('/{id:int}', { host: '{tenant}.example.com' }, ({ params }) => params)
    app.get('/{id:int}', { host: 'api.example.com' }, () => 'api')
    app.get('/{id:int}', ({ params }) => params)
    app.group('/in', { host: '{region}.eu.example.com' }, (group) => {
      group.get('/{id:int}', ({ params }) => params)
      group.get('/own', { host: '{other}.example.org' }, ({ params }) => params)
    })
    await serving(app, async (url) => {
      assert.equal(await getOf('acme.example.com', url, '/7'), '{"tenant":"acme","id":7}')
      assert.equal(await getOf('API.example.com:80', url, '/7'), 'api')
      assert.equal(await getOf('elsewhere', url, '/7'), '{"id":7}')
      assert.equal(await getOf('de.eu.example.com', url, '/in/7'), '{"region":"de","id":7}')
      assert.equal(await getOf('a.example.org', url, '/in/own'), '{"other":"a"}')
      assert.match(await getOf('elsewhere', url, '/in/7'), /"status":404/)
    })
  })

  it('are known to their requests and to the app', async () => {
    const app = new App()
    const since = new Date(0)
    const options = { name: 'user', metadata: { team: 'core', roles: ['admin'], since } }
    let seen: RouteInfo | undefined
    app.get('/', () => 'x')
    app.group('/users', { host: 'a.example.com' }, (users) => {
      users.route(['GET', 'PUT'], '/{id:int}', options, ({ route }) => {
        seen = route
      })
    })
    app.all('/all', () => 'x')
    await serving(app, async (url) => {
      await getOf('a.example.com', url, '/users/7')
      const routes = app.routes()
      assert.equal(seen, routes[1])
      const { site, ...rest } = routes[1]!
      assert.deepEqual(rest, {
        name: 'user',
        pattern: '/users/{id:int}',
        methods: ['GET', 'PUT'],
        host: 'a.example.com',
        metadata: options.metadata,
      })
      assert.equal(rest.metadata['since'], since)
      assert.match(site, /^routes\.test\.js:\d+$/)
      assert.deepEqual(
        routes.map(({ pattern }) => pattern),
        ['/', '/users/{id:int}', '/all'],
      )
      assert.deepEqual(routes[2]!.methods, ['*'])
      assert.deepEqual([routes[0]!.name, routes[0]!.host, routes[0]!.metadata], ['', '', {}])
    })
  })
})

describe('urlFor', () => {
  function named(): App {
    const app = new App()
    app.get('/users/{id:int}/{name}', { name: 'user' }, ({ urlFor }) => urlFor('home'))
    app.get('/', { name: 'home' }, () => 'home')
    app.get('/files/{rest:path}', { name: 'file' }, () => 'file')
    app.get('/codes/{code:regex([A-Z]{3})}', { name: 'code' }, () => 'code')
    app.get('/x', { name: 'hosted', host: '{tenant}.example.com' }, () => 'x')
    app.group('/g/{org}').get('/{u:uuid}', { name: 'nested' }, () => 'x')
    return app
  }

  it('fills in and encodes parameters and query', () => {
    const { urlFor } = named()
    assert.equal(urlFor('home'), '/')
    assert.equal(urlFor('user', { id: 7, name: 'a b/ü' }), '/users/7/a%20b%2F%C3%BC')
    assert.equal(urlFor('user', { id: 2n ** 62n, name: true }), '/users/4611686018427387904/true')
    assert.equal(urlFor('file', { rest: 'a/b c' }), '/files/a/b%20c')
    assert.equal(urlFor('code', { code: 'ABC' }), '/codes/ABC')
    assert.equal(urlFor('hosted', { tenant: 'acme' }), '//acme.example.com/x')
    const u = '01234567-89ab-cdef-0123-456789abcdef'
    assert.equal(urlFor('nested', { org: 'o', u }), `/g/o/${u}`)
    const query = { q: 'a b&c', page: 2, tag: ['x', 'y'], none: undefined, all: true }
    assert.equal(urlFor('home', {}, query), '/?q=a+b%26c&page=2&tag=x&tag=y&all=true')
    const pairs = [
      ['b', 1],
      ['a', 2],
      ['b', 3],
    ] as const
    assert.equal(urlFor('home', undefined, pairs), '/?b=1&a=2&b=3')
    assert.equal(urlFor('home', {}, new URLSearchParams('a=1&b=2')), '/?a=1&b=2')
    const long = 'x'.repeat(5000)
    assert.equal(urlFor('file', { rest: long }), `/files/${long}`)
  })

  it('refuses what does not lead back to the route', () => {
    const { urlFor } = named()
    assert.throws(() => urlFor('nobody'), code('ERR_TRIVET_NOT_FOUND'))
    assert.throws(() => urlFor('user', { id: 7 }), code('ERR_TRIVET_ARGUMENT'))
    assert.throws(() => urlFor('user', { id: 'x', name: 'n' }), code('ERR_TRIVET_ARGUMENT'))
    assert.throws(() => urlFor('home', { id: 7 }), code('ERR_TRIVET_ARGUMENT'))
    assert.throws(() => urlFor('code', { code: 'ABCD' }), code('ERR_TRIVET_ARGUMENT'))
    assert.throws(() => urlFor('user', { id: 7, name: '' }), code('ERR_TRIVET_ARGUMENT'))
  })

  it('works in handlers, before the first loop and after it', async () => {
    const app = named()
    await serving(app, async (url) => {
      assert.deepEqual(await get(url, app.urlFor('user', { id: 1, name: 'n' })), [200, '/'])
    })
  })

  it('knows each name once', () => {
    const app = named()
    assert.throws(() => app.get('/other', { name: 'user' }, () => 1), code('ERR_TRIVET_CONFLICT'))
    assert.equal(app.routes().length, 6)
  })
})
