import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Path of something that was built for this machine: packed beside the code, or that of a checkout,
 * where TRIVET_BUILD names the preset.
 */
export function locate(
  packed: string,
  built: (preset: string) => string,
  missing: (paths: string) => string,
): string {
  const preset = process.env['TRIVET_BUILD']
  const places = [
    ...(preset === undefined ? [`../prebuilds/linux-${process.arch}/${packed}`] : []),
    built(preset ?? 'release'),
  ]
  const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)))
  const found = paths.find((path) => existsSync(path))
  if (found === undefined) throw new Error(missing(paths.join(', ')))
  return found
}
