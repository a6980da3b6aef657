import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { WRANGLER } from './wrangler.ts'

/**
 * Bundles a Worker exactly as `npm run deploy` does, so that what is tested and started is what would be deployed.
 *
 * @param config path of a `wrangler.toml`; `directory` is where `index.js` ends up.
 * @returns the path of the module.
 * @throws what wrangler printed, where the Worker cannot be bundled.
 */
export async function bundle(config: string, directory: string): Promise<string> {
  const options = ['deploy', '--dry-run', '--minify', '--config', config, '--outdir', directory]
  const env = { ...process.env, DO_NOT_TRACK: '1', WRANGLER_HIDE_BANNER: 'true' }
  await promisify(execFile)(process.execPath, [WRANGLER, ...options], { env })
  return join(directory, 'index.js')
}
