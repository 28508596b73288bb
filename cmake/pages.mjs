// node cmake/pages.mjs PINS OUT: the files of the documentation's pages, from the npm registry as
// core/openapi/pages.json pins them, packed for the library. npm packs and does not install, so
// that nothing of theirs is run and no package comes that they only name.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

const [pins, out] = process.argv.slice(2)
const { packages } = JSON.parse(readFileSync(pins, 'utf8'))
const types = { '.css': 'text/css', '.js': 'text/javascript' }

mkdirSync(dirname(out), { recursive: true })
const made = mkdtempSync(`${out}.`)
const assets = []
const licences = []
for (const { name, version, integrity, files, licences: texts } of packages) {
  const folder = unpacked(name, version, integrity)
  for (const [file, as] of Object.entries(files)) assets.push(pack(join(folder, file), as))
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const parts = texts.map((text) => readFileSync(join(folder, text), 'utf8').trimEnd())
  licences.push([`${name} ${version} (${license})`, ...parts].join('\n\n'))
  rmSync(folder, { recursive: true })
}
writeFileSync(join(made, 'packed_assets.S'), assembly())
writeFileSync(join(made, 'packed_assets.cc'), table())
writeFileSync(join(made, 'LICENCES.txt'), `${licences.join('\n\n\n')}\n`)
chmodSync(made, 0o755)
rmSync(out, { recursive: true, force: true })
renameSync(made, out)

/** The package's folder, once its archive is what it has always been. */
function unpacked(name, version, integrity) {
  const folder = mkdtempSync(join(made, 'package-'))
  const words = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  const output = execFileSync('npm', [...words, `${name}@${version}`], { encoding: 'utf8' })
  const archive = join(folder, basename(output.trim().split('\n').at(-1)))
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (found !== integrity) throw new Error(`${name}@${version}: ${found} is not what is pinned`)
  execFileSync('tar', ['-xzf', archive, '-C', folder, '--strip-components=1'])
  return folder
}

/** Without the name of a source map that is not served. */
function pack(file, name) {
  const text = readFileSync(file, 'utf8')
  const content = Buffer.from(text.replace(/\n\/[/*]# sourceMappingURL=\S+( \*\/)?\s*$/, '\n'))
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12)
  const packed = brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  })
  writeFileSync(join(made, `${name}.br`), packed)
  const type = types[extname(name)]
  const symbol = `trivet_page_${name.replaceAll(/\W/g, '_')}`
  const served = name.replace(/\.\w+$/, `.${hash}$&`)
  return { name, served, type, symbol, bytes: content.length, packed: packed.length }
}

/** Each file in a section of its own, which a linker can leave out. */
function assembly() {
  const parts = assets.map(
    ({ name, symbol }) =>
      `    .section .rodata.${symbol},"a",%progbits\n    .hidden ${symbol}\n` +
      `    .globl ${symbol}\n    .type ${symbol}, %object\n${symbol}:\n` +
      `    .incbin "${name}.br"\n    .size ${symbol}, . - ${symbol}\n`,
  )
  return `${parts.join('\n')}\n    .section .note.GNU-stack,"",%progbits\n`
}

function table() {
  const names = assets.map(({ symbol }) => `extern const char ${symbol}[];\n`).join('')
  const rows = assets.map(
    ({ served, type, symbol, packed, bytes }) =>
      `    assets.push_back({"${served}", "${type}", {${symbol}, ${packed}}, ${bytes}});\n`,
  )
  return (
    `#include "openapi/asset.h"\n\nextern "C" {\n${names}}\n\nnamespace trivet::openapi {\n\n` +
    'std::vector<Asset> packed_assets() {\n    std::vector<Asset> assets;\n' +
    `${rows.join('')}    return assets;\n}\n\n` +
    '}  // namespace trivet::openapi\n'
  )
}
