import { LOG } from './abi_gen.js'
import { describe, StartupError } from './errors.js'
import type { Container, Providers } from './providers.js'

/**
 * Runs once for each server, in a program with workers once for each of them. May be async. Gets
 * what the app provides.
 */
export type LifecycleHook<Provided = unknown> = (provided: Provided) => unknown

/** What runs before a server accepts and after its drain. */
export class Lifecycle {
  readonly startup: LifecycleHook<never>[] = []
  readonly shutdown: LifecycleHook<never>[] = []
  readonly #container: Container
  readonly #visible: () => Providers

  constructor(container: Container, visible: () => Providers) {
    this.#container = container
    this.#visible = visible
  }

  /**
   * What is provided, then the hooks in the order added; rejects with a StartupError at the first
   * one that fails.
   */
  async start(log: (level: number, message: string) => void): Promise<void> {
    await this.#container.start(log)
    try {
      const provided = this.#container.needs(this.#visible(), 'a startup hook')
      for (const hook of this.startup) await hook(provided as never)
    } catch (error) {
      await this.#container.stop(log)
      throw new StartupError(error)
    }
  }

  /** In the opposite order; what fails is logged and keeps none of the others from running. */
  async stop(log: (level: number, message: string) => void): Promise<void> {
    const provided = this.#container.needs(this.#visible(), 'a shutdown hook')
    for (const hook of [...this.shutdown].reverse()) {
      try {
        await hook(provided as never)
      } catch (error) {
        log(LOG.ERROR, `a shutdown hook failed: ${describe(error)}`)
      }
    }
    await this.#container.stop(log)
  }
}
