/**
 * `node --import trivet/serve app.js` runs a program, and serves the app that it exports
 * (`export default app`, or one named `app`) when it has not served one itself.
 */
import type { EventEmitter } from 'node:events'
import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import type { App } from './app.js'
import { APP_BRAND, BEGIN_EVENT } from './brand.js'

let hasBegun = false

// Worker threads and forked children inherit the flag, and are none of its business.
if (isMainThread && process.channel === undefined && process.argv[1] !== undefined) {
  const events: EventEmitter = process
  events.once(BEGIN_EVENT, () => (hasBegun = true))
  const entry = process.argv[1]
  // The program is loaded when this module is; importing it then gives the same module.
  setImmediate(() => void serveExport(entry))
  process.once('beforeExit', () => {
    complain(entry)
  })
}

async function serveExport(entry: string): Promise<void> {
  let app: App | undefined
  try {
    app = appOf((await import(pathToFileURL(realpathSync(entry)).href)) as object)
  } catch {
    return // the program has failed, and Node says why
  }
  if (!hasBegun && app !== undefined) await app.run()
}

/** Compiled CommonJS has its default export within Node's. */
function appOf(module: object): App | undefined {
  const { default: exported, app } = module as { default?: unknown; app?: unknown }
  const inner = typeof exported === 'object' && exported !== null ? exported : {}
  const { default: compiled, app: named } = inner as { default?: unknown; app?: unknown }
  return [exported, app, compiled, named].find(isApp)
}

/** Also of another copy of the package, as `require` gives it. */
function isApp(value: unknown): value is App {
  return typeof value === 'object' && value !== null && APP_BRAND in value
}

function complain(entry: string): void {
  if (hasBegun || (process.exitCode ?? 0) !== 0) return
  process.stderr.write(
    `trivet: ${entry} has not served, and exports no app: write export default app\n`,
  )
  process.exitCode = 1
}
