import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { App, type Setting, type SettingSource } from 'trivet'
import { concurrencyOf, configOf, PROFILE } from 'trivet/lowlevel'
import { program, serving } from './support.js'

/** What an app is configured with in a process of its own. */
async function configured(
  code: string,
  env: Record<string, string>,
): Promise<Record<string, unknown>> {
  const source = `
    import { App } from 'trivet'
    import { configOf } from 'trivet/lowlevel'
    const app = new App(${code})
    console.log(JSON.stringify(configOf(app)))`
  const { stdout, stderr, code: exit } = await program(source, env).ended
  assert.equal(exit, 0, stderr)
  return JSON.parse(stdout) as Record<string, unknown>
}

describe('configuration', () => {
  it('is code over environment over trivet.toml over defaults', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trivet-'))
    try {
      const file = join(folder, 'own.toml')
      writeFileSync(
        file,
        '[server]\nport = 81\nworkers = 3\nidle_timeout_ms = 5000\nprofile = "low-memory"\n',
      )
      const env = { TRIVET_CONFIG: file, TRIVET_WORKERS: '4', TRIVET_IDLE_TIMEOUT_MS: '6000' }
      const config = await configured('{ idleTimeoutMs: 7000 }', env)
      const { host, port, workers, idleTimeoutMs, profile, startTimeoutMs } = config
      assert.deepEqual(
        [host, port, workers, idleTimeoutMs, profile, startTimeoutMs],
        ['127.0.0.1', 81, 4, 7000, PROFILE.LOW_MEMORY, 30_000],
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('says of every setting where it comes from', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trivet-'))
    try {
      const source = `
        import { App } from 'trivet'
        process.chdir(${JSON.stringify(folder)})
        const app = new App({ bodyBytesMax: 5 })
        console.log(JSON.stringify([app.settings(), app.variables()]))`
      const env = { TRIVET_IDLE_TIMEOUT_MS: '5s' }
      writeFileSync(join(folder, 'trivet.toml'), '[server]\nport = 81\n[app]\nentry = "a.ts"\n')
      writeFileSync(join(folder, '.env'), "TRIVET_BACKLOG=12\nSECRET='a b'\nSECRET=ü\n")
      const { stdout, stderr, code } = await program(source, env).ended
      assert.equal(code, 0, stderr)
      const [settings, variables] = JSON.parse(stdout) as [Setting[], Record<string, string>]
      assert.deepEqual(variables, { SECRET: 'ü' })
      const expected: Record<string, [string, string, SettingSource, string]> = {
        'server.port': ['81', '8000', 'file', 'trivet.toml:2'],
        'server.backlog': ['12', '4096', 'env-file', '.env:1'],
        'server.idle_timeout_ms': ['5000', '75000', 'environment', 'TRIVET_IDLE_TIMEOUT_MS'],
        'server.body_bytes_max': ['5', '1048576', 'program', ''],
        'server.host': ['127.0.0.1', '127.0.0.1', 'default', ''],
        'app.entry': ['a.ts', '', 'file', 'trivet.toml:4'],
        'app.build': ['', '', 'default', ''],
      }
      for (const [key, facts] of Object.entries(expected)) {
        const found = settings.find((setting) => setting.key === key)
        assert.deepEqual([found?.value, found?.default, found?.source, found?.place], facts, key)
      }
      const port = settings.find(({ key }) => key === 'server.port')
      assert.deepEqual([port?.variable, port?.allowed], ['TRIVET_PORT', '0 to 65535'])
      assert.match(port?.help ?? '', /^Port/)

      writeFileSync(join(folder, '.env'), '\nno entry\n')
      const wrong = await program(source, env).ended
      assert.equal(wrong.code, 1)
      assert.match(wrong.stderr, /^trivet: .*\.env:2: this is no NAME=VALUE.*\n$/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('takes address, workers, profile and buffers from code', () => {
    const options = {
      host: '::1',
      port: 0,
      workers: 5,
      profile: 'high-throughput',
      bufferCount: 64,
      bufferBytes: 2048,
      startTimeoutMs: 1234,
    } as const
    const config = configOf(new App(options))
    const { host, port, workers, profile, bufferCount, bufferBytes, startTimeoutMs } = config
    assert.deepEqual(
      { host, port, workers, profile, bufferCount, bufferBytes, startTimeoutMs },
      { ...options, profile: PROFILE.HIGH_THROUGHPUT },
    )
    assert.deepEqual(concurrencyOf(new App(options)), { workers: 5, threads: 1 })
  })

  it('of listen() replaces that of the app, and keeps the rest', async () => {
    const app = new App({ idleTimeoutMs: 7000, bodyBytesMax: 10 })
    await serving(
      app,
      () => {
        const { idleTimeoutMs, bodyBytesMax } = configOf(app)
        assert.deepEqual([idleTimeoutMs, bodyBytesMax], [7000, 20])
        return Promise.resolve()
      },
      { bodyBytesMax: 20 },
    )
  })

  it('names what is wrong', async () => {
    const wrong = (options: object, name: RegExp): void => {
      assert.throws(
        () => new App(options),
        (error: Error) => {
          assert.equal((error as { code?: string }).code, 'ERR_TRIVET_ARGUMENT')
          return name.test(error.message)
        },
      )
    }
    wrong({ port: 65_536 }, /port/)
    wrong({ port: -1 }, /port/)
    wrong({ workers: 1025 }, /workers/)
    wrong({ workers: 1.5 }, /workers/)
    wrong({ bufferCount: 3 }, /buffer_count/)
    wrong({ profile: 'fast' }, /profile is one of default, low-memory, high-throughput/)
    const { code, stderr } = await program(`import { App } from 'trivet'; new App()`, {
      TRIVET_PORT: 'eighty',
    }).ended
    assert.equal(code, 1)
    assert.match(stderr, /^trivet: .*TRIVET_PORT.*eighty.*\n$/)
  })

  it('has no threads in Node, and says so', async () => {
    const source = `
      import { App } from 'trivet'
      await new App({ port: 0 }).listen()`
    const { code, stderr } = await program(source, { TRIVET_THREADS: '2' }).ended
    assert.equal(code, 1)
    assert.match(stderr, /^trivet: .*threads.*\n$/)
  })
})
