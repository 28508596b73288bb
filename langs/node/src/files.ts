import { FILE, STATIC, STATUS, TrivetError } from './abi_gen.js'
import type { RouteLimits } from './limits.js'
import type { Middleware } from './middleware.js'
import type { NamesOf } from './names.js'
import { Reply, type ReplyInit } from './reply.js'
import type { HookOptions } from './route.js'

/** How a file is sent. */
export interface FileInit extends ReplyInit {
  /**
   * A directory that the path must not leave: then the path may be a client's text, and what leads
   * out, by dots or by links, is not there.
   */
  readonly root?: string
  /** By the extension unless given. */
  readonly contentType?: string
  /** The name to save the file under; without it the file is to be shown. */
  readonly download?: string
  readonly cacheControl?: string
  /** Whether names below `root` may begin with a dot; they may not unless given. */
  readonly dotFiles?: boolean
  /** Whether links below `root` are followed that stay there; they are unless given. */
  readonly symlinks?: boolean
}

const FILE_INIT: NamesOf<FileInit> = {
  status: true,
  headers: true,
  root: true,
  contentType: true,
  download: true,
  cacheControl: true,
  dotFiles: true,
  symlinks: true,
}

/**
 * An answer that is a file, which the engine sends: with ETag, Last-Modified, preconditions and
 * ranges, unless its status is another than 200. Where there is no such file the answer is 404.
 * Without `root` the path is the program's own and never a client's text.
 */
export function sendFile(path: string, init: FileInit = {}): Reply {
  const { root = '', contentType = '', download = '', cacheControl = '' } = init
  const texts = { path, root, contentType, download, cacheControl }
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text === 'string') continue
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${name} of a file is text`)
  }
  if (path === '' && root === '') {
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, 'the path of a file is empty')
  }
  const flags =
    (init.dotFiles === true ? FILE.DOT_FILES : 0) | (init.symlinks === false ? FILE.NO_SYMLINKS : 0)
  return Reply.ofFile({ ...texts, flags }, init, FILE_INIT)
}

/** How a folder is served; hooks and the rest are as of a route. */
export interface StaticOptions extends HookOptions {
  /** The file that stands for a directory, index.html unless given; false: none does. */
  readonly index?: string | false
  /** The file for paths without an extension that are not there, as single-page apps want it. */
  readonly fallback?: string
  /** Where no rule matches, no-cache unless given; false: none. */
  readonly cacheControl?: string | false
  /**
   * Patterns and values of Cache-Control; the first that matches counts. `*` is any run of bytes,
   * `?` any one; a pattern without a slash is held against the name of the file.
   */
  readonly cacheRules?: Readonly<Record<string, string>> | readonly (readonly [string, string])[]
  /** Media types by extension, without the dot. */
  readonly types?: Readonly<Record<string, string>>
  /** Whether names that begin with a dot are served; only .well-known is unless given. */
  readonly dotFiles?: boolean
  /** Whether links are followed that stay in the folder; they are unless given. */
  readonly symlinks?: boolean
  /** Whether name.br, name.zst and name.gz stand for name; they do unless given. */
  readonly precompressed?: boolean
  readonly name?: string
  readonly host?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly limits?: RouteLimits
  readonly middleware?: Middleware | readonly Middleware[]
}

export const STATIC_OPTIONS: NamesOf<StaticOptions> = {
  index: true,
  fallback: true,
  cacheControl: true,
  cacheRules: true,
  types: true,
  dotFiles: true,
  symlinks: true,
  precompressed: true,
  name: true,
  host: true,
  metadata: true,
  limits: true,
  middleware: true,
  before: true,
  around: true,
  after: true,
}

/** @internal As the addon takes them. */
export interface NativeStatic {
  readonly texts: readonly string[]
  readonly rules: readonly string[]
  readonly types: readonly string[]
  readonly flags: number
}

/** @internal */
export function nativeStatic(options: StaticOptions): NativeStatic {
  const { index = 'index.html', fallback = '', cacheControl = 'no-cache' } = options
  const { cacheRules = {}, types = {} } = options
  const rules = (
    Array.isArray(cacheRules) ? cacheRules : Object.entries(cacheRules)
  ) as readonly (readonly [string, string])[]
  const flags =
    STATIC.DELIVERED |
    (options.dotFiles === true ? STATIC.DOT_FILES : 0) |
    (options.symlinks === false ? STATIC.NO_SYMLINKS : 0) |
    (options.precompressed === false ? STATIC.NO_VARIANTS : 0)
  const texts = [index || '', fallback, cacheControl || '', '']
  return { texts, rules: rules.flat(), types: Object.entries(types).flat(), flags }
}
