import { isMainThread } from 'node:worker_threads'
import { TrivetError } from './abi_gen.js'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
/** How long after a call failed its error may still come back as uncaught. */
const UNCAUGHT_WINDOW_MS = 1000

/**
 * Drains on SIGTERM and SIGINT; a second one forces the end. Gives what to call when the drain is
 * complete: it stops watching, and ends the process after a forced end, which what handlers left
 * behind (a timer, a socket) must not hold up.
 */
export function watchSignals(drain: () => void): () => void {
  if (!isMainThread) return () => undefined
  let count = 0
  const onSignal = (): void => {
    count += 1
    drain()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal)
    if (count > 1) setImmediate(() => process.exit())
  }
}

/**
 * Makes `await app.listen()` or `app.get()` without a catch end with one line and code 1 instead
 * of a dump of the code. Anything else that is uncaught keeps its stack.
 */
export function explainUncaught(error: TrivetError): void {
  if (expected.size === 0) process.once('uncaughtException', onUncaught)
  expected.add(error)
  setTimeout(() => {
    expected.delete(error)
    if (expected.size === 0) process.off('uncaughtException', onUncaught)
  }, UNCAUGHT_WINDOW_MS).unref()
}

/** Errors just thrown to the app. */
const expected = new Set<unknown>()

function onUncaught(error: unknown): void {
  if (process.listenerCount('uncaughtException') > 0) return // the app has its own way
  let text = `Uncaught ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  if (error instanceof TrivetError && expected.has(error)) {
    text = `trivet: ${error.message} (${error.code})`
  }
  process.stderr.write(`${text}\n`, () => process.exit(1))
}
