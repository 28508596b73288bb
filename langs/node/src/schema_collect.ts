import { FORMATS } from './schema_formats.js'
import { exceedsLength, hasLength, hasRepetition, isEqual, isMultiple } from './schema_equal.js'
import type { Node } from './schema_model.js'
import { choiceWords, FAULTS_MAX, sizeWords, typeWords, type Fault } from './schema_words.js'
import { step } from './pointer.js'

/** How deep a value may be nested in schemas that refer to themselves. */
export const DEPTH_MAX = 64

/** All that is wrong with a value, as far as it is listed, and one more. */
export function collect(node: Node, value: unknown): Fault[] {
  const faults: Fault[] = []
  new Collector(faults).visit(node, value, '', 0)
  return faults
}

class Collector {
  constructor(readonly faults: Fault[]) {}

  /** `keyword` led here. */
  visit(node: Node, value: unknown, pointer: string, depth: number, keyword = ''): void {
    if (this.faults.length > FAULTS_MAX) return
    if (depth > DEPTH_MAX) {
      this.#add(pointer, 'invalid', 'is nested too deeply')
      return
    }
    if (node.isNever) {
      this.#add(pointer, keyword || 'not', keyword === '' ? 'must not match' : 'is not allowed')
      return
    }
    if (node.types !== undefined && !node.types.some((type) => isOfType(value, type))) {
      this.#add(pointer, 'type', typeWords(node.types))
      return
    }
    if (node.ref !== undefined) this.visit(node.ref, value, pointer, depth + 1)
    this.#choices(node, value, pointer)
    if (typeof value === 'number') this.#number(node, value, pointer)
    else if (typeof value === 'string') this.#string(node, value, pointer)
    else if (Array.isArray(value)) this.#array(node, value, pointer, depth)
    else if (typeof value === 'object' && value !== null) {
      this.#object(node, value as Record<string, unknown>, pointer, depth)
    }
    this.#branches(node, value, pointer, depth)
  }

