import type { Wrangler } from '../wrangler.ts'

/** The external dependencies of a deployment; tests replace them. */
export interface Surroundings {
  /** Path of `wrangler.toml`. */
  config: string
  environment: Record<string, string | undefined>
  wrangler: Wrangler
  /** Bundles the Worker into a directory and returns the path of the module. */
  bundle: (directory: string) => Promise<string>
  /** Asks for a secret on the terminal; throws if there is none. */
  askSecret: (name: string) => Promise<string>
  print: (text: string) => void
  /** Waits about a second between two attempts to reach a new URL. */
  pause: () => Promise<unknown>
}
