// A small tasks API and the page that uses it. Start it with ./run --port 8000.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { App, errors, html } from 'trivet'
import { parseInput, Tasks } from './tasks.js'

const { values } = parseArgs({ options: { port: { type: 'string', default: '8000' } } })
const page = readPage()

const tasks = new Tasks()
tasks.add('Light the fire', true)
tasks.add('Put the pot on the trivet')

// The tasks lie in this process's memory, so there is one worker.
const app = new App({ port: Number(values.port), workers: 1 })

app.get('/', () => html(page))

app.group('/api/tasks', (api) => {
  api.get('', () => tasks.all())

  api.post('', { status: 201 }, ({ json }) => {
    const { title } = parseInput(json())
    if (title === undefined) throw errors.unprocessableContent('title is missing')
    return tasks.add(title)
  })

  api.patch('/{id:int}', ({ params, json }) => {
    const task = tasks.find(params.id)
    return Object.assign(task, parseInput(json()))
  })

  api.delete('/{id:int}', ({ params }) => {
    tasks.remove(params.id)
  })
})

await app.run()

function readPage(): string {
  try {
    return readFileSync(new URL('../../page/index.html', import.meta.url), 'utf8')
  } catch (error) {
    console.error(`tasks: ${(error as Error).message}`)
    process.exit(1)
  }
}