  #add(pointer: string, code: string, detail: string): void {
    if (this.faults.length <= FAULTS_MAX) this.faults.push({ pointer, code, detail })
  }

  #choices({ choices, isConstant }: Node, value: unknown, pointer: string): void {
    if (choices === undefined || choices.some((each) => isEqual(each, value))) return
    if (isConstant) this.#add(pointer, 'const', `must be ${JSON.stringify(choices[0])}`)
    else this.#add(pointer, 'enum', choiceWords(choices))
  }

  #number(node: Node, value: number, pointer: string): void {
    const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = node
    const says = (code: string, words: string, bound: number): void => {
      this.#add(pointer, code, `must be ${words} ${JSON.stringify(bound)}`)
    }
    if (minimum !== undefined && value < minimum) says('minimum', 'at least', minimum)
    if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
      says('exclusiveMinimum', 'greater than', exclusiveMinimum)
    }
    if (maximum !== undefined && value > maximum) says('maximum', 'at most', maximum)
    if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) {
      says('exclusiveMaximum', 'less than', exclusiveMaximum)
    }
    if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
      says('multipleOf', 'a multiple of', multipleOf)
    }
  }

  #string(node: Node, value: string, pointer: string): void {
    const { minLength, maxLength, pattern, format } = node
    if (minLength !== undefined && !hasLength(value, minLength)) {
      this.#add(pointer, 'minLength', sizeWords('least', minLength, 'character'))
    }
    if (maxLength !== undefined && exceedsLength(value, maxLength)) {
      this.#add(pointer, 'maxLength', sizeWords('most', maxLength, 'character'))
    }
    if (pattern !== undefined && !pattern.test(value)) {
      this.#add(pointer, 'pattern', `must match ${pattern.source}`)
    }
    if (format !== undefined && !FORMATS[format]!(value)) {
      this.#add(pointer, 'format', `must be a valid ${format}`)
    }
  }

  #array(node: Node, value: readonly unknown[], pointer: string, depth: number): void {
    const { minItems, maxItems, prefix, items } = node
    if (minItems !== undefined && value.length < minItems) {
      this.#add(pointer, 'minItems', sizeWords('least', minItems, 'item'))
    }
    if (maxItems !== undefined && value.length > maxItems) {
      this.#add(pointer, 'maxItems', sizeWords('most', maxItems, 'item'))
    }
    if (node.isUnique && hasRepetition(value)) {
      this.#add(pointer, 'uniqueItems', 'must not repeat an item')
    }
    for (let i = 0; i < value.length && this.faults.length <= FAULTS_MAX; i++) {
      const inner = prefix[i] ?? items
      const keyword = i < prefix.length ? 'prefixItems' : 'items'
      if (inner !== undefined) this.visit(inner, value[i], pointer + step(i), depth, keyword)
    }
  }

  #object(node: Node, value: Record<string, unknown>, pointer: string, depth: number): void {
    const size = Object.keys(value).length
    const { minProperties, maxProperties } = node
    if (minProperties !== undefined && size < minProperties) {
      this.#add(pointer, 'minProperties', sizeWords('least', minProperties, 'member'))
    }
    if (maxProperties !== undefined && size > maxProperties) {
      this.#add(pointer, 'maxProperties', sizeWords('most', maxProperties, 'member'))
    }
    for (const { name, node: inner, isRequired } of node.properties) {
      const member = Object.hasOwn(value, name) ? value[name] : undefined
      const place = pointer + step(name)
      if (member !== undefined) this.visit(inner, member, place, depth, 'properties')
      else if (isRequired) this.#add(place, 'required', 'is missing')
    }
    for (const name of node.required) {
      if (!Object.hasOwn(value, name)) {
        this.#add(pointer + step(name), 'required', 'is missing')
      }
    }
    this.#others(node, value, pointer, depth)
  }

  /** What the names of the members say, and members that no property describes. */
  #others(node: Node, value: Record<string, unknown>, pointer: string, depth: number): void {
    const { names, patterns, additional, properties } = node
    if (names === undefined && patterns.length === 0 && additional === undefined) return
    const known = new Set(properties.map(({ name }) => name))
    for (const name of Object.keys(value)) {
      if (value[name] === undefined) continue
      const place = pointer + step(name)
      if (names !== undefined && isFaulty(names, name, depth)) {
        this.#add(place, 'propertyNames', 'has a name that is not allowed')
      }
      let isKnown = known.has(name)
      for (const [pattern, inner] of patterns) {
        if (!pattern.test(name)) continue
        isKnown = true
        this.visit(inner, value[name], place, depth, 'patternProperties')
      }
      if (isKnown || additional === undefined) continue
      this.visit(additional, value[name], place, depth, 'additionalProperties')
    }
  }

  #branches(node: Node, value: unknown, pointer: string, depth: number): void {
    for (const inner of node.allOf) this.visit(inner, value, pointer, depth)
    this.#forms('anyOf', node.anyOf, value, pointer, depth)
    this.#forms('oneOf', node.oneOf, value, pointer, depth)
    if (node.not !== undefined && !isFaulty(node.not, value, depth)) {
      this.#add(pointer, 'not', 'must not match')
    }
  }

  /** Where one form alone has the value's type, what is wrong with that one is told. */
  #forms(
    code: string,
    branches: readonly Node[],
    value: unknown,
    pointer: string,
    depth: number,
  ): void {
    if (branches.length === 0) return
    const passed = branches.filter((branch) => !isFaulty(branch, value, depth)).length
    if (passed === 1 || (passed > 0 && code === 'anyOf')) return
    const fitting = branches.filter((branch) => mayHave(branch, value))
    if (passed === 0 && fitting.length === 0) {
      this.#add(pointer, 'type', typeWords(branches.flatMap((branch) => typesOf(branch, 0) ?? [])))
    } else if (passed === 0 && fitting.length === 1) {
      this.visit(fitting[0]!, value, pointer, depth)
    } else {
      this.#add(pointer, code, 'must match one of the allowed forms')
    }
  }
}

function isFaulty(node: Node, value: unknown, depth: number): boolean {
  const faults: Fault[] = []
  new Collector(faults).visit(node, value, '', depth)
  return faults.length > 0
}

/** Whether a value is of a type that a schema lets pass. */
function mayHave(node: Node, value: unknown): boolean {
  const types = typesOf(node, 0)
  return types === undefined || types.some((type) => isOfType(value, type))
}

/** What types a schema lets pass; undefined when it does not say. */
export function typesOf(node: Node, depth: number): readonly string[] | undefined {
  if (node.types !== undefined) return node.types
  if (depth > DEPTH_MAX) return undefined
  if (node.ref !== undefined) return typesOf(node.ref, depth + 1)
  const branches = node.anyOf.length > 0 ? node.anyOf : node.oneOf
  if (branches.length > 0) {
    const all = branches.map((branch) => typesOf(branch, depth + 1))
    return all.includes(undefined) ? undefined : (all.flat() as string[])
  }
  for (const inner of node.allOf) {
    const found = typesOf(inner, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

export function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return Number.isFinite(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'null':
      return value === null
    default:
      return typeof value === type
  }
}
