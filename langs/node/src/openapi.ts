import { inspect } from 'node:util'
import { LOG, STATUS, TrivetError } from './abi_gen.js'
import { isDevelopment } from './development.js'
import type { NamesOf } from './names.js'
import { native, type NativeApp } from './native.js'
import { titleOf } from './problem.js'
import type { Registry } from './registry.js'
import { labelOf, listOf, type Route } from './route.js'
import type { JsonSchema } from './schema_json.js'
import type { Validator } from './schema_part.js'
import { step } from './pointer.js'

/** What documentation says of a route beyond its types. */
export interface RouteDocs {
  /** Unique in the app; made of method and pattern, or the route's name, unless given. */
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly deprecated?: boolean
  /**
   * Media types of the answer, one or several: `text/event-stream`, `application/x-ndjson`. Unless
   * given, JSON or text where `response` has a schema. It changes no answer.
   */
  readonly produces?: string | readonly string[]
  /** Leaves the route out of the document. */
  readonly hidden?: boolean
}

/** What the OpenAPI document says of the app, and where it is served. */
export interface OpenAPIOptions {
  /** `API` unless given. */
  readonly title?: string
  /** Of the API; `0.0.0` unless given. */
  readonly version?: string
  /** More about it, in CommonMark. */
  readonly description?: string
  /** Where the document is served; `/openapi.json` unless given, `false` for nowhere. */
  readonly openapi?: string | boolean
  /** Where Swagger UI shows it; `/docs` unless given, `false` for nowhere. */
  readonly docs?: string | false
  /** Where Scalar shows it; `/reference` unless given, `false` for nowhere. */
  readonly reference?: string | false
  /** URLs, or URLs with descriptions; the server that the document comes from unless given. */
  readonly servers?: readonly (string | { readonly url: string; readonly description?: string })[]
}

export const OPENAPI_OPTIONS: NamesOf<OpenAPIOptions> = {
  title: true,
  version: true,
  description: true,
  openapi: true,
  docs: true,
  reference: true,
  servers: true,
}

type Json = { [key: string]: unknown }

/** A route as OpenAPI 3.1 describes one. */
export interface RouteOperation {
  readonly methods: readonly string[]
  readonly pattern: string
  readonly operation: Readonly<Record<string, unknown>>
  /** What the operation refers to, by name. */
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

/** The document that a program asks for; loosely typed, for tools have types of their own. */
export interface OpenAPIDocument {
  readonly openapi: string
  readonly info: Readonly<Record<string, unknown>>
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, unknown>>
  readonly [member: string]: unknown
}

/** Has the document served, unless the options say otherwise. */
export function serveOpenAPI(app: NativeApp, options: OpenAPIOptions): void {
  const { title = 'API', version = '0.0.0', description = '', openapi = true } = options
  const { docs = '/docs', reference = '/reference', servers = [] } = options
  if (openapi === false) return
  const path = openapi === true ? '/openapi.json' : openapi
  const urls = servers.flatMap((server) =>
    typeof server === 'string' ? [server, ''] : [server.url, server.description ?? ''],
  )
  native.openapiServe(app, title, version, description, path, docs || '', reference || '', urls)
}

/**
 * Tells the engine all there is to say of the routes. One that cannot be described is so by its
 * pattern alone.
 */
export function describeRoutes(registry: Registry): void {
  const app = registry.native
  const names = new Names()
  const ids = new Set<string>()
  for (const [index, route] of registry.routes.entries()) {
    if (route.info === undefined) continue
    if (route.docs.hidden === true) {
      native.openapiOperation(app, index, '')
      continue
    }
    try {
      const { operation, schemas } = new Describer(route, names, ids).describe()
      const texts = Object.entries(schemas).map(([name, json]) => [name, JSON.stringify(json)])
      native.openapiOperation(app, index, JSON.stringify(operation))
      for (const [name, text] of texts) native.openapiSchema(app, name!, text!)
    } catch (error) {
      if (!isDevelopment()) continue
      const what = `${labelOf(route.info)} is in the OpenAPI document without its schemas`
      const next = 'give it schemas that have a JSON Schema, or hide it with hidden: true'
      native.appLog(app, LOG.WARN, `${what}: ${String(error)}; ${next}`)
    }
  }
}

/** The operations of an app, in the order of its routes. Names are unique among all of them. */
export function operationsOf(registry: Registry): RouteOperation[] {
  const names = new Names()
  const ids = new Set<string>()
  return registry.routes
    .filter(({ info }) => info !== undefined)
    .map((route) => new Describer(route, names, ids).describe())
}

/** Names for schemas: two that differ never have the same one. */
class Names {
  readonly #texts = new Map<string, string>()

  constructor() {
    this.#texts.set('Problem', "the engine's own")
  }

