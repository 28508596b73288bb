import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { App } from 'trivet'
import { command, PACKAGE, program, type Program } from './support.js'

const PRESET = process.env['TRIVET_BUILD'] ?? 'release'
const CLI = process.env['TRIVET_CLI'] ?? join(PACKAGE, `../../build/${PRESET}/cli/trivet`)
/** For what takes a moment, and never for judging how long. */
const PAUSE_MS = 10

/** A program that tells of its workers on standard output and to whoever asks. */
function source(options = '{ port: 0, workers: 2 }', method = 'run', more = ''): string {
  return `
    import { App } from 'trivet'
    const app = new App(${options})
    const names = () => Object.keys(process.env).filter((name) => name === 'TRIVET_WORKER')
    const { execArgv, argv } = process
    app.get('/', () => ({ pid: process.pid, worker: app.worker, names: names(), argv, execArgv }))
    let release
    app.get('/slow', () => new Promise((resolve) => {
      release = resolve
      console.log('slow ' + process.pid + '.')
    }))
    app.onShutdown(() => { console.log('stopped ' + process.pid + '.'); release?.('slow') })
    process.on('SIGUSR2', () => release('released'))
    ${more}
    const server = await app.${method}()
    console.log('ready ' + process.pid + ' ' + server.port + '.')`
}

interface Answer {
  pid: number
  worker?: { slot: number; workers: number }
  names: string[]
  argv: string[]
}

async function ask(port: string): Promise<Answer> {
  const url = `http://127.0.0.1:${port}/`
  const response = await fetch(url, { headers: { Connection: 'close' } })
  return (await response.json()) as Answer
}

/** Asks until both workers have answered. */
async function askAll(port: string, count = 2): Promise<Map<number, Answer>> {
  const answers = new Map<number, Answer>()
  while (answers.size < count) {
    const answer = await ask(port)
    answers.set(answer.pid, answer)
  }
  return answers
}

