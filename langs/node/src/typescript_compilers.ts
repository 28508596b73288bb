/** The compilers that a project may have: esbuild, which is quick, or typescript itself. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Gives JavaScript with its source map inside. */
export type Compile = (
  source: string,
  path: string,
  format: 'module' | 'commonjs',
) => Promise<string> | string

/** What is used of esbuild. */
interface Esbuild {
  transform(
    source: string,
    options: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly code: string }>
  stop(): Promise<void>
}

interface Diagnostic {
  readonly messageText: unknown
  readonly start?: number
}

/** What is used of typescript. */
interface TypeScript {
  readonly ModuleKind: Readonly<Record<'ESNext' | 'CommonJS', number>>
  readonly ScriptTarget: Readonly<Record<'ES2022', number>>
  readonly sys: { readFile(path: string): string | undefined }
  readConfigFile(path: string, read: (path: string) => string | undefined): { config?: unknown }
  parseJsonConfigFileContent(
    config: unknown,
    host: unknown,
    folder: string,
  ): { readonly options: Readonly<Record<string, unknown>> }
  transpileModule(
    source: string,
    options: Readonly<Record<string, unknown>>,
  ): { readonly outputText: string; readonly diagnostics?: readonly Diagnostic[] }
  flattenDiagnosticMessageText(text: unknown, newLine: string): string
}

/** Its helper process is ended when nothing has been compiled for so long. */
const ESBUILD_IDLE_MS = 200

export async function findCompiler(path: string): Promise<Compile> {
  const require = createRequire(path)
  const config = findConfig(dirname(path))
  const esbuild = load<Esbuild>(require, 'esbuild')
  if (esbuild !== undefined) {
    return withEsbuild(esbuild, config === undefined ? undefined : await readFile(config, 'utf8'))
  }
  const typescript = load<TypeScript>(require, 'typescript')
  if (typescript !== undefined) return withTypeScript(typescript, config)
  throw Object.assign(
    new Error(
      `cannot load ${path}: Node ${process.versions.node} does not read TypeScript, and neither ` +
        'esbuild nor typescript is installed: type npm install --save-dev esbuild, or use Node ' +
        '22.18 or newer',
    ),
    { code: 'ERR_TRIVET_TYPESCRIPT' },
  )
}

/** undefined when it is not installed; one that is broken says so itself. */
function load<Module>(require: NodeJS.Require, name: string): Module | undefined {
  try {
    require.resolve(name)
  } catch {
    return undefined
  }
  return require(name) as Module
}

function findConfig(folder: string): string | undefined {
  const file = join(folder, 'tsconfig.json')
  if (existsSync(file)) return file
  const parent = dirname(folder)
  return parent === folder ? undefined : findConfig(parent)
}

function withEsbuild(esbuild: Esbuild, tsconfigRaw: string | undefined): Compile {
  let idle: NodeJS.Timeout | undefined
  return async (source, path, format) => {
    clearTimeout(idle)
    try {
      const { code } = await esbuild.transform(source, {
        loader: 'ts',
        sourcefile: path,
        sourcemap: 'inline',
        format: format === 'module' ? 'esm' : 'cjs',
        target: `node${process.versions.node}`,
        ...(tsconfigRaw === undefined ? {} : { tsconfigRaw }),
      })
      return code
    } catch (error) {
      throw new SyntaxError((error as Error).message)
    } finally {
      clearTimeout(idle)
      idle = setTimeout(() => void esbuild.stop(), ESBUILD_IDLE_MS)
      idle.unref()
    }
  }
}

function withTypeScript(typescript: TypeScript, config: string | undefined): Compile {
  const options = optionsOf(typescript, config)
  return (source, path, format) => {
    const { ESNext, CommonJS } = typescript.ModuleKind
    const compiled = typescript.transpileModule(source, {
      fileName: path,
      reportDiagnostics: true,
      compilerOptions: {
        ...options,
        module: format === 'module' ? ESNext : CommonJS,
        target: typescript.ScriptTarget.ES2022,
        verbatimModuleSyntax: format === 'module' && options['verbatimModuleSyntax'] === true,
        declaration: false,
        sourceMap: false,
        inlineSourceMap: true,
        inlineSources: true,
      },
    })
    const [fault] = compiled.diagnostics ?? []
    if (fault === undefined) return compiled.outputText
    const before = source.slice(0, fault.start ?? 0).split('\n')
    const place = `${path}:${String(before.length)}:${String(before.at(-1)!.length + 1)}`
    const text = typescript.flattenDiagnosticMessageText(fault.messageText, '\n')
    throw new SyntaxError(`${place}: ${text}`)
  }
}

function optionsOf(
  typescript: TypeScript,
  file: string | undefined,
): Readonly<Record<string, unknown>> {
  if (file === undefined) return {}
  const { config } = typescript.readConfigFile(file, (path) => typescript.sys.readFile(path))
  const { options } = typescript.parseJsonConfigFileContent(
    config ?? {},
    typescript.sys,
    dirname(file),
  )
  // It must suit the kind of module, which each file has for itself.
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'moduleResolution'))
}
