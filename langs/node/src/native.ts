import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { ABI_VERSION, TrivetError } from './abi_gen.js'

/** Opaque objects of the addon. */
export type NativeApp = { readonly __app: unique symbol }
export type NativeLoop = { readonly __loop: unique symbol }

export interface LoopInfo {
  readonly flags: number
  /** `io_uring` or `epoll`. */
  readonly engine: string
  /** Why this engine runs. */
  readonly engineReason: string
  readonly host: string
  readonly port: number
  /** One of `STATE`. */
  readonly state: number
}

/** Counters of a loop since its start; the ABI's `trivet_loop_stats`. */
export interface LoopStats {
  readonly connections: number
  readonly connectionsTotal: number
  readonly connectionsRefusedTotal: number
  readonly requestsInFlight: number
  readonly requestsTotal: number
  readonly handlerFailuresTotal: number
  readonly staleTotal: number
  readonly timeoutsTotal: number
  readonly systemCallsTotal: number
  readonly logDroppedTotal: number
}

type Body = string | Uint8Array | undefined

/**
 * The addon's functions. A request's handle is its two int32 words, low one first. Functions of
 * requests and loops throw a TrivetError; those of replies give their status.
 */
export interface Native {
  version(): string
  abiVersion(): number
  statusName(status: number): string
  setErrorFactory(make: (status: number, detail: string, message: string) => Error): void

  appNew(): NativeApp
  appConfigure(app: NativeApp, config: Readonly<Record<string, number>>): void
  appRoute(app: NativeApp, method: string, pattern: string, index: number, site: string): void
  appLog(app: NativeApp, level: number, message: string): void
  appMain(app: NativeApp, argv: readonly string[]): number

  loopNew(
    app: NativeApp,
    flags: number,
    host: string | undefined,
    port: number,
    listenFd: number,
    memory: ArrayBuffer,
    resource: object,
    onTurn: (count: number) => void,
  ): NativeLoop
  loopWait(loop: NativeLoop, timeoutMs: number): void
  loopTurn(loop: NativeLoop, timeoutMs: number): number
  loopRun(loop: NativeLoop): void
  loopReplay(loop: NativeLoop): void
  loopStart(loop: NativeLoop): void
  loopStop(loop: NativeLoop): void
  loopSetReferenced(loop: NativeLoop, isReferenced: boolean): void
  loopFree(loop: NativeLoop): void
  loopFlush(loop: NativeLoop): void
  loopFd(loop: NativeLoop): number
  loopDeadline(loop: NativeLoop): number
  loopWake(loop: NativeLoop): void
  loopDrain(loop: NativeLoop): void
  loopInfo(loop: NativeLoop): LoopInfo
  loopStats(loop: NativeLoop): LoopStats
  loopBanner(loop: NativeLoop, runtime: string): void
  loopWatch(loop: NativeLoop, fd: number, interest: number): void
  loopTimerStart(loop: NativeLoop, delayMs: number, id: number): bigint
  loopTimerCancel(loop: NativeLoop, timer: bigint): void
  loopPost(loop: NativeLoop, records: Uint8Array): void

  requestMethod(lo: number, hi: number): string
  requestTarget(lo: number, hi: number): string
  requestPath(lo: number, hi: number): string
  requestQueryText(lo: number, hi: number): string
  requestText(lo: number, hi: number): string
  requestId(lo: number, hi: number): number
  requestFlags(lo: number, hi: number): number
  requestVersion(lo: number, hi: number): number
  requestBody(lo: number, hi: number): Buffer
  requestHeaders(lo: number, hi: number): string[]
  requestParam(lo: number, hi: number, index: number): string
  requestHeader(lo: number, hi: number, name: string): string | undefined
  requestQuery(lo: number, hi: number, name: string): string | undefined
  requestCookie(lo: number, hi: number, name: string): string | undefined
  requestQueryItems(lo: number, hi: number): string[]
  requestCookieItems(lo: number, hi: number): string[]

  replySend(
    lo: number,
    hi: number,
    status: number,
    content: number,
    headers: readonly string[],
    body: Body,
  ): number
  replyText(lo: number, hi: number, status: number, body: Body): number
  replyHtml(lo: number, hi: number, status: number, body: Body): number
  replyJson(lo: number, hi: number, status: number, body: Body): number
  replyBytes(lo: number, hi: number, status: number, body: Body): number
  replyRedirect(lo: number, hi: number, status: number, location: string): number
  replyProblem(lo: number, hi: number, status: number, detail: string): number
  replyEmpty(lo: number, hi: number, status: number): number
  replyFail(lo: number, hi: number, cause: string, detail: string): number
}

/** The addon of a checkout (TRIVET_BUILD names the preset) or the one packed beside the code. */
function locate(): string {
  const preset = process.env['TRIVET_BUILD']
  const places = [
    ...(preset === undefined ? [`../prebuilds/linux-${process.arch}/trivet.node`] : []),
    `../build/${preset ?? 'release'}/trivet.node`,
  ]
  const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)))
  const found = paths.find((path) => existsSync(path))
  if (found === undefined) {
    throw new Error(`trivet's addon is missing; build.sh makes it. Looked for ${paths.join(', ')}`)
  }
  return found
}

function load(): Native {
  const addon = createRequire(import.meta.url)(locate()) as Native
  addon.setErrorFactory((status, detail, message) => new TrivetError(status, detail, message))
  if (addon.abiVersion() < ABI_VERSION) {
    const [has, needs] = [String(addon.abiVersion()), String(ABI_VERSION)]
    throw new Error(`trivet's addon has ABI ${has}, the package needs ${needs}`)
  }
  return addon
}

export const native: Native = load()
