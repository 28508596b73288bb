// A folder on Trivet in Node: `app.mjs FOLDER PORT`, with TRIVET_WORKERS workers.
import { App } from 'trivet'

const app = new App()
app.static('/files', process.argv[2])
await app.run(Number(process.argv[3]))
