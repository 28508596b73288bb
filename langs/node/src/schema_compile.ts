import { collect, DEPTH_MAX } from './schema_collect.js'
import { exceedsLength, hasLength, hasRepetition, isEqual, isMultiple } from './schema_equal.js'
import { FORMATS } from './schema_formats.js'
import type { Node } from './schema_model.js'

/** Whether a value passes; what is missing and has a default is filled in. */
export type Check = (value: unknown) => boolean

const HELPERS = { hasLength, exceedsLength, hasRepetition, isEqual, isMultiple } as const

/** More choices than these are looked up in a set. */
const CHOICES_COMPARED = 8

/**
 * A schema as a function that only says whether a value passes; what is wrong with it is for
 * collect() to tell. Where the process forbids code from text, collect() does both.
 */
export function compileCheck(node: Node, fills: boolean): Check {
  const compiler = new Compiler(fills)
  const main = compiler.call(node, fills)
  const constants = compiler.constants
  const source = `'use strict';${compiler.functions.join('\n')}\nreturn (v) => ${main}(v, 0)`
  try {
    const make = new Function('c', 'h', source) as (c: unknown[], h: object) => Check
    return make(constants, HELPERS)
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
    return (value) => {
      if (fills) fillDefaults(node, value)
      return collect(node, value).length === 0
    }
  }
}

/** Defaults of objects in objects, without those in branches and in schemas that repeat. */
export function fillDefaults(node: Node, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      const inner = node.prefix[i] ?? node.items
      if (inner !== undefined) fillDefaults(inner, item)
    })
    return
  }
  const members = value as Record<string, unknown>
  for (const { name, node: inner } of node.properties) {
    const isThere = Object.hasOwn(members, name) && members[name] !== undefined
    if (isThere) fillDefaults(inner, members[name])
    else if (hasFallback(inner, name)) members[name] = JSON.parse(inner.fallback!) as unknown
  }
  if (node.ref !== undefined) fillDefaults(node.ref, value)
  for (const inner of node.allOf) fillDefaults(inner, value)
}

function hasFallback(node: Node, name: string): boolean {
  return node.fallback !== undefined && name !== '__proto__'
}

class Compiler {
  readonly constants: unknown[] = []
  readonly functions: string[] = []
  readonly #names = new Map<Node, string>()
  #count = 0
  #fills: boolean

  constructor(fills: boolean) {
    this.#fills = fills
  }

  /** The name of the function of a schema; those of branches fill nothing in. */
  call(node: Node, fills: boolean): string {
    const known = fills === this.#fills ? this.#names.get(node) : undefined
    if (known !== undefined) return known
    const name = `f${String(this.#count++)}`
    const outer = this.#fills
    this.#fills = fills
    if (outer === fills) this.#names.set(node, name)
    const body = this.#body(node, 'v')
    this.#fills = outer
    const guard = `if (d > ${String(DEPTH_MAX)}) return false;`
    this.functions.push(`function ${name}(v, d) {${guard}${body} return true }`)
    return name
  }

