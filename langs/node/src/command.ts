#!/usr/bin/env node
// The `trivet` command of an installed package: becomes the program that is packed with it.
import { fileURLToPath } from 'node:url'
import { native } from './native.js'
import { packedCommand } from './places.js'

try {
  const command = packedCommand()
  process.env['TRIVET_PACKAGE'] = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
  native.execute(command, ['trivet', ...process.argv.slice(2)])
} catch (error) {
  console.error(`trivet: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
