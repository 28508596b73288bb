// What JSON costs in Node: `codecs.mjs DOCUMENTS SECONDS PEERS` prints nanoseconds a document, in
// JSON. Trivet calls JSON.stringify and JSON.parse; the peer is what Fastify serialises with where
// a route has a schema.
import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [documents, seconds, peers] = process.argv.slice(2)
const build = createRequire(`${peers}/`)('fast-json-stringify')

function schemaOf(value) {
  if (Array.isArray(value)) return { type: 'array', items: schemaOf(value[0]) }
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([name, member]) => [name, schemaOf(member)])
    return { type: 'object', properties: Object.fromEntries(entries) }
  }
  return { type: typeof value }
}

function cost(call, argument) {
  for (let count = 1; ; ) {
    const begin = process.cpuUsage()
    for (let i = 0; i < count; i++) call(argument)
    const { user, system } = process.cpuUsage(begin)
    const spent = (user + system) * 1000
    if (spent >= Number(seconds) * 1e9) return spent / count
    count = Math.max(count * 2, Math.floor((count * Number(seconds) * 1.1e9) / Math.max(spent, 1)))
  }
}

const result = []
for (const [name, document] of Object.entries(JSON.parse(readFileSync(documents, 'utf8')))) {
  const text = JSON.stringify(document)
  const compiled = build(schemaOf(document))
  assert.deepStrictEqual(JSON.parse(compiled(document)), document)
  result.push([name, 'JSON', 'encode', cost(JSON.stringify, document)])
  result.push([name, 'JSON', 'decode', cost(JSON.parse, text)])
  result.push([name, 'fast-json-stringify', 'encode', cost(compiled, document)])
}
console.log(JSON.stringify(result))