  nameFor(wanted: string, schema: unknown): string {
    const text = JSON.stringify(schema)
    const plain = wanted.replaceAll(/[^\w.-]+/g, '_') || 'Schema'
    for (let i = 1; ; i++) {
      const name = i === 1 ? plain : `${plain}${String(i)}`
      const known = this.#texts.get(name)
      if (known !== undefined && known !== text) continue
      this.#texts.set(name, text)
      return name
    }
  }
}

class Describer {
  readonly #route: Route
  readonly #names: Names
  readonly #ids: Set<string>
  readonly #schemas: { [name: string]: JsonSchema } = {}

  constructor(route: Route, names: Names, ids: Set<string>) {
    this.#route = route
    this.#names = names
    this.#ids = ids
  }

  describe(): RouteOperation {
    const { docs } = this.#route
    const { methods, pattern } = this.#route.info!
    const operationId = this.#operationId()
    const parameters = this.#parameters()
    const body = this.#route.validators?.body
    const form = this.#route.validators?.form
    const requestBody =
      body !== undefined
        ? this.#requestBody(body, operationId)
        : form && this.#requestForm(form, operationId)
    const { summary, description, tags, deprecated } = docs
    const operation = withoutNothing({
      operationId,
      summary,
      description,
      tags,
      deprecated,
      parameters: parameters.length > 0 ? parameters : undefined,
      requestBody,
      responses: this.#responses(operationId),
    })
    return { methods, pattern, operation, schemas: this.#schemas }
  }

  #operationId(): string {
    const { docs, info } = this.#route
    const { name, methods, pattern } = info!
    const words = pattern
      .replaceAll(/\{(\w+)[^/]*\}/g, 'by_$1')
      .split(/[^a-zA-Z0-9]+/)
      .filter((word) => word !== '')
      .map((word) => word[0]!.toUpperCase() + word.slice(1))
    const method = methods[0] === '*' ? 'any' : methods[0]!.toLowerCase()
    const wanted = docs.operationId ?? (name || `${method}${words.join('') || 'Root'}`)
    for (let i = 1; ; i++) {
      const id = i === 1 ? wanted : `${wanted}${String(i)}`
      if (this.#ids.has(id)) continue
      this.#ids.add(id)
      return id
    }
  }

  #parameters(): Json[] {
    const { validators, params } = this.#route
    const own = membersOf(validators?.params?.json)
    const path = params
      .filter(({ name }) => new RegExp(`\\{${name}[:}]`).test(this.#route.info!.pattern))
      .map(({ name, kind }) => {
        const schema = own.get(name)?.schema ?? KINDS[kind]
        return {
          name,
          in: 'path',
          required: true,
          schema: this.#inline(validators?.params, schema),
        }
      })
    const others = (
      [
        ['query', validators?.query],
        ['header', validators?.headers],
        ['cookie', validators?.cookies],
      ] as const
    ).flatMap(([place, validator]) =>
      [...membersOf(validator?.json)].map(([name, { schema, isRequired }]) =>
        withoutNothing({
          name,
          in: place,
          description: (schema as { description?: unknown }).description,
          required: isRequired,
          schema: this.#inline(validator, schema),
        }),
      ),
    )
    return [...path, ...others]
  }

  #requestBody(body: Validator, operationId: string): Json {
    const schema = this.#schemaOf(body, `${capital(operationId)}Body`)
    return {
      required: !body.isOptional || isCertain(body),
      content: { 'application/json': { schema } },
    }
  }

  #requestForm(form: Validator, operationId: string): Json {
    const schema = this.#schemaOf(form, `${capital(operationId)}Form`)
    const content = {
      'application/x-www-form-urlencoded': { schema },
      'multipart/form-data': { schema },
    }
    return { required: true, content }
  }

