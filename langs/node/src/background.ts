import { LOG } from './abi_gen.js'
import { describe } from './errors.js'

/** What runs after an answer. */
export type BackgroundTask = () => unknown

type Log = (level: number, message: string) => void

/** Tasks of a loop that run behind the answers. */
export class Background {
  readonly #log: Log
  readonly #running = new Set<Promise<void>>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Runs them in their order when the answers of this turn are on their way. */
  start(tasks: readonly BackgroundTask[], label: string): void {
    this.follow(this.#run(tasks, label))
  }

  /** Waits for something that never fails, when the server ends. */
  follow(work: Promise<void>): void {
    const running = work.then(() => {
      this.#running.delete(running)
    })
    this.#running.add(running)
  }

  async #run(tasks: readonly BackgroundTask[], label: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    for (const task of tasks) {
      try {
        await task()
      } catch (error) {
        this.#log(LOG.ERROR, `a background task of ${label} failed: ${describe(error)}`)
      }
    }
  }

  /** Waits for them, and at most so long. */
  async drain(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const isOver = new Promise<true>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, true)
    })
    while (this.#running.size > 0) {
      if ((await Promise.race([isOver, Promise.all(this.#running)])) !== true) continue
      const count = String(this.#running.size)
      this.#log(LOG.WARN, `${count} background tasks were given up when the time to end had passed`)
      break
    }
    clearTimeout(timer)
  }
}
