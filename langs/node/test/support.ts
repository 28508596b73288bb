import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { App, ListenOptions, Server } from 'trivet'

export const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

/** Serves an app for the time of a test. */
export async function serving(
  app: App,
  use: (url: string, server: Server) => Promise<void>,
  options: ListenOptions = {},
): Promise<void> {
  const server = await app.listen({ port: 0, banner: false, signals: false, ...options })
  try {
    await use(server.url.slice(0, -1), server)
  } finally {
    await server.close({ force: true })
  }
}

/** Sends bytes and gives all that comes back until the server closes the connection. */
export async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  socket.write(text)
  let answer = ''
  for await (const part of socket) answer += part as string
  return answer
}

export interface Program {
  readonly child: ChildProcess
  /** Settles with the first line of standard output. */
  readonly firstLine: Promise<string>
  /** Settles with the matches once standard output has so many. */
  seen(pattern: RegExp, count?: number): Promise<RegExpMatchArray[]>
  /** As seen(), of standard error. */
  told(pattern: RegExp, count?: number): Promise<RegExpMatchArray[]>
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>
}

/** Runs a module's text as a program of its own; `import … from 'trivet'` works in it. */
export function program(
  source: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Program {
  return command(process.execPath, ['--input-type=module', '--eval', source, '--', ...args], env)
}

/** Runs a program in the package's folder. */
export function command(
  path: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Program {
  const child = spawn(path, args, {
    cwd: PACKAGE,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  let hasEnded = false
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const look of waiting) look()
  }
  child.stdout.on('data', (part: Buffer) => {
    stdout += part.toString()
    wake()
  })
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString()
    wake()
  })
  const ended = once(child, 'close').then(([code]) => {
    hasEnded = true
    wake()
    return { code: code as number | null, stdout, stderr }
  })
  const until = (
    output: () => string,
    pattern: RegExp,
    count: number,
  ): Promise<RegExpMatchArray[]> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const matches = [...output().matchAll(new RegExp(pattern, 'gm'))]
        if (matches.length >= count) resolve(matches)
        else if (hasEnded) reject(new Error(`it ended without ${pattern.source}: ${stderr}`))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  const seen = (pattern: RegExp, count = 1): Promise<RegExpMatchArray[]> =>
    until(() => stdout, pattern, count)
  const told = (pattern: RegExp, count = 1): Promise<RegExpMatchArray[]> =>
    until(() => stderr, pattern, count)
  const firstLine = seen(/^(.*)\n/).then(([line]) => line![1]!)
  firstLine.catch(() => undefined)
  return { child, firstLine, seen, told, ended }
}

/** Requests on connections of their own that lie ready before the loop turns: one batch. */
export async function burst(port: number, paths: readonly string[]): Promise<string[]> {
  const sockets = await Promise.all(
    paths.map(async () => {
      const socket = connect(port, '127.0.0.1')
      // The first answer shows that the connection is accepted.
      socket.write('GET /ready HTTP/1.1\r\nHost: a\r\n\r\n')
      await once(socket, 'data')
      return socket
    }),
  )
  const answers = sockets.map(async (socket) => {
    let answer = ''
    for await (const part of socket) answer += String(part)
    return answer.slice(answer.indexOf('\r\n\r\n') + 4)
  })
  for (const [i, socket] of sockets.entries()) {
    socket.write(`GET ${paths[i]!} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  }
  return Promise.all(answers)
}

/** Runs an app in a program of its own and gives its log: what one request leaves there. */
export async function logOf(route: string, path = '/'): Promise<{ answer: string; log: string }> {
  const source = `
    import { App, json, ndjson, stream } from 'trivet'
    const app = new App({ log: 'error' })
    process.on('unhandledRejection', () => console.error('UNHANDLED'))
    ${route}
    const server = await app.listen({ port: 0, banner: false })
    console.log(server.port)`
  const { child, firstLine, ended } = program(source)
  const port = Number(await firstLine)
  const answer = await exchange(
    port,
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
  )
  child.kill('SIGTERM')
  const { stderr } = await ended
  return { answer, log: stderr }
}
