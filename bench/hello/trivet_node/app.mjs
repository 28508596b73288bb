// Hello on Trivet in Node: `app.mjs PORT`.
import { App } from 'trivet'

const app = new App()
app.get('/hello', () => 'Hello, World!')
await app.listen(Number(process.argv[2]))
