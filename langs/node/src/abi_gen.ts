// generated from capi/spec; do not edit

/** Version of the ABI this file was generated for. */
export const ABI_VERSION = 100

/** Version of the header. */
export const VERSION = {
  /** Major version. */
  MAJOR: 0,
  /** Minor version. */
  MINOR: 1,
  /** Patch version. */
  PATCH: 0,
} as const

/** How much memory a loop takes for speed: what buffer_count and buffer_bytes are when they are 0. */
export const PROFILE = {
  /** 256 receive buffers of 8 KiB. */
  DEFAULT: 0,
  /** 32 receive buffers of 4 KiB. */
  LOW_MEMORY: 1,
  /** 1024 receive buffers of 16 KiB. */
  HIGH_THROUGHPUT: 2,
} as const

/** What a before hook gives. */
export const HOOK = {
  /** The next hook, then the handler. */
  CONTINUE: 0,
  /** The hook has answered, or will. */
  STOP: 1,
} as const

/** Flags of a route. */
export const ROUTE = {
  /** Requests with content are delivered when their head is there, and the content is read with trivet_request_read. */
  STREAM: 1,
} as const

/** In place of a number, for limits of a route or a group. */
export const LIMIT = {
  /** No limit, where 0 is taken for that of the group or the app around it. */
  NONE: 4294967295,
} as const

/** Which kernel interface moves the bytes. The environment's TRIVET_ENGINE (auto, uring, epoll) overrides AUTO. */
export const ENGINE = {
  /** io_uring where the kernel allows it, else epoll. */
  AUTO: 0,
  /** io_uring or an error. */
  URING: 1,
  /** epoll. */
  EPOLL: 2,
} as const

/** Log levels. The environment's TRIVET_LOG (debug, info, warn, error, off) overrides DEFAULT. */
export const LOG = {
  /** As the environment says, else info. */
  DEFAULT: 0,
  /** Every connection's end and its reason. */
  DEBUG: 1,
  /** Start, drain, end. */
  INFO: 2,
  /** What is degraded. */
  WARN: 3,
  /** Failed handlers and failed system calls. */
  ERROR: 4,
  /** Nothing. */
  OFF: 5,
} as const

/** Whether the content of requests is decoded before it is handed out. What is not encoded, or as identity, is left alone; body_bytes_max holds for what came and for what it becomes; the fields Content-Encoding and Content-Length are taken out of what is decoded. Other codings, and more than two, give 415 with Accept-Encoding, malformed and incomplete content 400. */
export const DECOMPRESS = {
  /** As the group, the group around it, or body_decompress of the app's configuration says. */
  INHERIT: 0,
  /** Decoded. */
  ON: 1,
  /** As it came. */
  OFF: 2,
} as const

/** Whether TLS asks clients for a certificate (mTLS). */
export const CLIENT_AUTH = {
  /** They are not asked. */
  OFF: 0,
  /** They are asked; one that has a certificate must have one that tls_client_ca has signed. */
  OPTIONAL: 1,
  /** A handshake without such a certificate fails. */
  REQUIRED: 2,
} as const

/** Versions of TLS. */
export const TLS = {
  /** RFC 5246, with ECDHE and AEAD only. */
  V1_2: 0,
  /** RFC 8446. */
  V1_3: 1,
} as const

/** Which fields trusted proxies write. It cannot be seen from a request: a proxy that writes one kind passes the other on as the client sent it. */
export const FORWARDED = {
  /** X-Forwarded-For and X-Forwarded-Proto. */
  X: 0,
  /** Forwarded, RFC 7239. */
  RFC: 1,
  /** Either, for proxies that write both, or remove what they do not write. With both, Forwarded counts as far as the others say the same. */
  EITHER: 2,
} as const

/** Where the value of a setting comes from; the greater number beats the smaller one. */
export const SOURCE = {
  /** Nobody has set it. */
  DEFAULT: 0,
  /** trivet.toml. */
  FILE: 1,
  /** The file .env of the working directory. */
  ENV_FILE: 2,
  /** The environment. */
  ENVIRONMENT: 3,
  /** trivet_app_configure has changed it. */
  PROGRAM: 4,
  /** A flag of the command that started the program. */
  FLAG: 5,
} as const

/** What the value of a setting is. Numbers may stand in quotes in trivet.toml, all else must. */
export const SETTING = {
  /** A number. */
  NUMBER: 0,
  /** A power of two, or 0. */
  POWER_OF_TWO: 1,
  /** A number, or auto. */
  AUTO: 2,
  /** A number of bytes, or text like 64KiB. */
  BYTES: 3,
  /** A number of milliseconds, or text like 30s. */
  DURATION: 4,
  /** One of the names that allowed lists. */
  NAME: 5,
  /** Any text. */
  TEXT: 6,
} as const

