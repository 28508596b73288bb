import { collect } from './schema_collect.js'
import { compileCheck, type Check } from './schema_compile.js'
import { plainSchema, SchemaError, type JsonSchema } from './schema_json.js'
import { Node, readSchema } from './schema_model.js'
import type { Schema, StandardIssue, StandardResult, StandardSchema } from './schema_types.js'
import { type Fault } from './schema_words.js'
import { step } from './pointer.js'

/** What a value has become, or what is wrong with it. */
export type Outcome = { readonly value: unknown; readonly faults?: undefined } | Failure
export interface Failure {
  readonly faults: readonly Fault[]
}

/** A schema that has been prepared. */
export interface Validator {
  /** As plain JSON Schema of what comes in; undefined when the schema cannot tell. */
  readonly json: JsonSchema | undefined
  readonly node: Node | undefined
  /** What the schema calls itself: its id or title. */
  readonly name: string | undefined
  /** Whether a missing value passes. */
  readonly isOptional: boolean
  /** For values that are as JSON: says all there is to say, at once. */
  readonly check: Check | undefined
  readonly run: (value: unknown) => Outcome | Promise<Outcome>
}

/** `fills`: missing values get their defaults. Throws a SchemaError. */
export function validatorOf(schema: Schema, fills: boolean): Validator {
  if (isStandard(schema)) return standardValidator(schema, fills ? 'input' : 'output')
  const json = plainSchema(schema, fills)
  const node = readSchema(json)
  const check = compileCheck(node, fills)
  const isOptional = isOptionalType(schema)
  return {
    json,
    node,
    name: nameOf(schema),
    isOptional,
    check,
    run: (value) => (check(value) ? { value } : { faults: faultsOf(node, value) }),
  }
}

/** A check and its words are of one mind; should they not be, no wrong value passes. */
function faultsOf(node: Node, value: unknown): readonly Fault[] {
  const faults = collect(node, value)
  if (faults.length > 0) return faults
  return [{ pointer: '', code: 'invalid', detail: 'is not valid' }]
}

function isStandard(schema: Schema): schema is StandardSchema {
  return '~standard' in schema
}

/** TypeBox marks what may be missing. */
function isOptionalType(schema: object): boolean {
  return '~optional' in schema || Symbol.for('TypeBox.Optional') in schema
}

function standardValidator(schema: StandardSchema, side: 'input' | 'output'): Validator {
  const { json, node, name } = describedBy(schema, side)
  const outcome = (value: unknown, result: StandardResult<unknown>): Outcome =>
    result.issues === undefined
      ? { value: result.value }
      : { faults: faultsOfIssues(node, value, result.issues) }
  return {
    json,
    node,
    name,
    isOptional: true,
    check: undefined,
    run: (value) => {
      const result = schema['~standard'].validate(value)
      return result instanceof Promise
        ? result.then((later) => outcome(value, later))
        : outcome(value, result)
    },
  }
}

/** In the words of JSON Schema where they say something, and else in those of the schema. */
function faultsOfIssues(
  node: Node | undefined,
  value: unknown,
  issues: readonly StandardIssue[],
): readonly Fault[] {
  const faults = node === undefined ? [] : collect(node, value)
  const isSaid = (pointer: string): boolean =>
    faults.some((fault) => `${fault.pointer}/`.startsWith(`${pointer}/`))
  const others = issues
    .map(({ message, path = [] }) => ({
      pointer: path.map((key) => step(typeof key === 'object' ? key.key : key)).join(''),
      code: 'invalid',
      detail: message.replace(/\.$/, ''),
    }))
    .filter(({ pointer }) => !isSaid(pointer))
  return [...faults, ...others]
}

/** TypeBox and JSON Schema have `$id`, Zod has `id`. */
function nameOf(schema: object): string | undefined {
  const { $id, id, title } = schema as { $id?: unknown; id?: unknown; title?: unknown }
  return [$id, id, title].find((name): name is string => typeof name === 'string' && name !== '')
}

type Described = Pick<Validator, 'json' | 'node' | 'name'>

/** The JSON Schema of a Standard Schema that can tell, by the standard's extension or its own. */
function describedBy(schema: StandardSchema, side: 'input' | 'output'): Described {
  let json: JsonSchema | undefined
  let name: string | undefined
  try {
    const own = withoutPatterns(told(schema, side) ?? fail())
    name = nameOf(own)
    json = plainSchema(own, side === 'input')
    return { json, node: readSchema(json), name }
  } catch {
    // A transform, a date, or a keyword that we do not know: the schema itself has the last word.
    return { json, node: undefined, name }
  }
}

function fail(): never {
  throw new SchemaError('', 'the schema does not tell')
}

function told(schema: StandardSchema, side: 'input' | 'output'): object | undefined {
  const standard = schema['~standard'] as {
    readonly jsonSchema?: Record<'input' | 'output', (options: { target: string }) => object>
  }
  if (standard.jsonSchema !== undefined) {
    return standard.jsonSchema[side]({ target: 'draft-2020-12' })
  }
  const own = schema as { toJsonSchema?: () => object }
  return own.toJsonSchema?.()
}

/** Where a format is named, Zod gives its expression as well, which nobody wants to read. */
function withoutPatterns(schema: object): object {
  const text = JSON.stringify(schema, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('format' in value)) return value
    if (typeof value.format !== 'string' || !('pattern' in value)) return value
    const { pattern: _, ...rest } = value
    return rest
  })
  return JSON.parse(text) as object
}
