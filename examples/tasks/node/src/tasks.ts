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

/** What a client sends; anything else is 422. */
export interface TaskInput {
  readonly title?: string
  readonly done?: boolean
}

export function parseInput(value: unknown): TaskInput {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw errors.unprocessableContent('the content must be a JSON object')
  }
  const { title, done } = value as Record<string, unknown>
  if (title !== undefined && (typeof title !== 'string' || title.trim() === '')) {
    throw errors.unprocessableContent('title must be a string that is not empty')
  }
  if (done !== undefined && typeof done !== 'boolean') {
    throw errors.unprocessableContent('done must be true or false')
  }
  return { ...(title === undefined ? {} : { title }), ...(done === undefined ? {} : { done }) }
}
