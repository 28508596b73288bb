import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { PACKAGE } from './support.js'

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

interface Route {
  readonly name: string
  readonly site: string
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly constraints: Readonly<Record<string, string>>
}

const TYPED = ['--import', 'trivet/typescript']
const APP = lines(
  "import { App } from 'trivet'",
  'const app = new App()',
  "app.get('/', { name: 'home' }, () => 'home')",
)

function lines(...texts: string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

/** A project with this package and some of its compilers installed. */
function project(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  packages: readonly string[] = [],
): string {
  const folder = mkdtempSync(join(tmpdir(), 'trivet-serve-'))
  t.after(() => {
    rmSync(folder, { recursive: true })
  })
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(PACKAGE, join(folder, 'node_modules/trivet'))
  for (const name of packages) {
    symlinkSync(join(PACKAGE, 'node_modules', name), join(folder, 'node_modules', name))
  }
  return folder
}

function run(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Ended {
  const done = spawnSync(process.execPath, [...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

/** The routes that an app tells on standard output. */
function routesOf(folder: string, ...args: string[]): readonly Route[] {
  const flags = [...args.slice(0, -1), '--import', 'trivet/serve', args.at(-1)!]
  const { code, out, err } = run(folder, flags, { TRIVET_INSPECT: '1' })
  assert.equal(`${String(code)} ${err}`, '0 ')
  return (JSON.parse(out) as { routes: Route[] }).routes
}

function namesOf(folder: string, ...args: string[]): string[] {
  return routesOf(folder, ...args).map(({ name }) => name)
}

describe('trivet/serve', () => {
  it('serves what a module exports', (t) => {
    const folder = project(t, {
      'default.js': `${APP}export default app\n`,
      'named.js': APP.replace('const app', 'export const app'),
      'late.js': lines(
        APP,
        'await new Promise((resolve) => setTimeout(resolve, 50))',
        'export default app',
      ),
      'sub/package.json': '{}',
      'sub/common.js': `import('trivet').then(() => 0)\nmodule.exports = {}\n`,
    })
    for (const entry of ['default.js', './named.js', 'late.js', join(folder, 'default.js')]) {
      assert.deepEqual(namesOf(folder, entry), ['home'], entry)
    }
    const common = run(folder, ['--import', 'trivet/serve', 'sub/common.js'])
    assert.match(common.err, /^trivet: .*common\.js has not served, and exports no app/)
  })

  it('serves until a signal ends it', (t) => {
    const end = lines(
      "const end = () => process.kill(process.pid, 'SIGTERM')",
      'app.onStartup(() => void setImmediate(end))',
    )
    const folder = project(t, { 'app.js': `${APP}${end}export default app\n` })
    const env = { TRIVET_PORT: '0', TRIVET_WORKERS: '1' }
    const { code, err } = run(folder, ['--import', 'trivet/serve', 'app.js'], env)
    assert.equal(code, 0, err)
  })

  it('starts workers with the same command', (t) => {
    const tell = lines(
      'app.onStartup(() => {',
      '  console.log(process.argv[2])',
      "  if (app.worker.slot === 0) process.kill(process.ppid, 'SIGTERM')",
      '})',
    )
    const folder = project(t, { 'app.js': `${APP}${tell}export default app\n` })
    const env = { TRIVET_PORT: '0', TRIVET_WORKERS: '2' }
    const { code, out, err } = run(folder, ['--import', 'trivet/serve', 'app.js', 'word'], env)
    assert.equal(code, 0, err)
    assert.deepEqual(new Set(out.trim().split('\n')), new Set(['word']))
  })

  it('leaves a program that serves itself alone', (t) => {
    const folder = project(t, {
      'run.js': `${APP}export default app\nawait app.run()\n`,
      'listen.js': lines(
        APP,
        'const server = await app.listen(0)',
        'await server.close()',
        "console.log('closed')",
      ),
    })
    assert.deepEqual(namesOf(folder, 'run.js'), ['home'])
    const { code, out } = run(folder, ['--import', 'trivet/serve', 'listen.js'])
    assert.deepEqual([code, out], [0, 'closed\n'])
  })

  it('says what is missing, and keeps quiet about what has failed by itself', (t) => {
    const folder = project(t, { 'none.js': '', 'boom.js': 'throw new Error("boom")\n' })
    assert.deepEqual(run(folder, ['--import', 'trivet/serve', 'none.js']), {
      code: 1,
      out: '',
      err: lines(
        `trivet: ${join(folder, 'none.js')} has not served, and exports no app: ` +
          'write export default app',
      ),
    })
    const boom = run(folder, ['--import', 'trivet/serve', 'boom.js'])
    assert.equal(boom.code, 1)
    assert.equal(boom.err.match(/Error: boom/g)?.length, 1, boom.err)
    assert.ok(!boom.err.includes('has not served'))
  })

  it('tells hooks and constraints without running startup hooks', (t) => {
    const more = `
      app.onStartup(() => { throw new Error('started') })
      const group = app.group('/g', { before: [function outer() {}], after: () => undefined })
      app.before(function first() {})
      app.after(function last() {})
      group.get('/{id:int}', { name: 'leaf', before: [function inner() {}] }, () => '')
      export default app\n`
    const folder = project(t, { 'app.js': APP + more })
    const leaf = routesOf(folder, 'app.js')[1]!
    assert.deepEqual(leaf.before, ['first', 'outer', 'inner'])
    assert.deepEqual(leaf.after, ['after', 'last'])
    assert.deepEqual(leaf.constraints, { id: 'int' })
  })

  it('fails where it cannot tell', (t) => {
    const folder = project(t, { 'app.js': `${APP}export default app\n` })
    for (const text of ['77', 'x']) {
      const args = ['--import', 'trivet/serve', 'app.js']
      const { code, err } = run(folder, args, { TRIVET_INSPECT: text })
      assert.equal(code, 1)
      assert.match(err, new RegExp(`^trivet: .*${text}`))
    }
  })
})

describe('trivet/typescript', () => {
  const files = {
    'src/app.ts': `import { App } from 'trivet'
import { answer, type Answer } from './answer.js'
enum Kind { Plain = 'plain' }
const app: App = new App()
app.get('/', { name: Kind.Plain }, (): Answer => answer())
export default app
`,
    'src/answer.ts': 'export type Answer = string\nexport const answer = (): Answer => "a"\n',
    'src/other.mts': 'import app from "./app.js"\nexport default app\n',
    'boom.ts': lines(
      'interface A { b: string }',
      '',
      'function fail(a: A): never {',
      '  throw new Error(a.b)',
      '}',
      'fail({ b: "boom" })',
    ),
    'bad.ts': 'const a: string = "a"\nconst b = = 1\n',
    'tsconfig.json': '{ "compilerOptions": { "strict": true } }',
  }

  for (const compiler of ['esbuild', 'typescript']) {
    it(`loads it by the project's ${compiler}`, (t) => {
      const folder = project(t, files, [compiler])
      for (const entry of ['src/app.ts', 'src/other.mts']) {
        const [route] = routesOf(folder, ...TYPED, entry)
        assert.deepEqual([route!.name, route!.site], ['plain', 'app.ts:5'])
      }
    })

    it(`names the lines of the source with ${compiler}`, (t) => {
      const folder = project(t, files, [compiler])
      const boom = run(folder, [...TYPED, 'boom.ts'])
      assert.equal(boom.code, 1)
      assert.match(boom.err, /boom\.ts:4/)
      assert.match(boom.err, /boom\.ts:6/)
      const bad = run(folder, [...TYPED, 'bad.ts'])
      assert.equal(bad.code, 1)
      assert.match(bad.err, /SyntaxError[^]*bad\.ts:2:1[01]/)
    })

    it(`loads CommonJS by ${compiler}`, (t) => {
      const common = {
        ...files,
        'package.json': '{"type":"commonjs"}',
        'tsconfig.json': '{ "compilerOptions": { "verbatimModuleSyntax": true } }',
        'common.ts': lines(
          'const path: { sep: string } = require("node:path")',
          'console.log(path.sep, typeof module)',
        ),
      }
      const folder = project(t, common, [compiler])
      assert.equal(run(folder, [...TYPED, 'common.ts']).out, '/ object\n')
    })
  }

  it('says what to install when there is no compiler', (t) => {
    const folder = project(t, files)
    const { code, err } = run(folder, [...TYPED, 'src/app.ts'])
    assert.equal(code, 1)
    assert.match(err, /cannot load .*app\.ts: .* npm install --save-dev esbuild/)
  })

  it('keeps the name of a module that is missing', (t) => {
    const folder = project(t, { 'app.ts': 'import "./gone.js"\n' }, ['esbuild'])
    assert.match(run(folder, [...TYPED, 'app.ts']).err, /gone\.js/)
  })
})
