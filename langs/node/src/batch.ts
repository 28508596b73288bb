import { native, type NativeLoop } from './native.js'

// The memory that a loop shares with native/loop.h, which has the same numbers: word 0 counts the
// bytes of packed answers, events lie at EVENTS, answers at REPLIES.
const MEMORY_BYTES = 65536
const EVENTS = 64
const EVENTS_MAX = 256
const EVENT_WORDS = 4
const REPLIES = EVENTS + EVENTS_MAX * EVENT_WORDS * 4
/** sizeof(trivet_reply_record). */
const RECORD_BYTES = 32
/** Up to here a loop over the characters is faster than a call into the runtime. */
const LOOP_CHARACTERS_MAX = 64

/** Index of the first event's first word. */
export const EVENT_START = EVENTS / 4
export const EVENT_STEP = EVENT_WORDS

/**
 * Answers on their way to the engine. They are packed into memory that the addon reads when the
 * batch of handlers has run, and before libuv sleeps: no call per answer. An answer that does not
 * fit goes through a call of its own.
 */
export class Batch {
  readonly memory = new ArrayBuffer(MEMORY_BYTES)
  readonly words = new Int32Array(this.memory)
  readonly #bytes = Buffer.from(this.memory)

  /** false when there is no room even in empty memory. */
  text(loop: NativeLoop, lo: number, hi: number, status: number, content: number, body: string) {
    const length = body.length
    const start = this.#reserve(loop, length * 3)
    if (start < 0) return false
    this.#commit(start, lo, hi, status, content, this.#write(start, body, length))
    return true
  }

  /** As text(), for bytes. */
  bytes(
    loop: NativeLoop,
    lo: number,
    hi: number,
    status: number,
    content: number,
    body: Uint8Array,
  ) {
    const start = this.#reserve(loop, body.byteLength)
    if (start < 0) return false
    this.#bytes.set(body, start)
    this.#commit(start, lo, hi, status, content, body.byteLength)
    return true
  }

  /** Offset for the content of the next answer, or -1. */
  #reserve(loop: NativeLoop, bytesMax: number): number {
    const room = MEMORY_BYTES - REPLIES - RECORD_BYTES - 8 - bytesMax
    if (room < 0) return -1
    if (this.words[0]! > room) native.loopReplay(loop)
    return REPLIES + this.words[0]! + RECORD_BYTES
  }

  #write(start: number, text: string, length: number): number {
    const bytes = this.#bytes
    if (length > LOOP_CHARACTERS_MAX) return bytes.write(text, start)
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) return bytes.write(text, start)
      bytes[start + i] = code
    }
    return length
  }

  #commit(start: number, lo: number, hi: number, status: number, content: number, size: number) {
    const words = this.words
    const at = (start - RECORD_BYTES) >> 2
    words[at] = lo
    words[at + 1] = hi
    words[at + 2] = status
    words[at + 3] = content
    words[at + 4] = 0
    words[at + 5] = 0
    words[at + 6] = size
    words[at + 7] = 0
    words[0] = (start - REPLIES + size + 7) & ~7
  }
}
