import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// Content lies outside V8's heap, and V8 lets up to 32 MB of it become garbage before it looks.
// A collection of the young generation finds nearly nothing alive then and takes a fraction of a
// millisecond: one every few megabytes keeps a stream of any length in little memory.
const BYTES_BETWEEN_COLLECTIONS = 8 * 1024 * 1024

type Collect = (options: { type: 'minor' }) => void

let bytesSince = 0
let collect: Collect | undefined

/** Counts content that has become a Buffer of its own. */
export function countChunk(bytes: number): void {
  bytesSince += bytes
  if (bytesSince < BYTES_BETWEEN_COLLECTIONS) return
  bytesSince = 0
  collect ??= findCollect()
  collect({ type: 'minor' })
}

// V8 gives the function to contexts that are made while the flag is set, and to no other. Where it
// cannot be had, garbage is collected when V8 sees fit.
function findCollect(): Collect {
  if (typeof globalThis.gc === 'function') return globalThis.gc as Collect
  try {
    setFlagsFromString('--expose-gc')
    const found: unknown = runInNewContext('globalThis.gc')
    setFlagsFromString('--no-expose-gc')
    if (typeof found === 'function') return found as Collect
  } catch {
    // A runtime that is not Node's V8, or one that forbids it.
  }
  return () => {}
}
