/**
 * Where a text stops being JSON: the number of its first byte that no JSON has there, which is that
 * of its end when something is missing. JSON.parse() does not tell.
 */
export function faultyByte(text: string): number {
  return Buffer.byteLength(text.slice(0, new Scanner(text).run()))
}

const LITERALS = ['true', 'false', 'null', '-']
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
const CHARACTERS = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y
const ESCAPE = /\\(?:u[\da-fA-F]{0,3})?/y

/** Keeps a stack of its own, so that no nesting is too deep for it. */
class Scanner {
  readonly #text: string
  readonly #open: ('[' | '{')[] = []
  #at = 0
  /** Whether the array or object entered last has nothing in it. */
  #isEmpty = false

  constructor(text: string) {
    this.#text = text
  }

  run(): number {
    for (;;) {
      this.#skip(SPACE)
      const first = this.#text[this.#at]
      if (first === '[' || first === '{') {
        if (!this.#enter(first)) return this.#at
        if (!this.#isEmpty) continue
      } else if (!(first === '"' ? this.#string() : this.#scalar())) {
        return this.#at
      }
      if (!this.#goesOn()) return this.#at
    }
  }

  #enter(bracket: '[' | '{'): boolean {
    this.#at++
    this.#skip(SPACE)
    this.#isEmpty = this.#text[this.#at] === (bracket === '[' ? ']' : '}')
    if (this.#isEmpty) {
      this.#at++
      return true
    }
    this.#open.push(bracket)
    return bracket === '[' || this.#name()
  }

  /** What follows a value; whether another value does. */
  #goesOn(): boolean {
    for (;;) {
      this.#skip(SPACE)
      const holder = this.#open.at(-1)
      if (holder === undefined) return false
      const next = this.#text[this.#at]
      if (next === ',') {
        this.#at++
        return holder === '[' || this.#name()
      }
      if (next !== (holder === '[' ? ']' : '}')) return false
      this.#at++
      this.#open.pop()
    }
  }

  /** The name of a member, and its colon. */
  #name(): boolean {
    this.#skip(SPACE)
    if (this.#text[this.#at] !== '"' || !this.#string()) return false
    this.#skip(SPACE)
    if (this.#text[this.#at] !== ':') return false
    this.#at++
    return true
  }

  #string(): boolean {
    this.#at++
    this.#skip(CHARACTERS)
    if (this.#text[this.#at] === '"') {
      this.#at++
      return true
    }
    this.#skip(ESCAPE)
    return false
  }

  #scalar(): boolean {
    const start = this.#at
    this.#skip(NUMBER)
    if (this.#at > start) return true
    for (const literal of LITERALS) {
      let same = 0
      while (same < literal.length && this.#text[start + same] === literal[same]) same++
      if (same === 0) continue
      this.#at = start + same
      return same === literal.length && literal !== '-'
    }
    return false
  }

  #skip(expression: RegExp): void {
    expression.lastIndex = this.#at
    if (expression.test(this.#text)) this.#at = expression.lastIndex
  }
}
