/**
 * Where a text stops being JSON: the number of its first byte that no JSON has there, which is that
 * of its end when something is missing. JSON.parse() does not tell.
 */
export function faultyByte(text: string): number {
  return Buffer.byteLength(text.slice(0, faultyIndex(text)))
}

const LITERAL = /^(?:true|false|null)/
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
// eslint-disable-next-line no-control-regex -- they are what may not be there
const CHARACTERS = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y
const ESCAPE = /\\(?:u[\da-fA-F]{0,3})?/y

/** A stack of its own, so that no nesting is too deep for it. */
function faultyIndex(text: string): number {
  const open: ('[' | '{')[] = []
  let at = 0
  const skip = (expression: RegExp): void => {
    expression.lastIndex = at
    if (expression.test(text)) at = expression.lastIndex
  }
  const string = (): boolean => {
    if (text[at] !== '"') return false
    at++
    skip(CHARACTERS)
    if (text[at] === '"') {
      at++
      return true
    }
    skip(ESCAPE)
    return false
  }
  /** After a name and its colon. */
  const name = (): boolean => {
    skip(SPACE)
    if (!string()) return false
    skip(SPACE)
    if (text[at] !== ':') return false
    at++
    return true
  }
  for (;;) {
    skip(SPACE)
    const first = text[at]
    if (first === '[' || first === '{') {
      at++
      skip(SPACE)
      const isEmpty = text[at] === (first === '[' ? ']' : '}')
      if (isEmpty) at++
      else {
        open.push(first)
        if (first === '{' && !name()) return at
        continue
      }
    } else if (first === '"') {
      if (!string()) return at
    } else if (!scalar()) return at
    for (;;) {
      skip(SPACE)
      const holder = open.at(-1)
      if (holder === undefined) return at
      const next = text[at]
      if (next === ',') {
        at++
        if (holder === '{' && !name()) return at
        break
      }
      if (next !== (holder === '[' ? ']' : '}')) return at
      at++
      open.pop()
    }
  }

  function scalar(): boolean {
    const word = LITERAL.exec(text.slice(at, at + 5))
    if (word !== null) {
      at += word[0].length
      return true
    }
    const start = at
    skip(NUMBER)
    if (at > start) return true
    for (const literal of ['true', 'false', 'null', '-']) {
      let same = 0
      while (same < literal.length && text[start + same] === literal[same]) same++
      if (same > 0) at = start + same
    }
    return false
  }
}
