import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { App } from 'trivet'

const app = new App()

app.get('/', () => String(process.pid))

app.get('/held', async () => {
  writeFileSync('arrived', '')
  while (!existsSync('go-on')) await setTimeout(5)
  return 'held'
})

await app.run()
