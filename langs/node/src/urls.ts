type UrlValue = string | number | bigint | boolean

/** Path parameters by name, not encoded. */
export type UrlParams = Readonly<Record<string, UrlValue>>

/** Query parameters by name (an array comes several times, `undefined` not at all) or in order. */
export type UrlQuery =
  | Readonly<Record<string, UrlValue | readonly UrlValue[] | undefined>>
  | Iterable<readonly [string, UrlValue]>

/** Builds the path of a named route; `//host/path` for a route of a host. */
export type UrlFor = (name: string, params?: UrlParams, query?: UrlQuery) => string

/** [name, value, name, value, …], as the addon takes them. */
export function flattenUrl(items: UrlParams | UrlQuery | undefined): string[] {
  const flat: string[] = []
  if (items === undefined) return flat
  const entries = Symbol.iterator in items ? items : Object.entries(items)
  for (const [name, value] of entries as Iterable<[string, UrlValue | UrlValue[] | undefined]>) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) flat.push(name, String(one))
  }
  return flat
}
