import { step } from './pointer.js'

/** A JSON Schema as data. */
export type JsonSchema = boolean | { [keyword: string]: unknown }

export class SchemaError extends Error {
  constructor(pointer: string, what: string) {
    super(`${what}${pointer === '' ? '' : ` at ${pointer}`}`)
    this.name = 'SchemaError'
  }
}

/** Keywords under which there are schemas: one, a list of them, or some by name. */
const ONE = [
  'items',
  'additionalProperties',
  'propertyNames',
  'not',
  'contains',
  'if',
  'then',
  'else',
]
const LIST = ['prefixItems', 'anyOf', 'oneOf', 'allOf']
const NAMED = ['properties', 'patternProperties', '$defs', 'definitions']

/** What TypeBox marks its types with and JSON does not carry, where the marks change nothing. */
const MARKS = new Set(['~kind', '~optional', '~readonly', '~unsafe', '~immutable', '~guard'])

/**
 * A schema as plain JSON of one form, whoever made it: references lead to `#` or `#/$defs/…`, a
 * choice of constants is an `enum`, and tuples are `prefixItems`. Where missing members are filled
 * in, none that has a default is required.
 */
export function plainSchema(schema: object, fills = false): JsonSchema {
  refuseCode(schema, '')
  let root: JsonSchema
  try {
    root = JSON.parse(JSON.stringify(schema)) as JsonSchema
  } catch (error) {
    throw new SchemaError('', `the schema is no JSON: ${String(error)}`)
  }
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new SchemaError('', 'a schema is an object')
  }
  return new Plain(root, fills).schema
}

/** Transforms and refinements of TypeBox are code, which a check of JSON would not run. */
function refuseCode(schema: unknown, pointer: string): void {
  if (typeof schema !== 'object' || schema === null) return
  const isTransform = Object.getOwnPropertySymbols(schema).includes(Symbol.for('TypeBox.Transform'))
  const mark = Object.getOwnPropertyNames(schema).find(
    (name) => name.startsWith('~') && !MARKS.has(name),
  )
  if (isTransform || mark !== undefined) {
    const what = isTransform ? 'a transform' : mark!
    throw new SchemaError(pointer, `unsupported: ${what} of TypeBox, which is code`)
  }
  for (const [name, value] of Object.entries(schema)) {
    if (name !== 'default' && name !== 'const' && name !== 'enum' && name !== 'examples') {
      refuseCode(value, pointer + step(name))
    }
  }
}

class Plain {
  readonly schema: { [keyword: string]: unknown }
  readonly #defs: Record<string, unknown> = {}
  readonly #rootId: unknown
  readonly #fills: boolean

  constructor(root: { [keyword: string]: unknown }, fills: boolean) {
    this.#fills = fills
    this.#rootId = root['$id']
    const { $schema: _, $id: __, ...rest } = root
    this.schema = this.#convert(rest) as { [keyword: string]: unknown }
    if (Object.keys(this.#defs).length > 0) this.schema['$defs'] = this.#defs
  }

  #convert(schema: unknown): unknown {
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema
    const result: { [keyword: string]: unknown } = { ...schema }
    this.#rename(result)
    for (const key of ONE) if (key in result) result[key] = this.#inner(result[key])
    for (const key of LIST) {
      const list = result[key]
      if (Array.isArray(list)) result[key] = list.map((each) => this.#inner(each))
    }
    for (const key of NAMED) {
      const named = result[key]
      if (typeof named !== 'object' || named === null) continue
      const entries = Object.entries(named)
      if (key === '$defs' || key === 'definitions') {
        for (const [name, each] of entries) this.#defs[name] = this.#definition(each)
        delete result[key]
      } else {
        result[key] = Object.fromEntries(entries.map(([name, each]) => [name, this.#inner(each)]))
      }
    }
    foldConstants(result)
    if (this.#fills) letDefaultsBeMissing(result)
    return result
  }

  /** A schema with an id of its own becomes a definition, which others may refer to. */
  #inner(schema: unknown): unknown {
    const id = (schema as { $id?: unknown } | null)?.$id
    if (typeof id !== 'string') return this.#convert(schema)
    if (!(id in this.#defs)) {
      this.#defs[id] = true // while it is converted, for those in it that refer to it
      this.#defs[id] = this.#definition(schema)
    }
    return { $ref: `#/$defs${step(id)}` }
  }

  #definition(schema: unknown): unknown {
    if (typeof schema !== 'object' || schema === null) return schema
    const { $id: _, ...rest } = schema as { $id?: unknown }
    return this.#convert(rest)
  }

  #rename(schema: { [keyword: string]: unknown }): void {
    const { $ref: ref, items } = schema
    if (typeof ref === 'string') {
      if (ref === this.#rootId) schema['$ref'] = '#'
      else if (ref.startsWith('#/definitions/')) schema['$ref'] = `#/$defs/${ref.slice(14)}`
      else if (!ref.startsWith('#')) schema['$ref'] = `#/$defs${step(ref)}`
    }
    if (Array.isArray(items)) {
      schema['prefixItems'] = items
      delete schema['items']
      if ('additionalItems' in schema) schema['items'] = schema['additionalItems']
      delete schema['additionalItems']
    }
  }
}

/** TypeBox requires them all the same. */
function letDefaultsBeMissing(schema: { [keyword: string]: unknown }): void {
  const { required, properties } = schema
  if (!Array.isArray(required) || typeof properties !== 'object' || properties === null) return
  const known = properties as { [name: string]: { default?: unknown } | undefined }
  const left = required.filter((name: string) => {
    return !Object.hasOwn(known, name) || known[name]?.default === undefined
  })
  if (left.length > 0) schema['required'] = left
  else delete schema['required']
}

/** Unions of literals come as a choice of constants; each is one of the values of an `enum`. */
function foldConstants(schema: { [keyword: string]: unknown }): void {
  for (const key of ['anyOf', 'oneOf']) {
    const branches = schema[key]
    if (!Array.isArray(branches) || branches.length === 0 || 'enum' in schema) continue
    const isFolded = branches.every(
      (each: unknown) =>
        typeof each === 'object' &&
        each !== null &&
        'const' in each &&
        Object.keys(each).every((name) => name === 'const' || name === 'type') &&
        typeof each.const !== 'object',
    )
    if (!isFolded) continue
    const values = new Set(branches.map((each: { const: unknown }) => each.const))
    if (values.size < branches.length) continue
    delete schema[key]
    schema['enum'] = [...values]
  }
}
