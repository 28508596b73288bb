import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { PACKAGE, program } from './support.js'

const HEADER = join(PACKAGE, '../../capi/include/trivet.h')
const ADDON = join(PACKAGE, 'build', process.env['TRIVET_BUILD'] ?? 'release', 'trivet.node')

/**
 * Hooks, error handlers and lifecycle are composed in JavaScript, where they may be async: one
 * crossing a request. And Node becomes the supervisor by executing the command line tool, for it
 * does not survive a fork.
 */
const NOT_FROM_NODE = [
  'trivet_app_before',
  'trivet_app_after',
  'trivet_app_on_error',
  'trivet_app_on_start',
  'trivet_app_on_stop',
  'trivet_supervisor_config_init',
  'trivet_supervisor_run',
]

describe('the addon', () => {
  it('reaches every function of the ABI but those that Node has no use for', () => {
    const header = readFileSync(HEADER, 'utf8').replace(/\/\*[^]*?\*\//g, '')
    const functions = [...header.matchAll(/^TRIVET_API .*?\b(trivet_\w+)\(/gm)].map((m) => m[1]!)
    assert.ok(functions.length > 40)
    const native = join(PACKAGE, 'native')
    const source = readdirSync(native)
      .map((name) => readFileSync(join(native, name), 'utf8').replace(/\/\/.*$/gm, ''))
      .join('\n')
    const words = new Set(source.match(/\btrivet_\w+/g))
    assert.deepEqual(
      functions.filter((name) => !words.has(name)),
      NOT_FROM_NODE,
    )
  })

  it('exports nothing but its entry points', async () => {
    const { stdout } = await promisify(execFile)('nm', ['-D', '--defined-only', ADDON])
    const names = stdout.split('\n').flatMap((line) => line.split(' ')[2] ?? [])
    const odd = names.filter((name) => !name.startsWith('napi_register_module_v'))
    assert.deepEqual(
      odd.filter((name) => name !== 'node_api_module_get_api_version_v1'),
      [],
    )
  })

  it("binds none of its parser, ring or crypto symbols to Node's own copies", async () => {
    const source = `
      import { App } from 'trivet'
      const app = new App()
      app.post('/', ({ json }) => json())
      const server = await app.listen({ port: 0, banner: false })
      await fetch(server.url, { method: 'POST', body: '{}' })
      await server.close()
      console.log('served')`
    const { stdout, stderr, code } = await program(source, { LD_DEBUG: 'bindings' }).ended
    assert.equal(code, 0)
    assert.match(stdout, /served/)
    const bindings = stderr.split('\n').filter((line) => /binding file \S*trivet\.node/.test(line))
    assert.ok(bindings.length > 20, 'the loader reports the bindings of the addon')
    const symbols = bindings.map((line) => /symbol `([^']+)'/.exec(line)?.[1] ?? '')
    assert.ok(symbols.includes('napi_create_function'))
    const foreign = /^(llhttp|io_uring|uring|SSL|EVP|CRYPTO|BIO|inflate|deflate|crc32|adler|zlib)/
    assert.deepEqual(
      symbols.filter((name) => foreign.test(name)),
      [],
    )
    // What does come from Node's executable is Node-API, libuv, and what every executable takes
    // from the C and C++ runtimes.
    const fromNode = bindings
      .filter((line) => line.includes(`to ${process.execPath} `))
      .map((line) => /symbol `([^']+)'/.exec(line)?.[1] ?? '')
    assert.deepEqual(
      fromNode.filter(
        (name) =>
          !/^(napi_|node_api_|uv_|_Z|__cxa|__asan|__ubsan|std(err|out)$|environ$)/.test(name),
      ),
      [],
    )
  })
})