/** Flags of a folder that is served. */
export const STATIC = {
  /** Requests go to the handler, or arrive as events, and are answered from the folder when trivet_reply_static asks for it: for languages that run hooks themselves. */
  DELIVERED: 1,
  /** Names that begin with a dot are served. Else they are not there, but for .well-known in the first place. */
  DOT_FILES: 2,
  /** Symbolic links are not there. Else those are followed that stay below the folder. */
  NO_SYMLINKS: 4,
  /** name.br, name.zst and name.gz do not stand for name. */
  NO_VARIANTS: 8,
} as const

/** Flags of trivet_loop_config. */
export const LOOP = {
  /** No listener: timers, watches and wake-ups only. */
  UNBOUND: 1,
  /** SO_REUSEPORT, for several loops on one port; without it a port in use is an error. Loops of one app share a Unix socket in the same way. */
  REUSE_PORT: 2,
  /** The listener is bound, but the loop accepts only from trivet_loop_start on. */
  DEFERRED: 4,
  /** host and port are those of the app's configuration instead of the ones given here. When LISTEN_PID names this process and LISTEN_FDS listening sockets from descriptor 3 on (socket activation), the app takes those instead, once, and the variables are removed. Else the loop listens on the addresses of also_listen, too, which loops with TRIVET_LOOP_REUSE_PORT on its port share. */
  CONFIGURED: 8,
  /** For tests: no listener; connections come from trivet_app_inject, and trivet_app_advance puts the clock forward. Not together with what is said of a listener or a supervisor. */
  TEST: 16,
} as const

/** Kinds of events. */
export const EVENT = {
  /** A request for a route without a handler: request, view, user_data of the route. The view stays valid until the request is answered. */
  REQUEST: 1,
  /** The client of an unanswered request closed its side: request, user_data of the route. The handle stays valid; it should still be answered, which may give TRIVET_E_GONE. status is TRIVET_E_GONE when the connection has ended, so that nothing can be sent any more; else the client may still be reading. */
  GONE: 2,
  /** A watched descriptor is ready: fd, ready. */
  WATCH: 3,
  /** The drain is complete, the last event of a loop. */
  DRAINED: 4,
  /** After a trivet_request_read or trivet_form_open that gave TRIVET_E_AGAIN: there is content now, its end or its failure; or the form has ended. request, user_data of the route. */
  READABLE: 5,
  /** After a trivet_reply_write that told the writer to wait: there is room again. Also what a posted TRIVET_POST_SSE_SUBSCRIBE gave, in status. request, user_data of the route; status is TRIVET_E_STALE when a posted step found that the request had ended, TRIVET_E_GONE when its client has gone. */
  WRITABLE: 6,
  /** Answers a posted TRIVET_POST_READ: request, user_data of the route, content with the bytes, valid until the next one is posted or the request has ended, and status with TRIVET_OK, or why no more will come, TRIVET_E_STALE when the request has ended. Empty content with TRIVET_OK is the end. */
  CONTENT: 7,
  /** Answers a posted TRIVET_POST_FORM: request, user_data of the route, status as trivet_form_open gives it, but for TRIVET_E_AGAIN; TRIVET_E_STALE when the request has ended. From then on the thread that handles the request may ask for the form. */
  FORM: 8,
} as const

/** Interest in, and readiness of, a watched descriptor. */
export const WATCH = {
  /** Readable, or at its end. */
  READ: 1,
  /** Writable. */
  WRITE: 2,
  /** Readiness only: an error or hang-up. */
  ERROR: 4,
} as const

/** States of a loop. */
export const STATE = {
  /** Accepts and serves. */
  SERVING: 1,
  /** Finishes what is in flight. */
  DRAINING: 2,
  /** Nothing is left. */
  DRAINED: 3,
} as const

/** Flags of a request view. */
export const REQUEST = {
  /** The connection stays open after the answer. */
  KEEP_ALIVE: 1,
  /** The client has closed its side. */
  GONE: 2,
} as const

/** What a request is ready for. */
export const READY = {
  /** As TRIVET_EVENT_READABLE. */
  READ: 1,
  /** As TRIVET_EVENT_WRITABLE. */
  WRITE: 2,
  /** As TRIVET_EVENT_GONE. */
  GONE: 4,
} as const

