import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command, PACKAGE } from './support.js'

/** What fragments take for granted. */
const PREAMBLE = `
import { App, errors, redirect, text } from 'trivet'
const app = new App()
`
const POSTAMBLE = `
export const imported = [errors, redirect, text]
`

interface Block {
  readonly name: string
  readonly text: string
}

/** The TypeScript of a document; what imports nothing is a fragment and gets an app. */
function blocksOf(path: string): Block[] {
  const document = readFileSync(join(PACKAGE, path), 'utf8')
  const title = path.replace(/^.*\/|\.md$/g, '').toLowerCase()
  return [...document.matchAll(/^```ts\n(.*?)^```/gms)].map(([, text = ''], i) => {
    const isProgram = /^import /m.test(text)
    const whole = isProgram ? text : `${PREAMBLE}${text}${POSTAMBLE}\nawait app.run(8000)\n`
    return { name: `${title}-${String(i + 1)}`, text: whole.replaceAll('8000', '0') }
  })
}

const BLOCKS = [...blocksOf('README.md'), ...blocksOf('../../docs/guide/node.md')]

describe('each program of the documentation', () => {
  let folder = ''

  before(() => {
    mkdirSync(join(PACKAGE, 'build'), { recursive: true })
    folder = mkdtempSync(join(PACKAGE, 'build/guide-'))
    for (const { name, text } of BLOCKS) writeFileSync(join(folder, `${name}.ts`), text)
    const config = { extends: join(PACKAGE, 'tsconfig.json'), include: ['.'] }
    const options = { rootDir: '.', outDir: 'out', types: ['node'], declaration: false }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ ...config, compilerOptions: options }),
    )
    execFileSync(join(PACKAGE, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'inherit' })
  })

  after(() => {
    rmSync(folder, { recursive: true })
  })

  for (const { name } of BLOCKS) {
    it(`${name} compiles, starts and ends`, async () => {
      const env = { TRIVET_WORKERS: '1', TRIVET_LOG: 'info' }
      const running = command(process.execPath, [join(folder, 'out', `${name}.js`)], env)
      try {
        await running.told(/http:\/\/127\.0\.0\.1:\d+/)
        running.child.kill('SIGTERM')
        assert.equal((await running.ended).code, 0)
      } finally {
        running.child.kill('SIGKILL')
      }
    })
  }

  it('is among those that are looked at', () => {
    assert.ok(BLOCKS.length >= 8)
  })
})
