import { ResponseError } from './errors.js'
import { Reply } from './reply.js'
import { ABSENT, type Parts, type Request } from './request.js'
import { isNothing, isThenable, stringify } from './results.js'
import { isStreamable } from './stream_source.js'
import { validatorOf, type Outcome, type Validator } from './schema_part.js'
import type { Schema } from './schema_types.js'
import { ValidationError, type Fault, type Place, type ValueError } from './schema_words.js'
import {
  cookieReader,
  formReader,
  headerReader,
  jsonReader,
  pathReader,
  queryReader,
  type Reader,
} from './validation_read.js'

type Run = (request: Request) => unknown

/** What a route says of its requests and results. */
export interface RouteSchemas {
  /** Of the path parameters; text becomes numbers and booleans where the schema has those. */
  readonly params?: Schema
  /** Of the query, likewise; a parameter that is an array has all values of its name. */
  readonly query?: Schema
  /** Of header fields, which the schema names without regard to case. */
  readonly headers?: Schema
  readonly cookies?: Schema
  /** Of the content, which must be JSON then. */
  readonly body?: Schema
  /**
   * Of the fields of a form, which the content must be then: they are in `request.fields`, text
   * becomes numbers and booleans, and an array has all values of its name. Files are those of
   * `request.form()`.
   */
  readonly form?: Schema
  /** Of plain results; by status where it is an object of those: `{ 200: …, 404: … }`. */
  readonly response?: Schema | Readonly<Record<number, Schema>>
}

/** Schemas that have been prepared, by their places. */
export interface Validators {
  readonly params: Validator | undefined
  readonly query: Validator | undefined
  readonly headers: Validator | undefined
  readonly cookies: Validator | undefined
  readonly body: Validator | undefined
  readonly form: Validator | undefined
  readonly responses: ReadonlyMap<number, Validator>
}

/** One part of a request, in the order in which they are told of. */
interface Step {
  readonly place: Place
  readonly validator: Validator
  readonly read: Reader
  readonly keep: (parts: Parts, value: unknown) => void
}

/** undefined when the route says nothing. `status` is that of plain results. */
export function validatorsOf(options: RouteSchemas, status: number): Validators | undefined {
  const { params, query, headers, cookies, body, form, response } = options
  const all = [params, query, headers, cookies, body, form, response]
  if (all.every((schema) => schema === undefined)) return undefined
  if (body !== undefined && form !== undefined) {
    throw new TypeError('the content is JSON or a form: leave out the schema of body or of form')
  }
  return {
    params: prepare('params', params),
    query: prepare('query', query),
    headers: prepare('headers', headers),
    cookies: prepare('cookies', cookies),
    body: prepare('body', body),
    form: prepare('form', form),
    responses: responsesOf(response, status || 200),
  }
}

function responsesOf(response: object | undefined, status: number): Map<number, Validator> {
  const found = new Map<number, Validator>()
  if (response === undefined) return found
  const keys = Object.keys(response)
  const isByStatus =
    typeof response === 'object' && keys.length > 0 && keys.every((key) => /^[2-5]\d\d$/.test(key))
  const entries = isByStatus ? Object.entries(response) : [[String(status), response] as const]
  for (const [code, schema] of entries) {
    found.set(Number(code), prepare(`response ${code}`, schema as object, false))
  }
  return found
}

function prepare(name: string, schema: Schema, fills?: boolean): Validator
function prepare(name: string, schema: Schema | undefined, fills?: boolean): Validator | undefined
function prepare(name: string, schema: Schema | undefined, fills = true): Validator | undefined {
  if (schema === undefined) return undefined
  try {
    if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) {
      throw new TypeError(`a schema is an object, not ${typeof schema}`)
    }
    return validatorOf(schema, fills)
  } catch (error) {
    const detail = `the schema of ${name} cannot be used: ${(error as Error).message}`
    throw new TypeError(detail)
  }
}

/** The handler, called with requests that are as the schemas say. */
export function validating(handler: Run, validators: Validators, status: number): Run {
  const steps = stepsOf(validators)
  const inner = checkingResults(handler, validators.responses.get(status || 200))
  if (steps.length === 0) return inner
  return (request) => {
    const pending = validate(steps, request, 0, [])
    return pending === undefined ? inner(request) : pending.then(() => continued(inner, request))
  }
}

/** Whoever waited for a schema may have been answered meanwhile. */
function continued(inner: Run, request: Request): unknown {
  return request.isAnswered ? undefined : inner(request)
}

