import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { titleOf } from './problem.js'

/** One line of a stack trace, with the lines around it where the source can be read. */
export interface Frame {
  readonly place: string
  readonly line: number
  readonly column: number
  readonly source: readonly (readonly [number: number, text: string])[]
}

/** Lines before and after the one that failed. */
const CONTEXT_LINES = 2
const FRAMES_MAX = 20

const OWN_FOLDER = new URL('.', import.meta.url).href

/** The frames of a program, without Node's and the SDK's own; source maps have been applied. */
export function framesOf(error: Error): Frame[] {
  const frames: Frame[] = []
  for (const [, text = ''] of (error.stack ?? '').matchAll(/^\s+at (.+)$/gm)) {
    const found = /\(?((?:file:\/\/)?\/[^()]*?):(\d+):(\d+)\)?$/.exec(text)
    if (found === null || text.includes(OWN_FOLDER) || text.includes('node:')) continue
    const [line, column] = [Number(found[2]), Number(found[3])]
    const path = pathOf(found[1]!)
    frames.push({ place: text, line, column, source: linesAround(path, line) })
    if (frames.length === FRAMES_MAX) break
  }
  return frames
}

function pathOf(place: string): string {
  try {
    return place.startsWith('file://') ? fileURLToPath(place) : place
  } catch {
    return place
  }
}

function linesAround(path: string, line: number): readonly (readonly [number, string])[] {
  let lines: string[]
  try {
    lines = readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
  const first = Math.max(1, line - CONTEXT_LINES)
  const last = Math.min(lines.length, line + CONTEXT_LINES)
  const found: (readonly [number, string])[] = []
  for (let number = first; number <= last; number++) found.push([number, lines[number - 1] ?? ''])
  return found
}

/** What a terminal shows of an error: its place with the lines around. */
export function terminalFrame(error: Error, title: string): string {
  const [frame] = framesOf(error)
  const lines = [`${title}`, `  ${headOf(error)}`]
  if (frame !== undefined) {
    lines.push(`  at ${frame.place}`)
    for (const [number, text] of frame.source) {
      const mark = number === frame.line ? '>' : ' '
      lines.push(`  ${mark} ${String(number).padStart(5)} | ${text}`)
      if (number === frame.line) lines.push(`          | ${' '.repeat(frame.column - 1)}^`)
    }
  }
  return `${lines.map(printable).join('\n')}\n`
}

/** A terminal obeys control characters, and a request may have brought some. */
function printable(line: string): string {
  return line.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}

function headOf(error: Error): string {
  return `${error.name}: ${error.message}`
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --bad: #c62828 }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 2rem }
h1 { font-size: 1.4rem; color: var(--bad); overflow-wrap: anywhere }
pre { font: 13px/1.5 ui-monospace, monospace; padding: 1rem; border: 1px solid var(--line);
  overflow-x: auto }
pre b { color: var(--bad) }
h2 { font: 13px ui-monospace, monospace; overflow-wrap: anywhere }`

/** The page that a browser gets for an error while the program is being written. */
export function errorPage(error: Error, request: string): string {
  const parts: string[] = []
  let current: unknown = error
  for (let depth = 0; current instanceof Error && depth < 5; depth++) {
    const prefix = depth === 0 ? '' : 'Caused by '
    parts.push(`<h1>${prefix}${escaped(headOf(current))}</h1>`, ...framesOf(current).map(frameHtml))
    current = current.cause
  }
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(headOf(error))}</title>
<style>${STYLE}</style>
<p>500 ${titleOf(500)}: ${escaped(request)}</p>
${parts.join('\n')}
<p>Shown because TRIVET_ENV is development.</p>
`
}

function frameHtml({ place, line, source }: Frame): string {
  const lines = source.map(([number, text]) => {
    const row = escaped(`${String(number).padStart(5)}  ${text}`)
    return number === line ? `<b>${row}</b>` : row
  })
  const code = lines.length === 0 ? '' : `<pre>${lines.join('\n')}</pre>`
  return `<h2>${escaped(place)}</h2>${code}`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => ESCAPES[letter]!)
}
