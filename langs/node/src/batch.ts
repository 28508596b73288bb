import { POST } from './abi_gen.js'
import { native, type NativeLoop } from './native.js'

// The memory that a loop shares with native/loop.h, which has the same numbers: word 0 counts the
// bytes of packed answers, events lie at EVENTS, answers at REPLIES.
const MEMORY_BYTES = 65536
const EVENTS = 64
const EVENTS_MAX = 256
const EVENT_WORDS = 4
const REPLIES = EVENTS + EVENTS_MAX * EVENT_WORDS * 4
/** sizeof(trivet_reply_record). */
const RECORD_BYTES = 48
/** Up to here a loop over the characters is faster than a call into the runtime. */
const LOOP_CHARACTERS_MAX = 64

/** Index of the first event's first word. */
export const EVENT_START = EVENTS / 4
export const EVENT_STEP = EVENT_WORDS

/**
 * Answers, and steps of answers in pieces, on their way to the engine. They are packed into memory
 * that the addon reads when the batch of handlers has run, and before libuv sleeps: no call per
 * answer. An answer that does not fit goes through a call of its own.
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
    this.#commit(start, lo, hi, POST.REPLY, status, content, this.#write(start, body, length))
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
    this.#commit(start, lo, hi, POST.REPLY, status, content, body.byteLength)
    return true
  }

  /** Begins an answer in pieces; a negative length is none. */
  begin(
    loop: NativeLoop,
    lo: number,
    hi: number,
    status: number,
    content: number,
    length: number,
  ): void {
    const start = this.#reserve(loop, 0)
    const { words } = this
    this.#commit(start, lo, hi, POST.BEGIN, status, content, 0)
    words[(start >> 2) - 2] = length < 0 ? -1 : length | 0
    words[(start >> 2) - 1] = length < 0 ? -1 : Math.floor(length / 2 ** 32)
  }

  /** A piece of an answer, of at most a few KiB. Gives its size in bytes. */
  piece(loop: NativeLoop, lo: number, hi: number, piece: string | Uint8Array): number {
    const isText = typeof piece === 'string'
    const start = this.#reserve(loop, isText ? piece.length * 3 : piece.byteLength)
    const size = isText ? this.#write(start, piece, piece.length) : piece.byteLength
    if (!isText) this.#bytes.set(piece, start)
    this.#commit(start, lo, hi, POST.WRITE, 0, 0, size)
    return size
  }

  /** Ends an answer in pieces, without trailers. */
  end(loop: NativeLoop, lo: number, hi: number): void {
    this.#commit(this.#reserve(loop, 0), lo, hi, POST.END, 0, 0, 0)
  }

  /** Hands over what is packed, before a call of its own. */
  flush(loop: NativeLoop): void {
    if (this.words[0] !== 0) native.loopReplay(loop)
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

  /** The addon does not look at what is left out: fields, and the length of all but BEGIN. */
  #commit(
    start: number,
    lo: number,
    hi: number,
    kind: number,
    status: number,
    content: number,
    size: number,
  ) {
    const words = this.words
    const at = (start - RECORD_BYTES) >> 2
    words[at] = lo
    words[at + 1] = hi
    words[at + 2] = kind
    words[at + 3] = status
    words[at + 4] = content
    words[at + 8] = size
    words[at + 9] = 0
    words[0] = (start - REPLIES + size + 7) & ~7
  }
}
