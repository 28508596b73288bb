import { STATUS, TrivetError } from './abi_gen.js'

/** The members of an interface, of which the compiler lets none be missing. */
export type NamesOf<Options> = Readonly<Record<keyof Options, true>>

/** Refuses a member that nothing reads: misspelt, it would be lost without a word. */
export function checkNames(given: object, known: Readonly<Record<string, true>>, of: string): void {
  // Programs without types give other things as well, such as a status.
  if (typeof given !== 'object' || (given as unknown) === null) {
    const example = Object.keys(known)[0]!
    const detail = `${of}: written in an object, {${example}: …}, not as ${String(given)}`
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue
    const names = Object.keys(known)
    const meant = names.find((one) => isNear(one, name))
    const hint = meant === undefined ? '' : `. Did you mean ${meant}?`
    const detail = `no ${of} is named ${name}; there are ${names.join(', ')}${hint}`
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, detail)
  }
}

/** Whether a name is another one but for case, underscores and two letters. */
function isNear(known: string, given: string): boolean {
  const [a, b] = [bare(known), bare(given)]
  if (Math.min(a.length, b.length) < 4) return a === b
  // Levenshtein's distance, row by row.
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const change = row[j]! + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(change, row[j + 1]! + 1, next[j]! + 1))
    }
    row = next
  }
  return row[b.length]! <= 2
}

function bare(name: string): string {
  return name.slice(0, 64).replaceAll('_', '').toLowerCase()
}