  /** Statements that return false unless the variable passes. */
  #body(node: Node, v: string): string {
    if (node.isNever) return 'return false;'
    const { types } = node
    const parts: string[] = []
    if (types !== undefined) {
      parts.push(`if (!(${types.map((type) => typeTest(type, v)).join(' || ')})) return false;`)
    }
    if (node.ref !== undefined) {
      parts.push(`if (!${this.call(node.ref, this.#fills)}(${v}, d + 1)) return false;`)
    }
    parts.push(this.#choices(node, v))
    const kinds: readonly (readonly [readonly string[], string, string])[] = [
      [['number', 'integer'], `typeof ${v} === 'number'`, this.#number(node, v)],
      [['string'], `typeof ${v} === 'string'`, this.#string(node, v)],
      [['array'], `Array.isArray(${v})`, this.#array(node, v)],
      [['object'], typeTest('object', v), this.#object(node, v)],
    ]
    for (const [names, test, code] of kinds) {
      if (code === '') continue
      const isSure = types !== undefined && types.every((type) => names.includes(type))
      const isPossible = types === undefined || types.some((type) => names.includes(type))
      if (isPossible) parts.push(isSure ? code : `if (${test}) {${code}}`)
    }
    parts.push(this.#branches(node, v))
    return parts.join('')
  }

  #constant(value: unknown): string {
    this.constants.push(value)
    return `c[${String(this.constants.length - 1)}]`
  }

  #variable(): string {
    return `v${String(this.#count++)}`
  }

  #choices({ choices }: Node, v: string): string {
    if (choices === undefined) return ''
    const isPlain = choices.every((each) => typeof each !== 'object' || each === null)
    if (isPlain && choices.length > CHOICES_COMPARED) {
      return `if (!${this.#constant(new Set(choices))}.has(${v})) return false;`
    }
    const tests = choices.map((each) =>
      typeof each === 'object' && each !== null
        ? `h.isEqual(${this.#constant(each)}, ${v})`
        : `${v} === ${JSON.stringify(each)}`,
    )
    return `if (!(${tests.join(' || ') || 'false'})) return false;`
  }

  #number(node: Node, v: string): string {
    const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = node
    const tests: string[] = []
    if (minimum !== undefined) tests.push(`${v} < ${String(minimum)}`)
    if (exclusiveMinimum !== undefined) tests.push(`${v} <= ${String(exclusiveMinimum)}`)
    if (maximum !== undefined) tests.push(`${v} > ${String(maximum)}`)
    if (exclusiveMaximum !== undefined) tests.push(`${v} >= ${String(exclusiveMaximum)}`)
    if (multipleOf !== undefined) tests.push(`!h.isMultiple(${v}, ${String(multipleOf)})`)
    return failsIf(tests)
  }

  #string({ minLength, maxLength, pattern, format }: Node, v: string): string {
    const tests: string[] = []
    if (minLength === 1) tests.push(`${v} === ''`)
    else if (minLength !== undefined) tests.push(`!h.hasLength(${v}, ${String(minLength)})`)
    if (maxLength !== undefined) {
      const most = String(maxLength)
      tests.push(`(${v}.length > ${most} && h.exceedsLength(${v}, ${most}))`)
    }
    if (pattern !== undefined) tests.push(`!${this.#constant(pattern)}.test(${v})`)
    if (format !== undefined) tests.push(`!${this.#constant(FORMATS[format])}(${v})`)
    return failsIf(tests)
  }

  #array(node: Node, v: string): string {
    const { minItems, maxItems, prefix, items } = node
    const tests: string[] = []
    if (minItems !== undefined) tests.push(`${v}.length < ${String(minItems)}`)
    if (maxItems !== undefined) tests.push(`${v}.length > ${String(maxItems)}`)
    if (node.isUnique) tests.push(`h.hasRepetition(${v})`)
    const parts = [failsIf(tests)]
    prefix.forEach((inner, i) => {
      const item = this.#variable()
      const body = this.#inner(inner, item)
      if (body === '') return
      parts.push(`if (${v}.length > ${String(i)}) {const ${item} = ${v}[${String(i)}];${body}}`)
    })
    if (items !== undefined) {
      const [i, item] = [this.#variable(), this.#variable()]
      const body = this.#inner(items, item)
      const start = String(prefix.length)
      if (body !== '') {
        const head = `for (let ${i} = ${start}; ${i} < ${v}.length; ${i}++)`
        parts.push(`${head} {const ${item} = ${v}[${i}];${body}}`)
      }
    }
    return parts.join('')
  }

