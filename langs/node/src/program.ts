import { isMainThread } from 'node:worker_threads'
import { STATUS, TrivetError } from './abi_gen.js'
import { Driver } from './driver.js'
import { native, type Inheritance, type NativeConfig } from './native.js'
import { levelName } from './options.js'
import { packedCommand } from './places.js'

/** Which worker of its supervisor a process is. */
export interface WorkerIdentity {
  /** From 0. */
  readonly slot: number
  /** Number of workers. */
  readonly workers: number
}

/** What a supervisor gave this process, asked for once: the first app takes note of it. */
let inheritance: Inheritance | undefined
let isAsked = false
let isTaken = false

function inherit(): Inheritance | undefined {
  if (isAsked || !isMainThread) return inheritance
  isAsked = true
  inheritance = native.supervisorInherit()
  // Processes that are started from here are no workers.
  delete process.env['TRIVET_WORKER']
  return inheritance
}

export function workerOfProcess(): WorkerIdentity | undefined {
  const worker = inherit()
  return worker === undefined ? undefined : { slot: worker.slot, workers: worker.workers }
}

/** The listener and the channel to the supervisor, for the first server of the process. */
export function takeInheritance(): Inheritance | undefined {
  const worker = isTaken ? undefined : inherit()
  isTaken ||= worker !== undefined
  return worker
}

/** Makes this process the supervisor of workers that run the same program. Does not come back. */
export async function supervise(config: NativeConfig, workers: number): Promise<never> {
  const program = commandLine(workers)
  const tool = toolPath()
  await Promise.all([flush(process.stdout), flush(process.stderr)])
  return native.execute(tool, [tool, 'start', ...flagsOf(config, workers), '--', ...program])
}

/** What concerns the supervisor as well; the workers find the rest in their program. */
function flagsOf(config: NativeConfig, workers: number): string[] {
  const level = levelName(config.logLevel)
  const flags = {
    '--host': config.host,
    '--port': config.port,
    '--workers': workers,
    '--backlog': config.backlog,
    '--start-timeout-ms': config.startTimeoutMs,
    '--shutdown-timeout-ms': config.shutdownTimeoutMs,
    ...(config.alsoListen === '' ? {} : { '--also-listen': config.alsoListen }),
    ...(level === undefined ? {} : { '--log': level }),
  }
  return Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)])
}

/** What this process was started with; refused where starting it again would not be the same. */
function commandLine(workers: number): string[] {
  const { execPath, execArgv, argv } = process
  const isText = execArgv.some((word) => /^(-p?e|-p|--eval|--print)(=|$)/.test(word))
  if (!isMainThread) refuse(workers, 'this is a worker thread')
  if (Driver.openCount > 0) refuse(workers, 'this process serves already')
  if (process.channel !== undefined) {
    refuse(workers, 'this process is connected to its parent (cluster, fork or --watch)')
  }
  if (!isText && (argv[1] === undefined || argv[1] === '-')) {
    refuse(workers, 'this program is read from standard input')
  }
  // Behind a text, words that look like Node's own options are the program's.
  return [execPath, ...execArgv, ...(isText ? ['--'] : []), ...argv.slice(1)]
}

function refuse(workers: number, reason: string): never {
  throw new TrivetError(
    STATUS.TRIVET_E_STATE,
    `${String(workers)} workers need a program that can be started anew, and ${reason}; ` +
      'set workers to 1',
  )
}

/** The command line tool: TRIVET_CLI, else the one packed with or built for the addon. */
function toolPath(): string {
  const given = process.env['TRIVET_CLI']
  if (given !== undefined && given !== '') return given
  return packedCommand()
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return Promise.resolve()
  return new Promise((resolve) => stream.write('', () => resolve()))
}
