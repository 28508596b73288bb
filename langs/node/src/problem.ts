import { STATUS_CODES } from 'node:http'

/** Where Node's titles are not those of RFC 9110, which the engine writes. */
const TITLES: Readonly<Record<number, string>> = {
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  509: 'Error',
}

/** Problem details (RFC 9457), as the engine writes them. */
export function problemJson(status: number, detail: string, more?: object): string {
  const title = titleOf(status)
  return JSON.stringify({
    type: 'about:blank',
    title,
    status,
    ...(detail === '' ? {} : { detail }),
    ...more,
  })
}

export function titleOf(status: number): string {
  return TITLES[status] ?? STATUS_CODES[status] ?? 'Error'
}
