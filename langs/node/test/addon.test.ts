import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { bindingsOf, libraryOf, strangers, symbolsOf } from './bindings.js'
import { PACKAGE, program } from './support.js'

const HEADER = join(PACKAGE, '../../capi/include/trivet.h')
const ADDON = join(PACKAGE, 'build', process.env['TRIVET_BUILD'] ?? 'release', 'trivet.node')

/**
 * Hooks, error handlers and lifecycle are composed in JavaScript, where they may be async: one
 * crossing a request. Readiness comes with a turn's events, in one call. Node becomes the
 * supervisor by executing the command line tool, for it does not survive a fork. And the parts of a
 * form are listed once, and found by name in JavaScript.
 */
const NOT_FROM_NODE = [
  'trivet_app_before',
  'trivet_app_after',
  'trivet_app_on_error',
  'trivet_app_on_start',
  'trivet_app_on_stop',
  'trivet_request_on_ready',
  'trivet_supervisor_config_init',
  'trivet_supervisor_run',
  'trivet_form_find',
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

  it('has its own copy of what Node exports as well', () => {
    const node = symbolsOf(process.execPath, '-D', '--defined-only')
    // Local code: neither imported nor visible.
    const own = symbolsOf(ADDON)
    for (const name of ['llhttp_init', 'EVP_sha256', 'inflate']) {
      assert.equal(node.get(name), 'T', `Node exports ${name}, so an addon could be bound to it`)
      assert.equal(own.get(name), 't', name)
    }
    const imported = [...symbolsOf(ADDON, '-D', '--undefined-only').keys()]
    assert.deepEqual(
      imported.filter((name) => libraryOf(name) !== undefined),
      [],
    )
  })

  it("binds nothing to Node's copies while it serves, and a binding to them is seen", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trivet-bindings-'))
    try {
      const planted = plant(folder)
      const source = `
        import { createRequire } from 'node:module'
        import { App } from 'trivet'
        createRequire(import.meta.url)(${JSON.stringify(planted)})
        const app = new App()
        app.post('/', ({ json }) => json())
        const server = await app.listen({ port: 0, banner: false })
        await fetch(server.url, { method: 'POST', body: '{}' })
        await server.close()
        console.log('served')`
      const debug = { LD_DEBUG: 'bindings', LD_BIND_NOW: '1' }
      const { stdout, stderr, code } = await program(source, debug).ended
      assert.equal(code, 0)
      assert.match(stdout, /served/)
      // An addon that only declares these functions gets Node's: what ours must not have.
      const wrong = strangers(bindingsOf('planted.node', stderr))
      assert.deepEqual(
        wrong,
        ['EVP_sha256', 'inflate', 'llhttp_init'].map((name) => `${name} → ${process.execPath}`),
      )
      const bindings = bindingsOf('trivet.node', stderr)
      assert.ok(bindings.length > 20, 'the loader reports the bindings of the addon')
      assert.ok(bindings.some(({ symbol }) => symbol === 'napi_create_function'))
      assert.deepEqual(strangers(bindings), [])
      // What does come from Node's executable is Node-API, libuv, and what every executable
      // takes from the C and C++ runtimes.
      const known =
        /^(napi_|node_api_|uv_|_Z|__(cxa|asan|ubsan)|(std(in|err|out)|environ|strcmp|getentropy)$)/
      const fromNode = bindings.filter(({ to }) => to === process.execPath)
      assert.deepEqual(
        fromNode.filter(({ symbol }) => !known.test(symbol)),
        [],
      )
      // And nobody else is bound to the addon: Node only looks up its entry points.
      const toAddon = bindingsOf('', stderr).filter(({ to }) => to.endsWith('trivet.node'))
      assert.deepEqual(
        toAddon.filter(({ symbol }) => !/^(napi_register_module|node_api_module_get)/.test(symbol)),
        [],
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

/** Builds an addon that is bound as ours must not be. */
function plant(folder: string): string {
  const file = join(folder, 'planted.c')
  writeFileSync(
    file,
    `extern int llhttp_init(), inflate(), EVP_sha256();
    int (*const all[])() = {llhttp_init, inflate, EVP_sha256};
    void *napi_register_module_v1(void *env, void *exports) { (void)env; return exports; }`,
  )
  const planted = join(folder, 'planted.node')
  execFileSync('cc', ['-shared', '-fPIC', '-w', '-o', planted, file])
  return planted
}
