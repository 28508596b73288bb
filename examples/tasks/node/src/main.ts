// A small tasks API and the page that uses it. Start it with ./run --port 8000.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { App, HttpError, html } from 'trivet'
import { parseInput, Tasks } from './tasks.js'

const { values } = parseArgs({ options: { port: { type: 'string', default: '8000' } } })
const page = readPage()

const tasks = new Tasks()
tasks.add('Light the fire', true)
tasks.add('Put the pot on the trivet')

const app = new App()

app.get('/', () => html(page))

app.get('/api/tasks', () => tasks.all())

app.post('/api/tasks', { status: 201 }, ({ json }) => {
  const { title } = parseInput(json())
  if (title === undefined) throw new HttpError(422, 'title is missing')
  return tasks.add(title)
})

app.patch('/api/tasks/{id:int}', ({ params, json }) => {
  const task = tasks.find(params.id)
  return Object.assign(task, parseInput(json()))
})

app.delete('/api/tasks/{id:int}', ({ params }) => {
  tasks.remove(params.id)
})

await app.listen(Number(values.port))

function readPage(): string {
  try {
    return readFileSync(new URL('../../page/index.html', import.meta.url), 'utf8')
  } catch (error) {
    console.error(`tasks: ${(error as Error).message}`)
    process.exit(1)
  }
}
