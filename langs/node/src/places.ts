import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PREBUILDS = '../prebuilds'

/** What `process.report` says of the machine, as far as it is of use here. */
interface Report {
  readonly header?: { readonly glibcVersionRuntime?: string }
}

/** As the folders of prebuilds/ are called: linux-x64, or linux-x64-musl. */
function platform(): string {
  const name = `${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return name
  const report = process.report.getReport() as Report
  return report.header?.glibcVersionRuntime === undefined ? `${name}-musl` : name
}

/** For a package that lacks what this machine needs. */
function missing(what: string, paths: readonly string[]): string {
  const folder = fileURLToPath(new URL(PREBUILDS, import.meta.url))
  const packed = existsSync(folder) ? readdirSync(folder).sort() : []
  const here = `this is ${platform()} with Node ${process.versions.node}`
  if (packed.length > 0 && !packed.includes(platform())) {
    const has = packed.join(', ')
    return `trivet has no ${what} for this platform: ${here}, and the package has ${has}`
  }
  return (
    `trivet's ${what} is missing (${here}); looked for ${paths.join(', ')}. ` +
    'Install the package again; a checkout makes it with langs/node/build.sh'
  )
}

/**
 * Path of something that was built for this machine: packed beside the code, or that of a checkout,
 * where TRIVET_BUILD names the preset.
 */
export function locate(what: string, packed: string, built: (preset: string) => string): string {
  const preset = process.env['TRIVET_BUILD']
  const places = [
    ...(preset === undefined ? [`${PREBUILDS}/linux-${process.arch}/${packed}`] : []),
    built(preset ?? 'release'),
  ]
  const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)))
  const found = paths.find((path) => existsSync(path))
  if (found === undefined) throw new Error(missing(what, paths))
  return found
}

/** The addon itself. */
export function addonPath(): string {
  return locate('addon', 'trivet.node', (preset) => `../build/${preset}/trivet.node`)
}

/** The command line tool that is packed with the addon, or that of the checkout. */
export function packedCommand(): string {
  return locate('command', 'trivet', (preset) => `../../../build/${preset}/cli/trivet`)
}
