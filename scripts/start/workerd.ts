import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Makes Miniflare run workerd through workerd.sh, so that Ctrl-C does not end it before its last writes. */
export function keepWorkerdOnInterrupt(): void {
  process.env.EDGE_WORKERD = createRequire(import.meta.url)('workerd').default
  process.env.MINIFLARE_WORKERD_PATH = join(import.meta.dirname, 'workerd.sh')
}
