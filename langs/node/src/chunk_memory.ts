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

// V8 gives the function to contexts that are made while the flag is set, and to no other.
function findCollect(): Collect {
  if (typeof globalThis.gc === 'function') return globalThis.gc as Collect
  setFlagsFromString('--expose-gc')
  try {
    const found: unknown = runInNewContext('globalThis.gc')
    return typeof found === 'function' ? (found as Collect) : () => {}
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}
