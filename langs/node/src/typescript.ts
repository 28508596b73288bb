/**
 * `node --import trivet/typescript app.ts` loads TypeScript: Node strips the types where it can,
 * else the project's esbuild or typescript compiles each file as it is loaded. Types are not
 * checked. `./store.js` finds `./store.ts`, as the compiler has it.
 */
import { register } from 'node:module'
import type { HooksData } from './typescript_hooks.js'

/** `strip` or `transform` where Node reads TypeScript by itself. */
const { typescript = false } = process.features as { typescript?: string | false }
const data: HooksData = { isNative: typescript !== false }

process.setSourceMapsEnabled(true)
register('./typescript_hooks.js', { parentURL: import.meta.url, data })
