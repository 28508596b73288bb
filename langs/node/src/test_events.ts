/** One Server-Sent Event as a client reads it (HTML Living Standard, section 9.2.6). */
export interface ReceivedEvent {
  readonly data: string
  /** `message` unless it was given. */
  readonly event: string
  /** The last one that was given, by this event or before it. */
  readonly id: string
  readonly retry: number | undefined
}

/** Bytes in, events out. */
export class EventReader {
  /** Every comment so far: what a heartbeat is. */
  readonly comments: string[] = []
  readonly #decoder = new TextDecoder()
  #rest = ''
  #data: string[] = []
  #event = ''
  #id = ''
  #retry: number | undefined

  /** Takes bytes and gives the events that they complete. */
  feed(piece: Uint8Array): ReceivedEvent[] {
    this.#rest += this.#decoder.decode(piece, { stream: true })
    const found: ReceivedEvent[] = []
    // A carriage return at the end may be half of a line's end.
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.#rest)
      if (end === null) return found
      const event = this.#endLine(this.#rest.slice(0, end.index))
      this.#rest = this.#rest.slice(end.index + end[0].length)
      if (event !== undefined) found.push(event)
    }
  }

  #endLine(line: string): ReceivedEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (colon === 0) this.comments.push(value)
    else if (name === 'data') this.#data.push(value)
    else if (name === 'event') this.#event = value
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'retry' && /^[0-9]+$/.test(value)) this.#retry = Number(value)
    return undefined
  }

  #dispatch(): ReceivedEvent | undefined {
    const [data, event, retry] = [this.#data, this.#event, this.#retry]
    this.#data = []
    this.#event = ''
    this.#retry = undefined
    if (data.length === 0) return undefined
    return { data: data.join('\n'), event: event || 'message', id: this.#id, retry }
  }
}
