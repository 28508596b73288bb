// Hello on Trivet in Node: `app.mjs PORT`, with TRIVET_WORKERS workers.
import { App } from 'trivet'

const app = new App()
app.get('/hello', () => 'Hello, World!')
await app.run(Number(process.argv[2]))