function stepsOf(validators: Validators): readonly Step[] {
  const { params, query, headers, cookies, body, form } = validators
  const steps: Step[] = []
  const add = (
    place: Place,
    validator: Validator | undefined,
    read: (node: Validator['node']) => Reader,
    keep: Step['keep'],
  ): void => {
    if (validator === undefined) return
    steps.push({ place, validator, read: read(validator.node), keep })
  }
  add('path', params, pathReader, (parts, value) => {
    parts.params = value as Record<string, unknown>
  })
  add('query', query, queryReader, (parts, value) => {
    parts.query = value
  })
  add('header', headers, headerReader, (parts, value) => {
    parts.headers = value
  })
  add('cookie', cookies, cookieReader, (parts, value) => {
    parts.cookies = value
  })
  add('form', form, formReader, (parts, value) => {
    parts.fields = value
  })
  add(
    'body',
    body,
    () => jsonReader,
    (parts, value) => {
      parts.body = value === undefined ? ABSENT : value
    },
  )
  return steps
}

/** Throws a ValidationError of all parts; gives a promise only where a schema does. */
function validate(
  steps: readonly Step[],
  request: Request,
  start: number,
  errors: ValueError[],
): Promise<void> | undefined {
  for (let i = start; i < steps.length; i++) {
    const step = steps[i]!
    const value = step.read(request)
    const pending =
      value instanceof Promise
        ? value.then((read: unknown) => validateStep(step, request, read, errors))
        : validateStep(step, request, value, errors)
    if (pending !== undefined) return pending.then(() => validate(steps, request, i + 1, errors))
  }
  if (errors.length > 0) throw new ValidationError(errors)
  return undefined
}

function validateStep(
  step: Step,
  request: Request,
  value: unknown,
  errors: ValueError[],
): Promise<void> | undefined {
  const { validator } = step
  if (value === undefined && !validator.isOptional) {
    errors.push({ in: step.place, ...MISSING })
    return undefined
  }
  if (value !== undefined && validator.check?.(value) === true) {
    step.keep(request.keepParts(), value)
    return undefined
  }
  const outcome = value === undefined ? absent(validator) : validator.run(value)
  if (outcome instanceof Promise) {
    return outcome.then((later) => {
      conclude(step, request, later, errors)
    })
  }
  conclude(step, request, outcome, errors)
  return undefined
}

const MISSING: Fault = { pointer: '', code: 'required', detail: 'is missing' }

/** Nothing is there: a Standard Schema may have a default for that. */
function absent(validator: Validator): Outcome | Promise<Outcome> {
  if (validator.check !== undefined) return { value: undefined }
  const outcome = validator.run(undefined)
  const said = (result: Outcome): Outcome =>
    result.faults === undefined ? result : { faults: [MISSING] }
  return outcome instanceof Promise ? outcome.then(said) : said(outcome)
}

function conclude(step: Step, request: Request, outcome: Outcome, errors: ValueError[]): void {
  if (outcome.faults === undefined) step.keep(request.keepParts(), outcome.value)
  else
    for (const fault of outcome.faults) errors.push({ in: step.place, ...told(fault, step.place) })
}

/** Text is never null, so that nobody is told to send it. */
function told(fault: Fault, place: Place): Fault {
  if (place === 'body' || fault.code !== 'type') return fault
  return { ...fault, detail: fault.detail.replace(/ or null$/, '') }
}

function checkingResults(handler: Run, validator: Validator | undefined): Run {
  if (validator === undefined) return handler
  const checked = (result: unknown): unknown => checkResult(validator, result)
  return (request) => {
    const result = handler(request)
    return isThenable(result) ? result.then(checked) : checked(result)
  }
}

/** Gives what is to be sent: a Standard Schema may change it. */
function checkResult(validator: Validator, result: unknown): unknown {
  if (result instanceof Reply) return result
  if (isNothing(result) && validator.isOptional) return result
  if (validator.check?.(result) === true) return result
  if (isStreamable(result)) throw new ResponseError([], 'it comes in pieces')
  // Dates and others become what they are in JSON.
  const hasForm = typeof result === 'object' && result !== null && validator.check !== undefined
  const outcome = validator.run(hasForm ? (JSON.parse(stringify(result)) as unknown) : result)
  const passed = (found: Outcome): unknown => {
    if (found.faults !== undefined) throw new ResponseError(found.faults)
    return found.value
  }
  return outcome instanceof Promise ? outcome.then(passed) : passed(outcome)
}
