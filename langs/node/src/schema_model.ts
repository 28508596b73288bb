import { FORMATS } from './schema_formats.js'
import { SchemaError, type JsonSchema } from './schema_json.js'
import { step } from './pointer.js'

export interface Property {
  readonly name: string
  readonly node: Node
  readonly isRequired: boolean
}

/** A JSON Schema that has been read. What is undefined says nothing. */
export class Node {
  /** No value passes. */
  isNever = false
  types: readonly string[] | undefined
  choices: readonly unknown[] | undefined
  /** Whether the choice is one: `const`. */
  isConstant = false
  minimum: number | undefined
  exclusiveMinimum: number | undefined
  maximum: number | undefined
  exclusiveMaximum: number | undefined
  multipleOf: number | undefined
  minLength: number | undefined
  maxLength: number | undefined
  pattern: RegExp | undefined
  format: string | undefined
  prefix: readonly Node[] = []
  items: Node | undefined
  minItems: number | undefined
  maxItems: number | undefined
  isUnique = false
  properties: readonly Property[] = []
  /** Required names without a schema. */
  required: readonly string[] = []
  patterns: readonly (readonly [RegExp, Node])[] = []
  additional: Node | undefined
  names: Node | undefined
  minProperties: number | undefined
  maxProperties: number | undefined
  anyOf: readonly Node[] = []
  oneOf: readonly Node[] = []
  allOf: readonly Node[] = []
  not: Node | undefined
  ref: Node | undefined
  /** Something refers to it, so it may be in itself. */
  isTarget = false
  /** JSON of the value in the place of a missing one. */
  fallback: string | undefined
}

type Keywords = { [keyword: string]: unknown }
type Read = (node: Node, value: unknown, pointer: string, all: Keywords) => void

const TYPES = new Set(['integer', 'number', 'string', 'boolean', 'array', 'object', 'null'])

/** Says nothing of what is valid. */
const REMARKS = new Set([
  ...['title', 'description', 'examples', 'example', 'deprecated', 'readOnly', 'writeOnly'],
  ...[
    '$comment',
    '$defs',
    '$schema',
    '$id',
    'contentEncoding',
    'contentMediaType',
    'discriminator',
  ],
  ...['externalDocs', 'xml', 'id'],
])

/** Reads a schema; fails with a SchemaError that names the keyword and its place. */
export function readSchema(schema: JsonSchema): Node {
  return new Reader(schema).read(schema, '')
}

class Reader {
  readonly #nodes = new Map<string, Node>()
  readonly #root: JsonSchema

  constructor(root: JsonSchema) {
    this.#root = root
  }

  read(schema: unknown, pointer: string): Node {
    const known = this.#nodes.get(pointer)
    if (known !== undefined) return known
    const node = new Node()
    this.#nodes.set(pointer, node)
    if (schema === true) return node
    if (schema === false) {
      node.isNever = true
      return node
    }
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
      throw new SchemaError(pointer, 'a schema is an object or a boolean')
    }
    for (const [keyword, value] of Object.entries(schema)) {
      const read = Object.hasOwn(this.#keywords, keyword) ? this.#keywords[keyword] : undefined
      if (read !== undefined) read(node, value, pointer + step(keyword), schema as Keywords)
      else if (!REMARKS.has(keyword) && !keyword.startsWith('x-')) {
        throw new SchemaError(pointer, `unsupported keyword ${keyword}`)
      }
    }
    return node
  }

