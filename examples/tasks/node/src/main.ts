// A small tasks API and the page that uses it. Start it with ./run --port 8000.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { App, errors, EventHub, html } from 'trivet'
import { parseInput, Tasks, type Task } from './tasks.js'

const { values } = parseArgs({ options: { port: { type: 'string', default: '8000' } } })
const page = readPage('index.html')
const livePage = readPage('live.html')

const tasks = new Tasks()
tasks.add('Light the fire', true)
tasks.add('Put the pot on the trivet')

// The tasks lie in this process's memory, so there is one worker.
const app = new App({ port: Number(values.port), workers: 1 })

// Every change of a task is told to all who listen.
const changes = new EventHub(app)

function tell(action: 'added' | 'changed' | 'removed', task: Task): void {
  changes.publish({ action, task }, { event: 'task' })
}

app.get('/', () => html(page))

app.get('/live', () => html(livePage))

app.get('/events', (request) => changes.stream(request))

app.group('/api/tasks', (api) => {
  api.get('', () => tasks.all())

  api.post('', { status: 201 }, ({ json }) => {
    const { title } = parseInput(json())
    if (title === undefined) throw errors.unprocessableContent('title is missing')
    const task = tasks.add(title)
    tell('added', task)
    return task
  })

  api.patch('/{id:int}', ({ params, json }) => {
    const task = tasks.find(params.id)
    Object.assign(task, parseInput(json()))
    tell('changed', task)
    return task
  })

  api.delete('/{id:int}', ({ params }) => {
    tell('removed', tasks.remove(params.id))
  })
})

await app.run()

function readPage(name: string): string {
  try {
    return readFileSync(new URL(`../../page/${name}`, import.meta.url), 'utf8')
  } catch (error) {
    console.error(`tasks: ${(error as Error).message}`)
    process.exit(1)
  }
}
