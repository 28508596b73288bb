import { LOG } from './abi_gen.js'
import { describe, StartupError } from './errors.js'

/** Runs once for each server, in a program with workers once for each of them. May be async. */
export type LifecycleHook = () => unknown

/** What runs before a server accepts and after its drain. */
export class Lifecycle {
  readonly startup: LifecycleHook[] = []
  readonly shutdown: LifecycleHook[] = []

  /** In the order added; rejects with a StartupError at the first one that fails. */
  async start(): Promise<void> {
    try {
      for (const hook of this.startup) await hook()
    } catch (error) {
      throw new StartupError(error)
    }
  }

  /** In the opposite order; what fails is logged and keeps none of the others from running. */
  async stop(log: (level: number, message: string) => void): Promise<void> {
    for (const hook of [...this.shutdown].reverse()) {
      try {
        await hook()
      } catch (error) {
        log(LOG.ERROR, `a shutdown hook failed: ${describe(error)}`)
      }
    }
  }
}