/** Flags of a client. */
export const CLIENT = {
  /** The connection is secured by TLS. */
  SECURED: 1,
  /** Trusted proxies have said who it is. */
  FORWARDED: 2,
  /** The peer of the connection has shown a certificate, which was checked. */
  CERTIFICATE: 4,
} as const

/** Ready-made Content-Type fields. */
export const CONTENT = {
  /** No Content-Type from the engine; give one among the headers. */
  NONE: 0,
  /** text/plain; charset=utf-8 */
  TEXT: 1,
  /** text/html; charset=utf-8 */
  HTML: 2,
  /** application/json */
  JSON: 3,
  /** application/octet-stream */
  BYTES: 4,
  /** application/problem+json */
  PROBLEM: 5,
  /** application/xml */
  XML: 6,
} as const

/** Lengths of an answer in pieces. */
export const LENGTH = {
  /** It is chunked, or ends with the connection for HTTP/1.0. */
  UNKNOWN: 18446744073709551615n,
} as const

/** What a posted record asks for. */
export const POST = {
  /** A whole answer, as trivet_reply_send. */
  REPLY: 0,
  /** trivet_request_read; the bytes come as TRIVET_EVENT_CONTENT. */
  READ: 1,
  /** trivet_reply_begin with status, content, fields and length. A head that cannot be sent becomes a failure as of trivet_reply_fail. */
  BEGIN: 2,
  /** trivet_reply_write with the body. With status 1 TRIVET_EVENT_WRITABLE comes as soon as there is room, which may be at once. */
  WRITE: 3,
  /** trivet_reply_end with the fields as trailers. */
  END: 4,
  /** trivet_reply_abort. */
  ABORT: 5,
  /** trivet_form_open; the outcome comes as TRIVET_EVENT_FORM. The body is a trivet_form_config, or empty for the defaults; its directory must last until the event. */
  FORM: 6,
  /** trivet_sse_begin with the fields, heartbeat_ms in status and retry_ms in length (TRIVET_LENGTH_UNKNOWN: none). Events follow as WRITE, encoded by trivet_sse_encode. Fails as BEGIN does. */
  SSE_BEGIN: 7,
  /** trivet_sse_subscribe with the fields and the hub in length: the thread's last record of the request. Bits of status: 1, the body is the last event id, else the request's field counts; 2, TRIVET_EVENT_WRITABLE tells the outcome, TRIVET_OK when what is published from then on reaches the client, and a failure that leaves the request unanswered leaves it to the poster. Without 2, TRIVET_E_LIMIT and a hub that is closed give 503, and other failures are as of trivet_reply_fail. */
  SSE_SUBSCRIBE: 8,
  /** trivet_reply_file with status and fields, and the flags in length. The body is path, root, content type, download name and Cache-Control with a NUL between each two. */
  FILE: 9,
  /** trivet_reply_static, with the fields added to the answer as by trivet_reply_add_header. */
  STATIC: 10,
} as const

/** Flags of a file that a handler sends, for a path below a root. */
export const FILE = {
  /** Names that begin with a dot may be sent. */
  DOT_FILES: 1,
  /** Symbolic links are not there. */
  NO_SYMLINKS: 2,
} as const

/** Moments of a fork without exec. */
export const FORK = {
  /** In the parent, before. */
  PREPARE: 0,
  /** In the parent, afterwards, whether it succeeded or not. */
  PARENT: 1,
  /** In the worker: serve, then give the process's exit code. */
  CHILD: 2,
} as const

/** Flags of a part. */
export const PART = {
  /** It came with a file name, be it empty. */
  FILE: 1,
  /** Its content lies in a temporary file without a name, and value is empty. */
  SPOOLED: 2,
} as const

/** Flags of trivet_form_save. */
export const SAVE = {
  /** What has the path already is replaced in one step. */
  REPLACE: 1,
} as const

/** Flags of an event: fields that are sent although they are empty. */
export const SSE_EVENT = {
  /** An empty id: the client forgets its Last-Event-ID. */
  ID: 1,
  /** Empty data: without a data field clients drop an event, whatever its type. */
  DATA: 2,
} as const

/** Flags of a hub. */
export const SSE_HUB = {
  /** Ids are the publisher's. Without it the hub gives each event an id of its own, which tells the hub and a number that grows by one, and an event that brings one is TRIVET_E_ARGUMENT. */
  OWN_IDS: 1,
} as const

/** What becomes of a client that takes less than is published. */
export const SSE_POLICY = {
  /** It misses the oldest events that wait for it. */
  DROP_OLDEST: 0,
  /** Its connection closes; a browser comes back with Last-Event-ID and gets what it missed. */
  CLOSE: 1,
  /** It misses events that a later one of the same key superseded, then the oldest. */
  COALESCE: 2,
} as const

