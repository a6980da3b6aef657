import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

/** A running emulator: where it listens (`http://127.0.0.1:…`, no trailing slash) and how to stop it. */
export interface RunningEmulator {
  address: string
  stop: () => Promise<void>
}

/**
 * Bundles emulator/ into a directory of its own and runs it in Miniflare on a free loopback port. The address is a
 * socket straight to the Worker: Miniflare's own entry would add headers. Throws when the bundle cannot be built.
 */
export async function startEmulator(): Promise<RunningEmulator> {
  const bundle = await mkdtemp(join(tmpdir(), 'emulator-'))
  await promisify(execFile)(
    process.execPath,
    [
      'node_modules/wrangler/bin/wrangler.js',
      'deploy',
      '--dry-run',
      '--outdir',
      bundle,
      '-c',
      'emulator/wrangler.toml',
    ],
    { env: { ...process.env, DO_NOT_TRACK: '1', WRANGLER_HIDE_BANNER: 'true' } },
  )
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      modulesRoot: bundle,
      scriptPath: join(bundle, 'index.js'),
      compatibilityDate: '2026-11-17',
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    }),
  )
  const url = await miniflare.unsafeGetDirectURL()
  return {
    address: url.href.replace(/\/$/, ''),
    stop: async () => {
      await miniflare.dispose()
      await rm(bundle, { recursive: true, force: true })
    },
  }
}
