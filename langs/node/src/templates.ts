import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDevelopment } from './development.js'
import { checkNames, type NamesOf } from './names.js'
import type { Reply, ReplyInit } from './reply.js'
import { html } from './reply_helpers.js'

/** What of Eta is used. */
interface Engine {
  render(name: string, data: object): string
  renderAsync(name: string, data: object): Promise<string>
}

type EtaClass = new (options: object) => Engine

export interface TemplateOptions {
  /** Ending of the files; `.eta` unless given. */
  readonly extension?: string
  /** Whether templates are kept once they have been read; not in development, unless given. */
  readonly cache?: boolean
}

const OPTIONS: NamesOf<TemplateOptions> = { extension: true, cache: true }

/** The templates of a folder, in the language of Eta; what they put in is escaped. */
export class Templates {
  readonly #engine: Engine

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** An answer of HTML; `layout/page` is the file layout/page.eta. */
  render(name: string, data: object = {}, init: ReplyInit = {}): Reply {
    return html(this.text(name, data), init)
  }

  /** As render(), for templates that wait for something. */
  async renderAsync(name: string, data: object = {}, init: ReplyInit = {}): Promise<Reply> {
    return html(await this.#engine.renderAsync(name, data), init)
  }

  /** The text alone. */
  text(name: string, data: object = {}): string {
    return this.#engine.render(name, data)
  }
}

/** Templates in a folder, by the package `eta`, which the project has among its dependencies. */
export async function templates(folder: string, options: TemplateOptions = {}): Promise<Templates> {
  checkNames(options, OPTIONS, 'option of templates()')
  const Eta = await findEta()
  const { extension = '.eta', cache = !isDevelopment() } = options
  const views = realpathSync(resolve(folder))
  return new Templates(new Eta({ views, defaultExtension: extension, cache, autoEscape: true }))
}

/** The project's own first: a linked package does not stand beside it. */
async function findEta(): Promise<EtaClass> {
  try {
    const require = createRequire(join(process.cwd(), 'package.json'))
    const path = pathToFileURL(require.resolve('eta')).href
    const found = (await import(path)) as { Eta?: EtaClass; default?: { Eta: EtaClass } }
    return found.Eta ?? found.default!.Eta
  } catch (error) {
    try {
      return ((await import('eta')) as unknown as { Eta: EtaClass }).Eta
    } catch {
      throw new Error('templates() needs the package eta: run npm install eta', { cause: error })
    }
  }
}
