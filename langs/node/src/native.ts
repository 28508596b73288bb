import { createRequire } from 'node:module'
import { ABI_VERSION, TrivetError } from './abi_gen.js'
import { addonPath } from './places.js'

/** Opaque objects of the addon. */
export type NativeApp = { readonly __app: unique symbol }
export type NativeGroup = { readonly __group: unique symbol }
export type NativeMiddleware = { readonly __middleware: unique symbol }
export type NativeLoop = { readonly __loop: unique symbol }

/** The ABI's `trivet_app_config`; engine, log level and profile by their numbers. */
export interface NativeConfig {
  readonly engine: number
  readonly logLevel: number
  readonly targetBytesMax: number
  readonly headBytesMax: number
  readonly headerCountMax: number
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  readonly requestsMax: number
  readonly requestsPerConnectionMax: number
  readonly bodyRateMin: number
  readonly sendRateMin: number
  readonly bodyBytesMax: number
  readonly bodyDecompress: number
  readonly bodyRatioMax: number
  readonly headTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly sendTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly shutdownTimeoutMs: number
  readonly backlog: number
  readonly bufferCount: number
  readonly bufferBytes: number
  readonly profile: number
  readonly host: string
  readonly port: number
  /** 0 when it is not configured. */
  readonly workers: number
  /** 0 when it is not configured. */
  readonly threads: number
  readonly startTimeoutMs: number
  /** Paths between commas. */
  readonly tlsCertificate: string
  readonly tlsKey: string
  readonly tlsStaple: string
  readonly tlsClientCa: string
  readonly tlsClientAuth: number
  readonly tlsMinVersion: number
  readonly tlsSessionTimeoutMs: number
  /** Addresses and blocks between commas, and `unix`. */
  readonly trustedProxies: string
  readonly forwarded: number
  readonly forwardedHost: number
  readonly proxyProtocol: number
  /** Addresses between commas, with the words `plain` and `proxy` behind them. */
  readonly alsoListen: string
  readonly compress: number
  readonly compressMinBytes: number
  readonly etag: number
  /** `/prefix=folder` between commas. */
  readonly staticFolders: string
}

/** The ABI's `trivet_setting_info`. */
export interface NativeSetting {
  readonly key: string
  readonly variable: string
  readonly value: string
  readonly default: string
  /** One of `SOURCE`. */
  readonly source: number
  readonly place: string
  readonly allowed: string
  readonly help: string
}

/** The ABI's `trivet_client`. */
export interface NativeClient {
  readonly flags: number
  readonly address: string
  readonly port: number
  readonly hops: number
  readonly scheme: string
  readonly host: string
  readonly version: string
  readonly cipher: string
  readonly serverName: string
  readonly subject: string
  readonly fingerprint: string
  readonly der: Buffer
}

/** The ABI's `trivet_route_info`. */
export interface NativeRoute {
  /** Joined by commas. */
  readonly methods: string
  readonly pattern: string
  readonly host: string
  readonly name: string
  readonly site: string
  /** [name, value, name, value, …], those that are text. */
  readonly metadata: string[]
  /** Hooks of the engine; those of this package are none. */
  readonly beforeCount: number
  readonly afterCount: number
}

/** The ABI's `trivet_worker_info`. */
export interface Inheritance {
  readonly slot: number
  readonly workers: number
  readonly listenFd: number
  readonly controlFd: number
}

/** Why a form was refused: the ABI's status, and that of the answer. */
export interface NativeRefusal {
  readonly status: number
  readonly refusal: number
  readonly detail: string
}

/** The ABI's `trivet_form_part`; `text` of those that are no files. */
export interface NativePart {
  readonly name: string
  readonly filename: string | undefined
  readonly contentType: string
  readonly size: number
  readonly isSpooled: boolean
  readonly text: string | undefined
}

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
  /** By TLS. */
  readonly isSecured: boolean
  readonly hasKernelTls: boolean
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
  readonly regexLimitTotal: number
  /** Connections accepted on behalf of workers that could not. */
  readonly lentTotal: number
}

/** Counters of a hub of events; the ABI's `trivet_sse_hub_info`. */
export interface HubInfo {
  /** Of `SSE_HUB`. */
  readonly flags: number
  /** Clients now. */
  readonly subscribers: number
  readonly subscribersTotal: number
  readonly publishedTotal: number
  /** Events handed to the kernel, counted for each client. */
  readonly deliveredTotal: number
  /** Events that slow clients missed, superseded ones not among them. */
  readonly droppedTotal: number
  /** Events that slow clients missed because a later one of their key was there. */
  readonly supersededTotal: number
  /** Slow clients closed by the policy `close`. */
  readonly closedTotal: number
  /** Clients that came back with an id that is no longer known, and got all that is kept. */
  readonly gapsTotal: number
  /** Events kept now. */
  readonly historyEvents: number
  /** Their bytes. */
  readonly historyBytes: number
}

