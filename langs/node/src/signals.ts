import { isMainThread } from 'node:worker_threads'
import { TrivetError } from './abi_gen.js'
import { StartupError } from './errors.js'

/** How long after a call failed its error may still come back as uncaught. */
const UNCAUGHT_WINDOW_MS = 1000

/** Calls back at each of these signals, with their number so far, until the result is called. */
export function watchSignals(
  signals: readonly NodeJS.Signals[],
  onSignal: (count: number) => void,
): () => void {
  if (!isMainThread) return () => undefined
  let count = 0
  const listener = (): void => {
    count += 1
    onSignal(count)
  }
  for (const signal of signals) process.on(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}

/** Calls, and has an error of ours told in one line when nobody catches it. */
export function explaining<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    explainUncaught(error)
    throw error
  }
}

/** As explaining(), for what settles later. */
export async function explainingLater<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (error) {
    explainUncaught(error)
    throw error
  }
}

/**
 * Makes `await app.listen()` or `app.get()` without a catch end with one line and code 1 instead
 * of a dump of the code. Anything else that is uncaught keeps its stack.
 */
function explainUncaught(error: unknown): void {
  if (!isOurs(error)) return
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
  if (isOurs(error) && expected.has(error)) {
    text = `trivet: ${error.message} (${error.code})`
  }
  process.stderr.write(`${text}\n`, () => process.exit(1))
}

function isOurs(error: unknown): error is TrivetError | StartupError {
  return error instanceof TrivetError || error instanceof StartupError
}
