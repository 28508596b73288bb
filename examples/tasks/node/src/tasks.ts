import { errors } from 'trivet'

export interface Task {
  readonly id: number
  title: string
  done: boolean
}

/** Tasks in memory, in the order they were added. */
export class Tasks {
  readonly #tasks = new Map<number, Task>()
  #lastId = 0

  add(title: string, done = false): Task {
    const task = { id: ++this.#lastId, title, done }
    this.#tasks.set(task.id, task)
    return task
  }

  all(): Task[] {
    return [...this.#tasks.values()]
  }

  /** The error becomes the answer: 404 with problem details. */
  find(id: number): Task {
    const task = this.#tasks.get(id)
    if (task === undefined) throw errors.notFound(`there is no task ${String(id)}`)
    return task
  }

  remove(id: number): Task {
    const task = this.find(id)
    this.#tasks.delete(id)
    return task
  }
}

// What the API shows and takes. A title shows something.
export const taskSchema = {
  $id: 'Task',
  type: 'object',
  required: ['id', 'title', 'done'],
  properties: { id: { type: 'integer' }, title: { type: 'string' }, done: { type: 'boolean' } },
} as const

export const newTaskSchema = {
  $id: 'NewTask',
  type: 'object',
  required: ['title'],
  properties: { title: { type: 'string', minLength: 1, pattern: '\\S' } },
} as const

export const taskChangeSchema = {
  $id: 'TaskChange',
  type: 'object',
  properties: {
    title: { type: ['string', 'null'], pattern: '\\S' },
    done: { type: ['boolean', 'null'] },
  },
} as const
