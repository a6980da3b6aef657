import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { bundle } from '../../scripts/bundle.ts'
import { WRANGLER } from '../../scripts/wrangler.ts'

/** Wrangler alone takes seconds on an idle machine. */
const SLOW = { timeout: 60_000 }

it(
  'The bundle has the same bytes as the one wrangler deploys, but for the comment that names the source map.',
  SLOW,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-bundle-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const env = { ...process.env, DO_NOT_TRACK: '1', WRANGLER_HIDE_BANNER: 'true' }
    const options = ['deploy', '--dry-run', '--minify', '--outdir', join(directory, 'deployed')]
    const [ours] = await Promise.all([
      bundle('src/index.ts', join(directory, 'ours')),
      promisify(execFile)(process.execPath, [WRANGLER, ...options], { env }),
    ])
    const deployed = await readFile(join(directory, 'deployed/index.js'), 'utf8')
    expect(deployed.replace(/\/\/# sourceMappingURL=.*\n$/, '') === (await readFile(ours, 'utf8'))).toBe(true)
  },
)

it('For a Worker that cannot be bundled, the messages of the bundler are thrown.', async () => {
  await expect(bundle('src/missing.ts', join(tmpdir(), 'dashscope-edge-never'))).rejects.toThrow(
    /Could not resolve "src\/missing\.ts"/,
  )
})
