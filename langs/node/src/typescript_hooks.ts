/** The module hooks of `trivet/typescript`; Node runs them in a thread of their own. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { InitializeHook, LoadHook, ModuleFormat, ResolveHook } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCompiler, type Compile } from './typescript_compilers.js'

export interface HooksData {
  /** Whether Node itself reads TypeScript. */
  readonly isNative: boolean
}

const IS_TYPESCRIPT = /\.[mc]?ts$/
const IS_COMPILED_NAME = /^(\.{0,2}\/.*|file:.*)\.([mc]?)js$/
const HAS_MODULE_SYNTAX = /^\s*(?:import|export)\b(?!\s*\()/m

let isNative = false
const compilers = new Map<string, Promise<Compile>>()

export const initialize: InitializeHook<HooksData> = (data) => {
  isNative = data.isNative
}

/** TypeScript names what its compiler will write: ./store.js is ./store.ts here. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    return await nextResolve(specifier, context)
  } catch (error) {
    const name = IS_COMPILED_NAME.exec(specifier)
    const isFromTypeScript = IS_TYPESCRIPT.test(context.parentURL ?? '')
    if (name === null || !isFromTypeScript || !isMissing(error)) throw error
    try {
      return await nextResolve(`${name[1]!}.${name[2]!}ts`, context)
    } catch {
      throw error
    }
  }
}

export const load: LoadHook = async (url, context, nextLoad) => {
  if (isNative || !url.startsWith('file:') || !IS_TYPESCRIPT.test(url)) {
    return nextLoad(url, context)
  }
  const path = fileURLToPath(url)
  const source = await readFile(path, 'utf8')
  const format = await formatOf(path, source)
  const compile = await compilerFor(path)
  return { format, source: await compile(source, path, format), shortCircuit: true }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
}

/** As Node decides it for JavaScript: by the ending, by package.json, by the syntax. */
async function formatOf(path: string, source: string): Promise<'module' | 'commonjs'> {
  if (path.endsWith('.mts')) return 'module'
  if (path.endsWith('.cts')) return 'commonjs'
  const type = await packageType(dirname(path))
  if (type === 'module' || type === 'commonjs') return type
  return HAS_MODULE_SYNTAX.test(source) ? 'module' : 'commonjs'
}

async function packageType(folder: string): Promise<ModuleFormat | undefined> {
  const file = join(folder, 'package.json')
  if (existsSync(file)) {
    return (JSON.parse(await readFile(file, 'utf8')) as { type?: ModuleFormat }).type
  }
  const parent = dirname(folder)
  return parent === folder ? undefined : packageType(parent)
}

/** That of the project the file belongs to, looked for once a folder. */
function compilerFor(path: string): Promise<Compile> {
  const folder = dirname(path)
  let compiler = compilers.get(folder)
  if (compiler === undefined) {
    compiler = findCompiler(path)
    compilers.set(folder, compiler)
  }
  return compiler
}
