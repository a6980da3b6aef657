import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { WRANGLER } from './wrangler.ts'

/**
 * Bundles a Worker exactly as `npm run deploy` does, so that what is tested and started is what would be deployed.
 *
 * @param config path of a `wrangler.toml`; `directory` is where `index.js` ends up.
 * @param signal ends it early; it then throws once wrangler is gone and writes nothing more.
 * @returns the path of the module.
 * @throws what wrangler printed, where the Worker cannot be bundled.
 */
export async function bundle(config: string, directory: string, signal?: AbortSignal): Promise<string> {
  const options = ['deploy', '--dry-run', '--minify', '--config', config, '--outdir', directory]
  const env = { ...process.env, DO_NOT_TRACK: '1', WRANGLER_HIDE_BANNER: 'true' }
  const bundling = promisify(execFile)(process.execPath, [WRANGLER, ...options], { env })
  signal?.addEventListener('abort', () => bundling.child.kill())
  await bundling
  return join(directory, 'index.js')
}