  readonly #keywords: Readonly<Record<string, Read>> = {
    type: (node, value, pointer) => {
      const types = Array.isArray(value) ? (value as unknown[]) : [value]
      const wrong = types.find((type) => typeof type !== 'string' || !TYPES.has(type))
      if (wrong !== undefined || types.length === 0) {
        throw new SchemaError(pointer, `no type of JSON is named ${String(wrong)}`)
      }
      node.types = types as string[]
    },
    enum: (node, value, pointer) => {
      node.choices = listAt(value, pointer)
    },
    const: (node, value) => {
      node.choices = [value]
      node.isConstant = true
    },
    minimum: number('minimum'),
    maximum: number('maximum'),
    exclusiveMinimum: number('exclusiveMinimum'),
    exclusiveMaximum: number('exclusiveMaximum'),
    multipleOf: number('multipleOf'),
    minLength: number('minLength'),
    maxLength: number('maxLength'),
    minItems: number('minItems'),
    maxItems: number('maxItems'),
    minProperties: number('minProperties'),
    maxProperties: number('maxProperties'),
    pattern: (node, value, pointer) => {
      node.pattern = expression(value, pointer)
    },
    format: (node, value) => {
      if (typeof value === 'string' && Object.hasOwn(FORMATS, value)) node.format = value
    },
    uniqueItems: (node, value) => {
      node.isUnique = value === true
    },
    items: (node, value, pointer) => {
      node.items = this.read(value, pointer)
    },
    prefixItems: (node, value, pointer) => {
      node.prefix = this.#list(value, pointer)
    },
    properties: (node, value, pointer, all) => {
      const required = new Set(namesOf(all['required'], pointer))
      node.properties = Object.entries(objectAt(value, pointer)).map(([name, schema]) => ({
        name,
        node: this.read(schema, pointer + step(name)),
        isRequired: required.has(name),
      }))
    },
    required: (node, value, pointer, all) => {
      const known = objectAt(all['properties'] ?? {}, pointer)
      node.required = namesOf(value, pointer).filter((name) => !Object.hasOwn(known, name))
    },
    patternProperties: (node, value, pointer) => {
      const entries = Object.entries(objectAt(value, pointer))
      node.patterns = entries.map(
        ([text, schema]) =>
          [expression(text, pointer), this.read(schema, pointer + step(text))] as const,
      )
    },
    additionalProperties: (node, value, pointer) => {
      if (value !== true) node.additional = this.read(value, pointer)
    },
    propertyNames: (node, value, pointer) => {
      node.names = this.read(value, pointer)
    },
    anyOf: (node, value, pointer) => {
      node.anyOf = this.#list(value, pointer)
    },
    oneOf: (node, value, pointer) => {
      node.oneOf = this.#list(value, pointer)
    },
    allOf: (node, value, pointer) => {
      node.allOf = this.#list(value, pointer)
    },
    not: (node, value, pointer) => {
      node.not = this.read(value, pointer)
    },
    $ref: (node, value, pointer) => {
      node.ref = this.#target(value, pointer)
      node.ref.isTarget = true
    },
    default: (node, value) => {
      node.fallback = JSON.stringify(value)
    },
  }

  #list(value: unknown, pointer: string): readonly Node[] {
    const list = listAt(value, pointer)
    return list.map((schema, i) => this.read(schema, pointer + step(i)))
  }

  #target(ref: unknown, pointer: string): Node {
    if (typeof ref !== 'string' || !/^#(\/|$)/.test(ref)) {
      throw new SchemaError(pointer, `a reference leads to #/$defs/…, not ${String(ref)}`)
    }
    let found: unknown = this.#root
    const path = decodeURIComponent(ref.slice(1))
    for (const name of path.split('/').slice(1)) {
      const key = name.replaceAll('~1', '/').replaceAll('~0', '~')
      const holder = typeof found === 'object' && found !== null ? found : {}
      found = Object.hasOwn(holder, key) ? (holder as Keywords)[key] : undefined
    }
    if (found === undefined) throw new SchemaError(pointer, `there is no ${ref}`)
    return this.read(found, path)
  }
}

type NumberKeyword = keyof {
  [K in keyof Node as number extends Node[K] ? K : never]: Node[K]
}

function number(keyword: NumberKeyword): Read {
  return (node, value, pointer) => {
    if (typeof value !== 'number') throw new SchemaError(pointer, `${keyword} is a number`)
    node[keyword] = value
  }
}

function expression(text: unknown, pointer: string): RegExp {
  try {
    return new RegExp(String(text), 'u')
  } catch {
    // Expressions from elsewhere may escape what the strict syntax does not let them.
    try {
      return new RegExp(String(text))
    } catch (error) {
      throw new SchemaError(pointer, (error as Error).message)
    }
  }
}

function listAt(value: unknown, pointer: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SchemaError(pointer, 'here is a list')
  return value as readonly unknown[]
}

function objectAt(value: unknown, pointer: string): Keywords {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Keywords
  throw new SchemaError(pointer, 'here is an object')
}

function namesOf(value: unknown, pointer: string): readonly string[] {
  return listAt(value ?? [], pointer).map(String)
}
