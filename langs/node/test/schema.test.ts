import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Check } from 'typebox/schema'
import { command, PACKAGE } from './support.js'

const load = (name: string): Promise<unknown> => import(`${PACKAGE}dist/${name}.js`)
const { collect } = (await load('schema_collect')) as typeof import('../dist/schema_collect.js')
const compiling = (await load('schema_compile')) as typeof import('../dist/schema_compile.js')
const { plainSchema } = (await load('schema_json')) as typeof import('../dist/schema_json.js')
const { readSchema } = (await load('schema_model')) as typeof import('../dist/schema_model.js')
const { faultyByte } = (await load('json_place')) as typeof import('../dist/json_place.js')
const { compileCheck, fillDefaults } = compiling

/** Numbers that are the same in each run. */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  roll(sides: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * sides)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)]!
  }

  maybe<T extends object>(part: T): T | object {
    return this.roll(3) === 0 ? part : {}
  }
}

const NAMES = ['a', 'b', 'constructor', '__proto__', 'x/y']
const TYPES = ['integer', 'number', 'string', 'boolean', 'array', 'object', 'null']

/** A text, so that a member may be named __proto__. */
function value(dice: Dice, depth: number): string {
  const kind = dice.roll(depth > 0 ? 8 : 6)
  if (kind === 0) return dice.pick(['0', '1', '-1', '3', '2.5', '1e3', '-0.5'])
  if (kind === 1) return dice.pick(['""', '"a"', '"ab"', '"abc"', '"😀"', '"2026-11-29"'])
  if (kind === 2) return dice.pick(['true', 'false'])
  if (kind === 3) return 'null'
  if (kind < 6) return String(dice.roll(6))
  const inner = Array.from({ length: dice.roll(4) }, () => value(dice, depth - 1))
  if (kind === 6) return `[${inner.join()}]`
  const members = inner.map((each, i) => `${JSON.stringify(NAMES[(i + dice.roll(2)) % 5])}:${each}`)
  return `{${members.join()}}`
}

/** Each keyword now and then; `$ref` leads back to the whole. */
function schema(dice: Dice, depth: number): object {
  const inner = (): object => (depth > 0 ? schema(dice, depth - 1) : {})
  const type = dice.pick<string | string[]>([
    ...TYPES,
    [dice.pick(TYPES), 'null'],
    [dice.pick(TYPES), dice.pick(TYPES)],
  ])
  const members = NAMES.filter(() => dice.roll(3) === 0)
  const properties = JSON.parse(
    `{${members.map((name) => `${JSON.stringify(name)}:${JSON.stringify(inner())}`).join()}}`,
  ) as object
  return {
    ...dice.pick([{ type }, { type }, {}]),
    ...dice.maybe({ minimum: dice.roll(3), maximum: dice.roll(5) }),
    ...dice.maybe({ exclusiveMinimum: 0 }),
    ...dice.maybe({ exclusiveMaximum: 3 }),
    ...dice.maybe({ multipleOf: dice.pick([2, 0.5, 1]) }),
    ...dice.maybe({ minLength: dice.roll(3), maxLength: dice.roll(4) }),
    ...dice.maybe({ pattern: dice.pick(['^a', 'b$', '^.$']) }),
    ...dice.maybe({ minItems: dice.roll(2), maxItems: dice.roll(4) }),
    ...dice.maybe({ uniqueItems: true }),
    ...dice.maybe({ items: inner() }),
    ...dice.maybe({ prefixItems: [inner()] }),
    ...dice.maybe({ properties, required: NAMES.filter(() => dice.roll(6) === 0) }),
    ...dice.maybe({ properties, additionalProperties: dice.pick<unknown>([false, inner()]) }),
    ...dice.maybe({ patternProperties: { '^[ab]': inner() } }),
    ...dice.maybe({ propertyNames: { maxLength: 3 } }),
    ...dice.maybe({ minProperties: dice.roll(2), maxProperties: dice.roll(4) }),
    ...(dice.roll(8) === 0 ? { enum: ['a', 1, null, dice.roll(4), [1], { a: 1 }] } : {}),
    ...(dice.roll(12) === 0 ? { const: dice.pick([1, 'a']) } : {}),
    ...(dice.roll(8) === 0 ? { anyOf: [inner(), inner()] } : {}),
    ...(dice.roll(8) === 0 ? { oneOf: [inner(), inner()] } : {}),
    ...(dice.roll(8) === 0 ? { allOf: [inner(), inner()] } : {}),
    ...(dice.roll(8) === 0 ? { not: inner() } : {}),
  }
}