type Body = string | Uint8Array | undefined

/** What is missing is no field, what is empty one that is sent where that is possible. */
type EventFields = [
  data: string | undefined,
  id: string | undefined,
  event: string | undefined,
  comment: string | undefined,
  retry: number | undefined,
]

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
  appConfig(app: NativeApp): NativeConfig
  appConfigure(app: NativeApp, config: Partial<NativeConfig>): void
  appSettings(app: NativeApp): NativeSetting[]
  /** [name, value, name, value, …] */
  appVariables(app: NativeApp): string[]
  appRoute(
    app: NativeApp,
    methods: string,
    pattern: string,
    index: number,
    site: string,
    name: string,
    host: string,
    group: NativeGroup | undefined,
    metadata: readonly string[],
    flags: number,
    limits: readonly number[],
    decompress: number,
    middleware: readonly NativeMiddleware[],
    bodySchema: string,
  ): void
  /** Texts: [index, fallback, Cache-Control, '']; rules and types are pairs by turns. */
  appStatic(
    app: NativeApp,
    prefix: string,
    directory: string,
    index: number,
    site: string,
    name: string,
    host: string,
    group: NativeGroup | undefined,
    metadata: readonly string[],
    limits: readonly number[],
    middleware: readonly NativeMiddleware[],
    texts: readonly string[],
    rules: readonly string[],
    types: readonly string[],
    flags: number,
  ): void
  appDeliverStatic(app: NativeApp, index: number, isDelivered: number): void
  /** Options are names and values by turns. */
  appMiddleware(app: NativeApp, kind: string, options: readonly string[]): NativeMiddleware
  appUse(app: NativeApp, group: NativeGroup | undefined, middleware: NativeMiddleware): void
  appGroup(
    app: NativeApp,
    prefix: string,
    parent: NativeGroup | undefined,
    host: string,
    site: string,
    limits: readonly number[],
    decompress: number,
  ): NativeGroup
  appFallback(app: NativeApp, index: number): void
  appUrl(app: NativeApp, name: string, params: readonly string[], query: readonly string[]): string
  appRouteCount(app: NativeApp): number
  appGetRoute(app: NativeApp, index: number): NativeRoute
  appConcurrency(app: NativeApp): { workers: number; threads: number }
  /** Whether somebody asked: then the program is to end. */
  appInspect(app: NativeApp, hooks: readonly string[]): boolean
  /** The descriptor of a client's connection to a loop for tests. */
  appInject(app: NativeApp): number
  appAdvance(app: NativeApp, milliseconds: number): void
  /** Servers: [URL, description, URL, description, …] */
  openapiServe(
    app: NativeApp,
    title: string,
    version: string,
    description: string,
    path: string,
    docs: string,
    reference: string,
    servers: readonly string[],
  ): void
  /** No text leaves the route out. */
  openapiOperation(app: NativeApp, index: number, json: string): void
  openapiSchema(app: NativeApp, name: string, json: string): void
  openapiDocument(app: NativeApp): string
  appLog(app: NativeApp, level: number, message: string): void
  appMain(app: NativeApp, argv: readonly string[]): number

  supervisorInherit(): Inheritance | undefined
  execute(path: string, argv: readonly string[]): never

  loopNew(
    app: NativeApp,
    flags: number,
    host: string | undefined,
    port: number,
    listenFd: number,
    controlFd: number,
    memory: ArrayBuffer,
    resource: object,
    onTurn: (count: number) => void,
  ): NativeLoop
  loopWait(loop: NativeLoop, timeoutMs: number): void
  loopTurn(loop: NativeLoop, timeoutMs: number): number
  loopRun(loop: NativeLoop): void
  loopReplay(loop: NativeLoop): void
  loopStart(loop: NativeLoop): void
  loopAttach(loop: NativeLoop): void
  loopDetach(loop: NativeLoop): void
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
  /** Content of the index-th event of the present batch. */
  loopContent(loop: NativeLoop, index: number): Buffer

  requestMethod(lo: number, hi: number): string
  requestTarget(lo: number, hi: number): string
  requestPath(lo: number, hi: number): string
  requestQueryText(lo: number, hi: number): string
  requestText(lo: number, hi: number): string
  requestId(lo: number, hi: number): number
  requestFlags(lo: number, hi: number): number
  requestVersion(lo: number, hi: number): number
  requestRefusal(lo: number, hi: number): number
  requestRoute(lo: number, hi: number): NativeRoute | undefined
  requestSetData(lo: number, hi: number, data: unknown): void
  requestGetData(lo: number, hi: number): unknown
  requestBody(lo: number, hi: number): Buffer
  /** 0 at the end, else the status that says why there is nothing. */
  requestRead(lo: number, hi: number): Buffer | number
  requestTrailers(lo: number, hi: number): string[]
  requestHeaders(lo: number, hi: number): string[]
  requestParam(lo: number, hi: number, index: number): string
  requestClient(lo: number, hi: number): NativeClient
  requestAttribute(lo: number, hi: number, name: string): string | undefined
  requestHeader(lo: number, hi: number, name: string): string | undefined
  requestQuery(lo: number, hi: number, name: string): string | undefined
  requestCookie(lo: number, hi: number, name: string): string | undefined
  requestQueryItems(lo: number, hi: number): string[]
  requestCookieItems(lo: number, hi: number): string[]

  /** Whether the form is whole, or what it is refused with. */
  formOpen(lo: number, hi: number, limits: object, directory: string): boolean | NativeRefusal
  formParts(lo: number, hi: number): NativePart[]
  formRead(lo: number, hi: number, index: number, offset: number, size: number): Buffer
  formDescriptor(lo: number, hi: number, index: number): number
  formSave(lo: number, hi: number, index: number, path: string, flags: number): void

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
  replyXml(lo: number, hi: number, status: number, body: Body): number
  replyJson(lo: number, hi: number, status: number, body: Body): number
  replyBytes(lo: number, hi: number, status: number, body: Body): number
  replyRedirect(lo: number, hi: number, status: number, location: string): number
  replyProblem(lo: number, hi: number, status: number, detail: string): number
  replyEmpty(lo: number, hi: number, status: number): number
  replyFail(lo: number, hi: number, cause: string, detail: string): number
  replyAddHeader(lo: number, hi: number, name: string, value: string): number
  /** A negative length is none. */
  replyBegin(
    lo: number,
    hi: number,
    status: number,
    content: number,
    headers: readonly string[],
    length: number,
  ): number
  /** 1 when the writer should wait. */
  replyWrite(lo: number, hi: number, piece: Body): number
  replyEnd(lo: number, hi: number, trailers: readonly string[]): number
  replyAbort(lo: number, hi: number): number
  /** What is empty is not said. */
  replyFile(
    lo: number,
    hi: number,
    status: number,
    flags: number,
    path: string,
    root: string,
    contentType: string,
    downloadName: string,
    cacheControl: string,
    headers: readonly string[],
  ): number
  replyStatic(lo: number, hi: number): number

  /** The value of a Set-Cookie field; what is undefined is not said. Throws. */
  cookieEncode(
    flags: number,
    sameSite: number,
    name: string,
    value: string,
    domain: string | undefined,
    path: string | undefined,
    expires: number | undefined,
    maxAge: number | undefined,
  ): string

  sseEncode(...event: EventFields): string
  sseBegin(
    lo: number,
    hi: number,
    heartbeatMs: number | undefined,
    retryMs: number | undefined,
    headers: readonly string[],
  ): number
  /** Whether the writer should wait. Throws. */
  sseSend(lo: number, hi: number, ...event: EventFields): boolean
  /** What is undefined is the engine's to choose. */
  sseHubOpen(
    app: NativeApp,
    flags: number | undefined,
    policy: number | undefined,
    historyEvents: number | undefined,
    historyBytes: number | undefined,
    eventBytesMax: number | undefined,
    clientBytesMax: number | undefined,
    subscribersMax: number | undefined,
    heartbeatMs: number | undefined,
    retryMs: number | undefined,
  ): bigint
  sseHubPublish(
    lo: number,
    hi: number,
    ...event: [...event: EventFields, key: string | undefined]
  ): void
  sseHubInfo(lo: number, hi: number): HubInfo
  sseHubClose(lo: number, hi: number): void
  sseSubscribe(
    lo: number,
    hi: number,
    hubLo: number,
    hubHi: number,
    lastEventId: string | undefined,
    headers: readonly string[],
  ): number
}

function open(): Native {
  const path = addonPath()
  try {
    return createRequire(import.meta.url)(path) as Native
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`trivet's addon ${path} cannot be loaded: ${reason}`, { cause: error })
  }
}

function load(): Native {
  const addon = open()
  addon.setErrorFactory((status, detail, message) => new TrivetError(status, detail, message))
  const [has, needs] = [addon.abiVersion(), ABI_VERSION]
  if (Math.floor(has / 100) !== Math.floor(needs / 100) || has < needs) {
    throw new Error(
      `trivet's addon has ABI ${String(has)}, its JavaScript needs ${String(needs)}: ` +
        'the installation is mixed from two versions; install trivet again',
    )
  }
  return addon
}

export const native: Native = load()
