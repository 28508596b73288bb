// A small tasks API and the page that uses it. Start it with ./run --port 8000.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { App, EventHub, html } from 'trivet'
import { newTaskSchema, taskChangeSchema, Tasks, taskSchema, type Task } from './tasks.js'

const { values } = parseArgs({ options: { port: { type: 'string', default: '8000' } } })
const page = readPage('index.html')
const livePage = readPage('live.html')

const tasks = new Tasks()
tasks.add('Light the fire', true)
tasks.add('Put the pot on the trivet')

// The tasks lie in this process's memory, so there is one worker.
const app = new App({
  port: Number(values.port),
  workers: 1,
  title: 'Tasks',
  version: '1.0.0',
})

// Every change of a task is told to all who listen.
const changes = new EventHub(app)

function tell(action: 'added' | 'changed' | 'removed', task: Task): void {
  changes.publish({ action, task }, { event: 'task' })
}

app.get('/', { hidden: true }, () => html(page))

app.get('/live', { hidden: true }, () => html(livePage))

app.get(
  '/events',
  { operationId: 'events', summary: 'Follow the changes', produces: 'text/event-stream' },
  (request) => changes.stream(request),
)

app.group('/api/tasks', (api) => {
  api.get(
    '',
    {
      operationId: 'all_tasks',
      summary: 'All tasks',
      response: { type: 'array', items: taskSchema },
    },
    () => tasks.all(),
  )

  api.post(
    '',
    {
      operationId: 'add_task',
      summary: 'Add a task',
      body: newTaskSchema,
      response: { 201: taskSchema },
      status: 201,
    },
    ({ body }) => {
      const task = tasks.add(body.title)
      tell('added', task)
      return task
    },
  )

  api.patch(
    '/{id:int}',
    {
      operationId: 'change_task',
      summary: 'Change a task',
      body: taskChangeSchema,
      response: taskSchema,
    },
    ({ params, body }) => {
      const task = tasks.find(params.id)
      task.title = body.title ?? task.title
      task.done = body.done ?? task.done
      tell('changed', task)
      return task
    },
  )

  api.delete(
    '/{id:int}',
    { operationId: 'remove_task', summary: 'Remove a task', status: 204 },
    ({ params }) => {
      tell('removed', tasks.remove(params.id))
    },
  )
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