/** Flags of a cookie. Without them it is as safe as it can be: sent over TLS alone, and out of the reach of scripts. */
export const COOKIE = {
  /** Without Secure: sent over plain HTTP, too. Browsers take Secure cookies of plain HTTP from loopback addresses only. */
  INSECURE: 1,
  /** Without HttpOnly: document.cookie has it. */
  SCRIPTS: 2,
  /** Partitioned: one jar for each site that embeds this one. Not with TRIVET_COOKIE_INSECURE. */
  PARTITIONED: 4,
} as const

/** Which requests that other sites cause have the cookie. */
export const SAME_SITE = {
  /** Those of links that a user follows. */
  LAX: 0,
  /** None. */
  STRICT: 1,
  /** All. Not with TRIVET_COOKIE_INSECURE. */
  NONE: 2,
} as const

/** Statuses of the ABI by name. */
export const STATUS = {
  /** Success. */
  TRIVET_OK: 0,
  /** An argument is missing, malformed or out of range. */
  TRIVET_E_ARGUMENT: -1,
  /** Memory could not be had. */
  TRIVET_E_MEMORY: -2,
  /** The handle's object has ended, was already answered, or belongs to another copy of the library. */
  TRIVET_E_STALE: -3,
  /** The function is tagged owner and was called from another thread. */
  TRIVET_E_THREAD: -4,
  /** The object is in a state that does not allow the call, for example a route added after the first loop was made. */
  TRIVET_E_STATE: -5,
  /** A route pattern or method is malformed; the detail says where. */
  TRIVET_E_PATTERN: -6,
  /** A route for the same method and the same paths exists; the detail names both registrations. */
  TRIVET_E_CONFLICT: -7,
  /** Another socket is bound to the address. */
  TRIVET_E_ADDRESS_IN_USE: -8,
  /** The host or port is malformed, not local, or not permitted; or there is something else than a socket at the path of a Unix socket. */
  TRIVET_E_ADDRESS: -9,
  /** engine = uring was asked for and the kernel or a filter refuses it; the detail says why. */
  TRIVET_E_ENGINE: -10,
  /** The operating system refused; the detail names the call and its error. */
  TRIVET_E_SYSTEM: -11,
  /** The connection ended before the answer; the request handle is released. */
  TRIVET_E_GONE: -12,
  /** A response field name is not a token, or a value contains CR, LF or NUL, or the field is one the engine writes itself (Content-Length, Transfer-Encoding, Connection). */
  TRIVET_E_HEADER: -13,
  /** No item of that name: header, query parameter, cookie, timer or watch. */
  TRIVET_E_NOT_FOUND: -14,
  /** A named limit does not allow one more; the detail names it. */
  TRIVET_E_LIMIT: -15,
  /** There is nothing now; the caller is told when there is. */
  TRIVET_E_AGAIN: -16,
  /** What was awaited did not come in time. */
  TRIVET_E_TIMEOUT: -17,
  /** What came breaks the protocol, for example the framing of chunked content. */
  TRIVET_E_PROTOCOL: -18,
  /** The content of a request is of another type than was asked for, for example no form. */
  TRIVET_E_MEDIA_TYPE: -19,
} as const

/** Name of a status, as the C header has it. */
export type StatusName = keyof typeof STATUS

/** The stable `code` of a TrivetError. */
export type TrivetErrorCode =
  | 'ERR_TRIVET_ARGUMENT'
  | 'ERR_TRIVET_MEMORY'
  | 'ERR_TRIVET_STALE'
  | 'ERR_TRIVET_THREAD'
  | 'ERR_TRIVET_STATE'
  | 'ERR_TRIVET_PATTERN'
  | 'ERR_TRIVET_CONFLICT'
  | 'ERR_TRIVET_ADDRESS_IN_USE'
  | 'ERR_TRIVET_ADDRESS'
  | 'ERR_TRIVET_ENGINE'
  | 'ERR_TRIVET_SYSTEM'
  | 'ERR_TRIVET_GONE'
  | 'ERR_TRIVET_HEADER'
  | 'ERR_TRIVET_NOT_FOUND'
  | 'ERR_TRIVET_LIMIT'
  | 'ERR_TRIVET_AGAIN'
  | 'ERR_TRIVET_TIMEOUT'
  | 'ERR_TRIVET_PROTOCOL'
  | 'ERR_TRIVET_MEDIA_TYPE'

