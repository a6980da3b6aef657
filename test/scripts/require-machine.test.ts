import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeEach, expect, it } from 'vitest'

/** Starting Node.js takes a busy machine seconds. */
const SLOW = { timeout: 60_000 }

/** The binary of a machine whose C library is too old. */
const OLD_GLIBC = '#!/bin/sh\necho "workerd: GLIBC_2.35 not found" >&2\nexit 1\n'

let project: string
const projects: string[] = []

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'dashscope-edge-machine-'))
  projects.push(project)
  await mkdir(join(project, 'scripts'))
  await copyFile('scripts/require-machine.js', join(project, 'scripts/require-machine.js'))
  await writeFile(join(project, 'package.json'), '{"type":"module"}')
})
afterAll(() => Promise.all(projects.map((each) => rm(each, { recursive: true, force: true }))))

async function install(name: string, code = ''): Promise<void> {
  const directory = join(project, 'node_modules', name)
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'index.js'), code)
}

async function run(environment: Record<string, string> = {}): Promise<{ code: number; stderr: string }> {
  const args = ['--import', './scripts/require-machine.js', '-e', '0']
  const env = { ...process.env, ...environment }
  try {
    await promisify(execFile)(process.execPath, args, { cwd: project, env })
    return { code: 0, stderr: '' }
  } catch (error) {
    return error as { code: number; stderr: string }
  }
}

it('A machine without the development packages gets one sentence.', SLOW, async () => {
  const { code, stderr } = await run({ NODE_ENV: 'production' })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^Packages are missing: esbuild, miniflare, wrangler\. Run: npm ci --include=dev .*\n$/,
  )
})

it.each([
  [
    'an old glibc',
    `exports.default = require('node:path').join(__dirname, 'workerd')
     require('node:fs').writeFileSync(exports.default, ${JSON.stringify(OLD_GLIBC)}, { mode: 0o755 })`,
    'GLIBC_2.35 not found',
  ],
  [
    'no workerd for its platform',
    `throw new Error('Unsupported platform: linux arm LE')`,
    'Unsupported platform',
  ],
])('A machine with %s gets one sentence that says what is needed.', SLOW, async (_what, workerd, detail) => {
  for (const name of ['esbuild', 'miniflare', 'wrangler']) await install(name)
  await install('workerd', workerd)
  const { code, stderr } = await run()
  expect(code).toBe(1)
  expect(stderr).toMatch(/^workerd, the runtime of Cloudflare Workers, does not run on this machine \(.*\n$/)
  expect(stderr).toContain(detail)
  expect(stderr).toContain('glibc 2.35 or newer')
})

it('A machine that has everything continues.', SLOW, async () => {
  const args = ['--import', './scripts/require-machine.js', '-e', 'console.log("on")']
  expect((await promisify(execFile)(process.execPath, args)).stdout).toBe('on\n')
})
