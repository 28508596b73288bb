import { typesOf } from './schema_collect.js'
import type { Node } from './schema_model.js'

/** What text becomes where a schema says what it should be; what it cannot be stays text. */
export type Coerce = (text: string) => unknown

const INTEGER = /^-?\d+$/
const NUMBER = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** A parameter without a value is true: `?verbose`. */
const BOOLEANS = new Map([
  ...['', '1', 'true', 'yes', 'on'].map((word) => [word, true] as const),
  ...['0', 'false', 'no', 'off'].map((word) => [word, false] as const),
])

/** How a parameter is read. */
export interface Parameter {
  readonly name: string
  readonly isArray: boolean
  /** undefined where it is text. */
  readonly coerce: Coerce | undefined
}

/** The parameters of a schema of an object, in its order; undefined when it is none. */
export function parametersOf(node: Node): Map<string, Parameter> {
  const found = new Map<string, Parameter>()
  addParameters(node, found, 0)
  return found
}

const DEPTH_MAX = 16

function addParameters(node: Node, found: Map<string, Parameter>, depth: number): void {
  if (depth > DEPTH_MAX) return
  for (const { name, node: inner } of node.properties) found.set(name, parameterOf(name, inner))
  if (node.ref !== undefined) addParameters(node.ref, found, depth + 1)
  for (const inner of node.allOf) addParameters(inner, found, depth + 1)
}

function parameterOf(name: string, node: Node): Parameter {
  const types = typesFor(node)
  const isArray = types.includes('array')
  const items = isArray ? itemsOf(node, 0) : undefined
  return { name, isArray, coerce: coercion(items === undefined ? types : typesFor(items)) }
}

function itemsOf(node: Node, depth: number): Node | undefined {
  if (node.items !== undefined || depth > DEPTH_MAX) return node.items
  if (node.ref !== undefined) return itemsOf(node.ref, depth + 1)
  for (const inner of [...node.anyOf, ...node.oneOf, ...node.allOf]) {
    const found = itemsOf(inner, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** Choices without a type have those of their values. */
function typesFor(node: Node): readonly string[] {
  return typesOf(node, 0) ?? node.choices?.map((each) => typeof each) ?? []
}

function coercion(types: readonly string[]): Coerce | undefined {
  const hasNumber = types.includes('number')
  const hasBoolean = types.includes('boolean')
  const number = hasNumber ? NUMBER : types.includes('integer') ? INTEGER : undefined
  if (number === undefined && !hasBoolean) return undefined
  return (text) => {
    if (number?.test(text) === true) return Number(text)
    return hasBoolean ? (BOOLEANS.get(text.toLowerCase()) ?? text) : text
  }
}