/** Supervised programs end with their supervisor, also when a test fails. */
async function using(running: Program, use: (ports: string) => Promise<void>): Promise<void> {
  try {
    const [first, second] = await running.seen(/^ready \d+ (\d+)\.$/, 2)
    assert.equal(first![1], second![1])
    await use(first![1]!)
  } finally {
    running.child.kill('SIGKILL')
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('workers', () => {
  it('serve one port, know their slots, and drain together', async () => {
    const running = program(source(), { TRIVET_LOG: 'info' }, ['a', 'b c'])
    await using(running, async (port) => {
      const answers = [...(await askAll(port)).values()]
      const slots = answers.map(({ worker }) => worker?.slot).sort()
      assert.deepEqual(slots, [0, 1])
      for (const { pid, worker, names, argv } of answers) {
        assert.notEqual(pid, running.child.pid)
        assert.equal(worker?.workers, 2)
        assert.deepEqual(names, [], 'processes started from here are no workers')
        assert.deepEqual(argv.slice(1), ['a', 'b c'])
      }
      running.child.kill('SIGTERM')
      const { code, stdout, stderr } = await running.ended
      assert.equal(code, 0, stderr)
      for (const { pid } of answers) assert.ok(stdout.includes(`stopped ${String(pid)}.`))
      assert.match(stderr, /trivet .*Node 2\d\..*2 workers/)
    })
  })

  it('finish what is in flight', async () => {
    const running = program(source())
    await using(running, async (port) => {
      const slow = fetch(`http://127.0.0.1:${port}/slow`).then((response) => response.text())
      const [, pid] = (await running.seen(/^slow (\d+)\.$/))[0]!
      running.child.kill('SIGTERM')
      await running.seen(/^stopped \d+\.$/)
      process.kill(Number(pid), 'SIGUSR2')
      assert.equal(await slow, 'released')
      assert.equal((await running.ended).code, 0)
    })
  })

  it('are replaced when they are killed', async () => {
    const running = program(source())
    await using(running, async (port) => {
      const [victim] = [...(await askAll(port)).keys()]
      process.kill(victim!, 'SIGKILL')
      await running.seen(/^ready \d+ \d+\.$/, 3)
      const pids = [...(await askAll(port)).keys()]
      assert.ok(!pids.includes(victim!))
      running.child.kill('SIGTERM')
      assert.equal((await running.ended).code, 0)
    })
  })

  it('leave Ctrl-C to their supervisor', async () => {
    const running = program(source())
    await using(running, async (port) => {
      const pids = [...(await askAll(port)).keys()]
      for (const pid of pids) process.kill(pid, 'SIGINT')
      assert.equal((await askAll(port)).size, 2)
      running.child.kill('SIGINT')
      const { code, stdout } = await running.ended
      assert.equal(code, 0)
      assert.equal(stdout.match(/^stopped/gm)?.length, 2)
    })
  })

  it('drain on a SIGTERM of their own, and are replaced', async () => {
    const running = program(source())
    await using(running, async (port) => {
      const [first] = [...(await askAll(port)).keys()]
      process.kill(first!, 'SIGTERM')
      await running.seen(new RegExp(`^stopped ${String(first)}\\.$`))
      await running.seen(/^ready \d+ \d+\.$/, 3)
      assert.equal((await askAll(port)).size, 2)
      running.child.kill('SIGTERM')
      assert.equal((await running.ended).code, 0)
    })
  })

  it('end when their supervisor is gone, whatever their programs left behind', async () => {
    const running = program(source(undefined, 'run', 'setInterval(() => {}, 1000)'))
    await using(running, async (port) => {
      const pids = [...(await askAll(port)).keys()]
      running.child.kill('SIGKILL')
      await running.seen(/^stopped \d+\.$/, 2)
      while (pids.some(isAlive)) await sleep(PAUSE_MS)
    })
  })

  it('that cannot start say why, once each time, and end with 1', async () => {
    const fails = `app.onStartup(() => {
      console.log('trying ' + process.pid + '.')
      throw new Error('no database')
    })`
    const running = program(source(undefined, 'run', fails))
    try {
      await running.seen(/^trying \d+\.$/, 3)
      running.child.kill('SIGTERM')
      const { stderr, stdout } = await running.ended
      const tries = stdout.match(/^trying/gm)!.length
      const lines = stderr.match(/^trivet: a startup hook failed: Error: no database .*$/gm)!
      assert.ok(lines.length >= 2 && lines.length <= tries, stderr)
      assert.ok(!stdout.includes('ready'))
    } finally {
      running.child.kill('SIGKILL')
    }
  })
})

describe('listen()', () => {
  it('with several workers in code or environment does what run() does', async () => {
    const cases: [string, Record<string, string>][] = [
      ['{ port: 0, workers: 2 }', {}],
      ['{ port: 0 }', { TRIVET_WORKERS: '2' }],
    ]
    for (const [options, env] of cases) {
      const running = program(source(options, 'listen'), env)
      await using(running, async (port) => {
        assert.equal((await askAll(port)).size, 2)
        running.child.kill('SIGTERM')
        assert.equal((await running.ended).code, 0)
      })
    }
  })

  it('otherwise serves alone', async () => {
    assert.equal(new App().worker, undefined)
    const running = program(source('{ port: 0 }', 'listen'))
    const [, , port] = (await running.seen(/^ready (\d+) (\d+)\.$/))[0]!
    const { pid, worker } = await ask(port!)
    assert.deepEqual([pid, worker], [running.child.pid, undefined])
    running.child.kill('SIGTERM')
    assert.equal((await running.ended).code, 0)
  })

  it('takes the listener of `trivet start`, whose flags beat the program', async () => {
    const text = source('{ port: 1, workers: 7 }', 'listen')
    const node = [process.execPath, '--input-type=module', '--eval', text]
    const running = command(CLI, ['start', '--port', '0', '--workers', '2', '--', ...node])
    await using(running, async (port) => {
      assert.notEqual(port, '1')
      const answers = [...(await askAll(port)).values()]
      assert.deepEqual(
        answers.map(({ worker }) => worker?.workers),
        [2, 2],
      )
      running.child.kill('SIGTERM')
      assert.equal((await running.ended).code, 0)
    })
  })
})

describe('run() becomes the supervisor', () => {
  const TELL = `#!/bin/sh
    for word in "$@"; do echo "argument $word"; done
    grep -E '^Sig(Blk|Ign)' /proc/self/status
    for fd in 0 1 2; do grep flags /proc/$$/fdinfo/$fd; done
    echo descriptors /proc/$$/fd/*`

  /** With a command that tells what it was started with in place of the real one. */
  async function telling(start: (cli: string) => Program): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'trivet-'))
    try {
      const cli = join(folder, 'cli')
      writeFileSync(cli, TELL)
      chmodSync(cli, 0o755)
      const { code, stdout, stderr } = await start(cli).ended
      assert.equal(code, 0, stderr)
      return stdout.trim().split('\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  /** Numbers of the open descriptors that were told of. */
  function descriptors(lines: readonly string[]): (string | undefined)[] {
    return lines
      .at(-1)!
      .split(' ')
      .slice(1)
      .map((path) => path.split('/').pop())
  }

  it('with its own command line, and nothing of Node left', async () => {
    const options = `{ port: 0, workers: 3, host: '::1', shutdownTimeoutMs: 1234, log: 'warn' }`
    const text = `
      import { openSync } from 'node:fs'
      import { App } from 'trivet'
      openSync('/dev/null', 'r')
      process.stdin.on('data', () => {})
      process.stdout.write('')
      process.stderr.write('')
      process.on('SIGUSR1', () => {})
      await new App(${options}).run()`
    const args = ['--flag', 'with space']
    const lines = await telling((cli) => program(text, { TRIVET_CLI: cli }, args))
    const words = lines
      .filter((line) => line.startsWith('argument '))
      .map((line) => line.slice('argument '.length))
    const [flags, ownArguments] = [words.slice(0, words.indexOf('--')), words.slice(-2)]
    assert.equal(flags.shift(), 'start')
    const given = new Map(flags.flatMap((word, i) => (i % 2 === 0 ? [[word, flags[i + 1]]] : [])))
    assert.deepEqual(Object.fromEntries(given as Map<string, string>), {
      '--host': '::1',
      '--port': '0',
      '--workers': '3',
      '--backlog': '4096',
      '--start-timeout-ms': '30000',
      '--shutdown-timeout-ms': '1234',
      '--log': 'warn',
    })
    assert.equal(words[words.indexOf('--') + 1], process.execPath)
    assert.ok(words.includes('--input-type=module') && words.includes('--eval'))
    assert.deepEqual(ownArguments, ['--flag', 'with space'])
    const rest = lines.filter((line) => !line.startsWith('argument ')).join('\n')
    const NONBLOCK = 0o4000
    // 32 and 33 are the C library's own: whatever `make` starts ignores them, and so on downwards.
    const LIBC_SIGNALS = 0x180000000n
    for (const [, mask] of rest.matchAll(/Sig(?:Blk|Ign):\s+(\w+)/g)) {
      assert.equal(BigInt(`0x${mask!}`) & ~LIBC_SIGNALS, 0n)
    }
    for (const [, mode] of rest.matchAll(/flags:\s+(\d+)/g)) {
      assert.equal(Number.parseInt(mode!, 8) & NONBLOCK, 0)
    }
    const plain = await telling((cli) => command(cli, []))
    assert.deepEqual(descriptors(lines), descriptors(plain))
  })

  it('after what was printed before it', async () => {
    const size = 1_000_000
    const text = `
      import { App } from 'trivet'
      process.stdout.write('x'.repeat(${String(size)}) + '\\n')
      await new App({ port: 0, workers: 2 }).run()`
    const [first] = await telling((cli) => program(text, { TRIVET_CLI: cli }))
    assert.equal(first!.length, size)
  })

  const refused = async (running: Program, reason: RegExp): Promise<void> => {
    const { code, stderr } = await running.ended
    assert.equal(code, 1)
    assert.match(stderr, reason)
  }

  it('only with the command at hand', async () => {
    const missing = program(source(), { TRIVET_CLI: '/nowhere/trivet' })
    await refused(missing, /^trivet: .*\/nowhere\/trivet: No such file.*ERR_TRIVET_SYSTEM\)\n$/)
  })

  it('not once the process serves', async () => {
    const text = `
      import { App } from 'trivet'
      const server = await new App({ port: 0 }).listen({ banner: false })
      await new App({ port: 0, workers: 2 }).run().finally(() => server.close())`
    await refused(program(text), /^trivet: .*serves already; set workers to 1 .*STATE\)\n$/m)
  })

  it('not from a worker thread', async () => {
    const code = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData).then(async ({ App }) => {
        const error = await new App({ port: 0, workers: 2 }).run().catch((error) => error)
        parentPort.postMessage([error.code, error.message])
      })`
    const worker = new Worker(code, { eval: true, workerData: import.meta.resolve('trivet') })
    const [[status, message]] = (await once(worker, 'message')) as [[string, string]]
    await worker.terminate()
    assert.equal(status, 'ERR_TRIVET_STATE')
    assert.match(message, /2 workers .*worker thread.*set workers to 1/)
  })

  it('not when its parent has a channel to it', async () => {
    const folder = mkdtempSync(join(PACKAGE, 'build/test-'))
    try {
      const file = join(folder, 'main.mjs')
      writeFileSync(file, source())
      const child = fork(file, { cwd: PACKAGE, silent: true })
      let stderr = ''
      child.stderr!.on('data', (part: Buffer) => (stderr += part.toString()))
      const [code] = (await once(child, 'close')) as [number]
      assert.equal(code, 1)
      assert.match(stderr, /^trivet: .*connected to its parent.*set workers to 1/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('not when its program came by standard input', async () => {
    const script = `echo "$0" | ${process.execPath} --input-type=module -`
    await refused(command('/bin/sh', ['-c', script, source()]), /^trivet: .*standard input/)
  })
})