  #object(node: Node, v: string): string {
    const { properties, required, minProperties, maxProperties } = node
    const parts: string[] = []
    const fallbacks: string[] = []
    const isCounted = isClosed(node)
    const count = this.#variable()
    if (isCounted) parts.push(`let ${count} = 0;`)
    for (const { name, node: inner, isRequired } of properties) {
      const member = this.#variable()
      const key = JSON.stringify(name)
      parts.push(`const ${member} = ${memberOf(v, name)};`)
      const body = (isCounted ? `${count}++;` : '') + this.#inner(inner, member)
      const fills = this.#fills && hasFallback(inner, name)
      if (isRequired && !fills) parts.push(`if (${member} === undefined) return false;${body}`)
      else if (body !== '') parts.push(`if (${member} !== undefined) {${body}}`)
      if (fills) {
        const value = fallbackOf(inner)
        fallbacks.push(`if (${member} === undefined) ${v}[${key}] = ${value};`)
      }
    }
    for (const name of required) parts.push(`if (${memberOf(v, name)} === undefined) return false;`)
    if (isCounted) {
      const key = this.#variable()
      parts.push(`for (const ${key} in ${v}) ${count}--;`, `if (${count} !== 0) return false;`)
    } else {
      parts.push(this.#others(node, v))
    }
    if (minProperties !== undefined || maxProperties !== undefined) {
      const size = `Object.keys(${v}).length`
      const [least, most] = [String(minProperties ?? 0), String(maxProperties ?? Infinity)]
      parts.push(`if (${size} < ${least} || ${size} > ${most}) return false;`)
    }
    return parts.join('') + fallbacks.join('')
  }

  #others({ names, patterns, additional, properties }: Node, v: string): string {
    if (names === undefined && patterns.length === 0 && additional === undefined) return ''
    const [key, item, known] = [this.#variable(), this.#variable(), this.#variable()]
    const set = this.#constant(new Set(properties.map(({ name }) => name)))
    const parts = [`const ${item} = ${v}[${key}];if (${item} === undefined) continue;`]
    if (names !== undefined) {
      parts.push(`if (!${this.call(names, false)}(${key}, d)) return false;`)
    }
    parts.push(`let ${known} = ${set}.has(${key});`)
    for (const [pattern, inner] of patterns) {
      const body = this.#inner(inner, item)
      parts.push(`if (${this.#constant(pattern)}.test(${key})) {${known} = true;${body}}`)
    }
    if (additional !== undefined) {
      parts.push(`if (!${known}) {${this.#inner(additional, item)}}`)
    }
    return `for (const ${key} of Object.keys(${v})) {${parts.join('')}}`
  }

  /** Where a schema may be in itself, a function. */
  #inner(node: Node, v: string): string {
    if (!node.isTarget) return this.#body(node, v)
    return `if (!${this.call(node, this.#fills)}(${v}, d)) return false;`
  }

  #branches({ anyOf, oneOf, allOf, not }: Node, v: string): string {
    const parts = allOf.map(
      (inner) => `if (!${this.call(inner, this.#fills)}(${v}, d)) return false;`,
    )
    const calls = (list: readonly Node[]): string[] =>
      list.map((inner) => `${this.call(inner, false)}(${v}, d)`)
    if (anyOf.length > 0) parts.push(`if (!(${calls(anyOf).join(' || ')})) return false;`)
    if (oneOf.length > 0) parts.push(`if (${calls(oneOf).join(' + ')} !== 1) return false;`)
    if (not !== undefined) parts.push(`if (${calls([not]).join('')}) return false;`)
    return parts.join('')
  }
}

/** Whether no member may be there but those that are described, so that counting them is enough. */
function isClosed({ additional, patterns, names }: Node): boolean {
  return additional?.isNever === true && patterns.length === 0 && names === undefined
}

function memberOf(v: string, name: string): string {
  const key = JSON.stringify(name)
  const read = `${v}[${key}]`
  return name in Object.prototype ? `(Object.hasOwn(${v}, ${key}) ? ${read} : undefined)` : read
}

/** JSON is an expression of JavaScript, a new value each time, unless `__proto__` is in it. */
function fallbackOf({ fallback }: Node): string {
  const text = fallback!
  return text.includes('__proto__') ? `JSON.parse(${JSON.stringify(text)})` : text
}

function failsIf(tests: readonly string[]): string {
  return tests.length === 0 ? '' : `if (${tests.join(' || ')}) return false;`
}

function typeTest(type: string, v: string): string {
  switch (type) {
    case 'integer':
      return `Number.isInteger(${v})`
    case 'number':
      return `Number.isFinite(${v})`
    case 'array':
      return `Array.isArray(${v})`
    case 'object':
      return `(typeof ${v} === 'object' && ${v} !== null && !Array.isArray(${v}))`
    case 'null':
      return `${v} === null`
    default:
      return `typeof ${v} === '${type}'`
  }
}