interface StatusEntry {
  readonly name: StatusName
  readonly code: TrivetErrorCode
  readonly message: string
}

const ENTRIES: ReadonlyMap<number, StatusEntry> = new Map<number, StatusEntry>([
  [
    -1,
    {
      name: 'TRIVET_E_ARGUMENT',
      code: 'ERR_TRIVET_ARGUMENT',
      message: 'invalid argument',
    },
  ],
  [
    -2,
    {
      name: 'TRIVET_E_MEMORY',
      code: 'ERR_TRIVET_MEMORY',
      message: 'out of memory',
    },
  ],
  [
    -3,
    {
      name: 'TRIVET_E_STALE',
      code: 'ERR_TRIVET_STALE',
      message: 'the handle is no longer valid: its request was already answered',
    },
  ],
  [
    -4,
    {
      name: 'TRIVET_E_THREAD',
      code: 'ERR_TRIVET_THREAD',
      message: 'called from a thread that does not own the loop',
    },
  ],
  [
    -5,
    {
      name: 'TRIVET_E_STATE',
      code: 'ERR_TRIVET_STATE',
      message: 'not possible in this state',
    },
  ],
  [
    -6,
    {
      name: 'TRIVET_E_PATTERN',
      code: 'ERR_TRIVET_PATTERN',
      message: 'malformed route pattern',
    },
  ],
  [
    -7,
    {
      name: 'TRIVET_E_CONFLICT',
      code: 'ERR_TRIVET_CONFLICT',
      message: 'the route is already registered',
    },
  ],
  [
    -8,
    {
      name: 'TRIVET_E_ADDRESS_IN_USE',
      code: 'ERR_TRIVET_ADDRESS_IN_USE',
      message: 'the address is already in use',
    },
  ],
  [
    -9,
    {
      name: 'TRIVET_E_ADDRESS',
      code: 'ERR_TRIVET_ADDRESS',
      message: 'the address cannot be used',
    },
  ],
  [
    -10,
    {
      name: 'TRIVET_E_ENGINE',
      code: 'ERR_TRIVET_ENGINE',
      message: 'the requested engine is not available',
    },
  ],
  [
    -11,
    {
      name: 'TRIVET_E_SYSTEM',
      code: 'ERR_TRIVET_SYSTEM',
      message: 'a system call failed',
    },
  ],
  [
    -12,
    {
      name: 'TRIVET_E_GONE',
      code: 'ERR_TRIVET_GONE',
      message: 'the client has gone',
    },
  ],
  [
    -13,
    {
      name: 'TRIVET_E_HEADER',
      code: 'ERR_TRIVET_HEADER',
      message: 'a header name or value contains a forbidden byte',
    },
  ],
  [
    -14,
    {
      name: 'TRIVET_E_NOT_FOUND',
      code: 'ERR_TRIVET_NOT_FOUND',
      message: 'not found',
    },
  ],
  [
    -15,
    {
      name: 'TRIVET_E_LIMIT',
      code: 'ERR_TRIVET_LIMIT',
      message: 'a limit was reached',
    },
  ],
  [
    -16,
    {
      name: 'TRIVET_E_AGAIN',
      code: 'ERR_TRIVET_AGAIN',
      message: 'nothing has come yet',
    },
  ],
  [
    -17,
    {
      name: 'TRIVET_E_TIMEOUT',
      code: 'ERR_TRIVET_TIMEOUT',
      message: 'the client was too slow',
    },
  ],
  [
    -18,
    {
      name: 'TRIVET_E_PROTOCOL',
      code: 'ERR_TRIVET_PROTOCOL',
      message: 'the client\'s message is malformed',
    },
  ],
  [
    -19,
    {
      name: 'TRIVET_E_MEDIA_TYPE',
      code: 'ERR_TRIVET_MEDIA_TYPE',
      message: 'the content is of another type than was asked for',
    },
  ],
])

/** A failed call of the engine. `code` is stable; `status` and `statusName` are the C ABI's. */
export class TrivetError extends Error {
  readonly code: TrivetErrorCode
  readonly status: number
  readonly statusName: StatusName
  /** Where, and what to do next; may be empty. */
  readonly detail: string

  constructor(status: number, detail = '', message = '') {
    const entry = ENTRIES.get(status)
    if (entry === undefined) throw new RangeError(`no error has the status ${String(status)}`)
    const text = message === '' ? entry.message : message
    super(detail === '' ? text : `${text}: ${detail}`)
    this.name = 'TrivetError'
    this.code = entry.code
    this.status = status
    this.statusName = entry.name
    this.detail = detail
  }
}