  #responses(operationId: string): Json {
    const { validators, status, docs } = this.#route
    const responses: { [code: number]: Json } = {}
    const add = (code: number, content: Json): void => {
      const all = { ...(responses[code]?.['content'] as Json | undefined), ...content }
      const isEmpty = Object.keys(all).length === 0
      responses[code] = { description: titleOf(code), ...(isEmpty ? {} : { content: all }) }
    }
    const main = status || 200
    const produced = listOf(docs.produces).map((type) => type.toLowerCase())
    const types = produced.filter((type) => type !== EVENTS)
    const declared = validators?.responses ?? new Map<number, Validator>()
    for (const [code, validator] of declared) {
      if (code === main && produced.length > 0) continue
      const type = isText(validator) ? 'text/plain' : 'application/json'
      const schema = this.#resultOf(validator, code, operationId)
      add(code, code === 204 ? {} : { [type]: { schema } })
    }
    const result = declared.get(main)
    for (const type of types) {
      if (STREAMS.includes(type) || result === undefined) add(main, { [type]: unknownOf(type) })
      else add(main, { [type]: { schema: this.#resultOf(result, main, operationId) } })
    }
    // Events have this status whatever the route's.
    if (produced.includes(EVENTS)) add(200, { [EVENTS]: unknownOf(EVENTS) })
    if (Object.keys(responses).length === 0) add(main, {})
    return responses
  }

  #resultOf(validator: Validator, code: number, operationId: string): unknown {
    const suffix = code === (this.#route.status || 200) ? '' : String(code)
    return this.#schemaOf(validator, `${capital(operationId)}Result${suffix}`)
  }

  /** A schema with a name of its own, or that refers to itself, becomes a component. */
  #schemaOf(validator: Validator, fallback: string): unknown {
    const { json, name } = validator
    if (json === undefined || typeof json === 'boolean') return json ?? {}
    const refersToItself = JSON.stringify(json).includes('"$ref":"#"')
    if (name === undefined && !refersToItself) return this.#inline(validator, json)
    const { $defs: _, ...own } = json
    const component = this.#names.nameFor(name ?? fallback, wholeOf(own, json))
    const self = `#/components/schemas/${component}`
    this.#schemas[component] = this.#inline(validator, own, self) as JsonSchema
    return { $ref: self }
  }

  /** With its definitions among the components. */
  #inline(validator: Validator | undefined, schema: unknown, self = ''): unknown {
    const json = validator?.json
    const defs = (typeof json === 'object' ? json['$defs'] : undefined) as Json | undefined
    if (defs === undefined && self === '') return schema
    const renamed = new Map<string, string>()
    for (const [name, definition] of Object.entries(defs ?? {})) {
      renamed.set(`#/$defs${step(name)}`, this.#names.nameFor(name, wholeOf(definition, json)))
    }
    const turn = (value: unknown): unknown => withReferences(value, renamed, self)
    for (const [name, definition] of Object.entries(defs ?? {})) {
      this.#schemas[renamed.get(`#/$defs${step(name)}`)!] = turn(definition) as JsonSchema
    }
    const { $defs: _, ...own } = schema as Json
    return turn(own)
  }
}

/** A schema with the definitions that it leads to, and no others: what tells it from others. */
function wholeOf(schema: unknown, root: JsonSchema | undefined): unknown {
  const defs = (typeof root === 'object' ? (root['$defs'] ?? {}) : {}) as Json
  const reached: Json = {}
  const visit = (part: unknown): void => {
    for (const [, name] of JSON.stringify(part).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)) {
      if (name === undefined || name in reached || !(name in defs)) continue
      reached[name] = defs[name]
      visit(defs[name])
    }
  }
  visit(schema)
  return [schema, reached]
}

const KINDS: Readonly<Record<string, JsonSchema>> = {
  integer: { type: 'integer', format: 'int64' },
  uuid: { type: 'string', format: 'uuid' },
  text: { type: 'string' },
}

const EVENTS = 'text/event-stream'
/** OpenAPI 3.1 has no word for what one of their events or lines is: they are text. */
const STREAMS: readonly string[] = [EVENTS, 'application/x-ndjson']

function unknownOf(type: string): Json {
  return STREAMS.includes(type) || type.startsWith('text/') ? { schema: { type: 'string' } } : {}
}

function isText({ json }: Validator): boolean {
  return (json as { type?: unknown } | undefined)?.type === 'string'
}

const MEDIA_TYPE = /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/

/** What is no media type is ERR_TRIVET_ARGUMENT. */
export function checkProduces(produces: RouteDocs['produces'], label: string): void {
  for (const type of listOf<unknown>(produces)) {
    if (typeof type === 'string' && MEDIA_TYPE.test(type)) continue
    const what = `${label}: produces is a media type like text/event-stream, or several`
    throw new TrivetError(STATUS.TRIVET_E_ARGUMENT, `${what}, not ${inspect(type)}`)
  }
}

function withReferences(value: unknown, renamed: Map<string, string>, self: string): unknown {
  if (Array.isArray(value)) return value.map((each) => withReferences(each, renamed, self))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key !== '$ref' || typeof inner !== 'string') {
        return [key, withReferences(inner, renamed, self)]
      }
      const name = renamed.get(inner)
      if (name !== undefined) return [key, `#/components/schemas/${name}`]
      return [key, inner === '#' && self !== '' ? self : inner]
    }),
  )
}

interface Member {
  readonly schema: unknown
  readonly isRequired: boolean
}

/** The properties of a schema of an object, those of references and of all parts as well. */
function membersOf(root: JsonSchema | undefined): Map<string, Member> {
  const found = new Map<string, Member>()
  const visit = (schema: unknown, depth: number): void => {
    if (typeof schema !== 'object' || schema === null || depth > 16) return
    const { properties = {}, required = [], allOf = [], $ref } = schema as Json
    for (const [name, inner] of Object.entries(properties as Json)) {
      found.set(name, { schema: inner, isRequired: (required as unknown[]).includes(name) })
    }
    for (const each of allOf as unknown[]) visit(each, depth + 1)
    const name = /^#\/\$defs\/(.+)$/.exec(String($ref))?.[1]
    if (name !== undefined) visit(((root as Json)['$defs'] as Json | undefined)?.[name], depth + 1)
  }
  visit(root, 0)
  return found
}

/** Whether a Standard Schema that tells what it takes has no word on missing content. */
function isCertain({ json, check }: Validator): boolean {
  return check === undefined && typeof json === 'object' && !('default' in json)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function withoutNothing(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))
}