describe('a schema', () => {
  it('lets through what TypeBox does, compiled and told, and tells of all else', () => {
    const dice = new Dice(20261129)
    const seen = { good: 0, wrong: 0 }
    for (let i = 0; i < 1500; i++) {
      const made = schema(dice, 2)
      const node = readSchema(plainSchema(made))
      const check = compileCheck(node, false)
      for (let j = 0; j < 8; j++) {
        const text = value(dice, 3)
        const given: unknown = JSON.parse(text)
        const expected = Check(made, given)
        const about = `${JSON.stringify(made)}\n${text}`
        assert.equal(check(given), expected, about)
        assert.equal(collect(node, given).length === 0, expected, about)
        seen[expected ? 'good' : 'wrong']++
      }
    }
    assert.ok(seen.good > 1000 && seen.wrong > 1000, JSON.stringify(seen))
  })

  const tell = (made: object, given: unknown): string[] => {
    const node = readSchema(plainSchema(made))
    const faults = collect(node, given)
    assert.equal(compileCheck(node, false)(given), faults.length === 0)
    return faults.map(({ pointer, code, detail }) => `${pointer} ${code}: ${detail}`)
  }

  it('says what must be', () => {
    const cases: [object, unknown, string][] = [
      [{ type: ['integer', 'null'] }, 'x', 'type: must be an integer or null'],
      [
        { type: ['string', 'number', 'object'] },
        true,
        'type: must be a string, a number or an object',
      ],
      [{ type: 'boolean' }, 1, 'type: must be a boolean'],
      [{ type: 'array' }, {}, 'type: must be an array'],
      [{ type: 'number' }, true, 'type: must be a number'],
      [{ type: 'number' }, 1e999, 'type: must be a number'],
      [{ type: 'integer' }, 3.5, 'type: must be an integer'],
      [{ exclusiveMinimum: 1.5 }, 1.5, 'exclusiveMinimum: must be greater than 1.5'],
      [{ exclusiveMaximum: 2 }, 2, 'exclusiveMaximum: must be less than 2'],
      [{ multipleOf: 0.01 }, 0.005, 'multipleOf: must be a multiple of 0.01'],
      [{ minLength: 1 }, '', 'minLength: must have at least 1 character'],
      [{ maxLength: 1 }, '😀a', 'maxLength: must have at most 1 character'],
      [{ pattern: '^a+$' }, 'b', 'pattern: must match ^a+$'],
      [{ maxItems: 2 }, [1, 2, 3], 'maxItems: must have at most 2 items'],
      [
        { uniqueItems: true },
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
        'uniqueItems: must not repeat an item',
      ],
      [{ minProperties: 1 }, {}, 'minProperties: must have at least 1 member'],
      [{ maxProperties: 0 }, { a: 1 }, 'maxProperties: must have at most 0 members'],
      [{ enum: ['a', 'b', 3] }, 'c', 'enum: must be one of "a", "b", 3'],
      [
        { enum: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] },
        0,
        'enum: must be one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …',
      ],
      [{ const: { a: 1 } }, 1, 'const: must be {"a":1}'],
      [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 1, 'type: must be a string or null'],
      [
        { anyOf: [{ minimum: 3 }, { maximum: 1 }] },
        2,
        'anyOf: must match one of the allowed forms',
      ],
      [{ oneOf: [{}, { minimum: 1 }] }, 2, 'oneOf: must match one of the allowed forms'],
      [{ not: {} }, 2, 'not: must not match'],
    ]
    for (const [made, given, expected] of cases)
      assert.deepEqual(tell(made, given), [` ${expected}`])
    for (const [made, given] of [
      [{ type: 'integer' }, 3.0],
      [{ multipleOf: 0.01 }, 19.99],
      [{ maxLength: 1 }, '😀'],
    ] as const) {
      assert.deepEqual(tell(made, given), [])
    }
  })

  it('tells of the only form that has the type', () => {
    const made = {
      anyOf: [{ type: 'object', properties: { a: { type: 'null' } } }, { type: 'null' }],
    }
    assert.deepEqual(tell(made, { a: 1 }), ['/a type: must be null'])
  })

  it('knows formats', () => {
    const cases: Record<string, [good: string[], bad: string[]]> = {
      date: [['2024-02-29'], ['2023-02-29', '2024-13-01', '2024-00-10', '24-01-01', '2024-1-1']],
      time: [
        ['10:00:00Z', '23:59:60Z', '10:00:00.5+02:00'],
        ['10:00:00', '24:00:00Z', '10:00:60Z'],
      ],
      'date-time': [
        ['2026-11-29T10:00:00Z', '1998-12-31t15:59:60-08:00'],
        ['2026-11-29 10:00:00Z', '2026-11-29'],
      ],
      uuid: [['123e4567-e89b-12d3-a456-426614174000'], ['123e4567e89b12d3a456426614174000', 'x']],
      email: [['a.b+c@d.example'], ['a', '@b', 'a@', 'a b@c', 'a..b@c', 'a@-b']],
      uri: [
        ['https://a.example/x?y#z', 'urn:x:1'],
        ['/x', 'a b:c', 'http://a/%zz'],
      ],
      ipv4: [['127.0.0.1'], ['127.0.0.256', '127.1', '01.2.3.4']],
      ipv6: [
        ['::1', 'fe80::1:2'],
        ['fe80::1%eth0', ':::', '1.2.3.4'],
      ],
      hostname: [
        ['a', 'a-b.example'],
        ['-a', 'a..b', 'a_b', `${'a'.repeat(64)}.b`],
      ],
    }
    for (const [format, [good, bad]] of Object.entries(cases)) {
      for (const text of good) assert.deepEqual(tell({ format }, text), [], text)
      for (const text of bad) {
        assert.deepEqual(tell({ format }, text), [` format: must be a valid ${format}`], text)
      }
    }
  })

  it('fills defaults in, a new one each time, and not in branches', () => {
    const made = {
      properties: {
        list: { default: [] },
        n: { type: 'integer', default: 4 },
        inner: { properties: { s: { default: 'x' } } },
        either: { anyOf: [{ properties: { no: { default: 1 } } }] },
      },
      required: ['n'],
    }
    const node = readSchema(plainSchema(made))
    const check = compileCheck(node, true)
    for (const fill of [check, (given: unknown) => (fillDefaults(node, given), true)]) {
      const [one, two] = [{ inner: {}, either: {} }, { list: [1] }]
      assert.ok(fill(one) && fill(two))
      assert.deepEqual(one, { inner: { s: 'x' }, either: {}, list: [], n: 4 })
      assert.deepEqual(two, { list: [1], n: 4 })
      const three: { list?: unknown[] } = {}
      assert.ok(fill(three))
      three.list!.push(1)
      const four: { list?: unknown[] } = {}
      assert.ok(fill(four))
      assert.deepEqual(four.list, [])
    }
  })

  it('works where code from text is forbidden', async () => {
    const { ended } = command(process.execPath, [
      '--disallow-code-generation-from-strings',
      '--input-type=module',
      '--eval',
      `import { compileCheck } from './dist/schema_compile.js'
       import { readSchema } from './dist/schema_model.js'
       const properties = { a: { minimum: 1, default: 2 } }
       const check = compileCheck(readSchema({ properties }), true)
       const value = {}
       console.log(check(value), value.a, check({ a: 0 }))`,
    ])
    const { stdout, stderr } = await ended
    assert.equal(stdout, 'true 2 false\n', stderr)
  })
})

describe('malformed JSON', () => {
  it('is malformed at the byte where no JSON goes on like that', () => {
    const cases: [string, number][] = [
      ['', 0],
      [' ', 1],
      ['nul', 3],
      ['nulx', 3],
      ['[1,]', 3],
      ['[1 2]', 3],
      ['{"a"}', 4],
      ['{"a":1 "b"', 7],
      ['{a:1}', 1],
      ['"a', 2],
      ['"a\n"', 2],
      ['"\\u12x"', 5],
      ['-', 1],
      ['1.', 1],
      ['[', 1],
      ['{}}', 2],
      ['"ä" x', 5],
      ['[[[', 3],
      ['{"a":[}', 6],
    ]
    for (const [text, byte] of cases) {
      assert.throws(() => JSON.parse(text) as unknown, SyntaxError)
      assert.equal(faultyByte(text), byte, text)
    }
    assert.equal(faultyByte('['.repeat(1e6)), 1e6)
  })
})
