import { HttpError } from './errors.js'

/** Where a wrong value was found. */
export type Place = 'path' | 'query' | 'header' | 'cookie' | 'body' | 'form'

/** What is wrong with one value of a request. */
export interface ValueError {
  readonly in: Place
  /** JSON Pointer (RFC 6901) of the value; `/name` outside the body. */
  readonly pointer: string
  /** The keyword of JSON Schema that it fails; `invalid` beyond those. */
  readonly code: string
  readonly detail: string
}

/** What is wrong with a value, wherever it comes from. */
export type Fault = Omit<ValueError, 'in'>

/** How many are listed. */
export const FAULTS_MAX = 100

/**
 * Values of a request are wrong: answered with 422 and one entry in `errors` for each. Handlers and
 * hooks may throw it for what no schema can say.
 */
export class ValidationError extends HttpError {
  readonly errors: readonly ValueError[]

  constructor(errors: readonly ValueError[]) {
    super(422, countOf(errors.length))
    this.name = 'ValidationError'
    this.errors = errors.slice(0, FAULTS_MAX)
  }
}

function countOf(count: number): string {
  if (count > FAULTS_MAX) return `more than ${String(FAULTS_MAX)} values are wrong`
  return count === 1 ? '1 value is wrong' : `${String(count)} values are wrong`
}

const NAMES: Readonly<Record<string, string>> = {
  integer: 'an integer',
  number: 'a number',
  string: 'a string',
  boolean: 'a boolean',
  array: 'an array',
  object: 'an object',
  null: 'null',
}

/** `must be an integer or null`, in the order of the schema. */
export function typeWords(types: readonly string[]): string {
  const names = [...new Set(types)].map((type) => NAMES[type] ?? type)
  const last = names.pop() ?? 'nothing'
  return `must be ${names.length === 0 ? last : `${names.join(', ')} or ${last}`}`
}

/** `must have at least 2 items`. */
export function sizeWords(bound: 'least' | 'most', size: number, unit: string): string {
  return `must have at ${bound} ${String(size)} ${unit}${size === 1 ? '' : 's'}`
}

const CHOICES_MAX = 10

export function choiceWords(values: readonly unknown[]): string {
  const texts = values.slice(0, CHOICES_MAX).map((value) => JSON.stringify(value))
  return `must be one of ${texts.join(', ')}${values.length > CHOICES_MAX ? ', …' : ''}`
}
