const { existsSync, writeFileSync } = require('node:fs')
const { setTimeout } = require('node:timers/promises')
const { App } = require('trivet')

const app = new App()

app.get('/', () => String(process.pid))

app.get('/held', async () => {
  writeFileSync('arrived', '')
  while (!existsSync('go-on')) await setTimeout(5)
  return 'held'
})

void app.run()
