import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../examples/runner/command.ts'
import { openTarget } from '../../examples/runner/gateway.ts'

/** The releases of DashScope's SDK for Python that callers use: the last of 1.x, and 2.x. */
const RELEASES = ['1.27.8', '2.0.2']

const HERE = import.meta.dirname
const CACHE = join(HERE, '../../examples/.cache')

const INSTALL_SECONDS = 240
const RUN_SECONDS = 300

process.chdir(join(HERE, '../..'))
await mkdir(CACHE, { recursive: true })
const target = await openTarget({})
let passed = 0
let failed = 0
for (const release of RELEASES) {
  const python = await install(release)
  if (python === undefined) {
    console.log(`SKIPPED ${release}: Python or the package cannot be installed here.`)
    continue
  }
  const { ok, stdout, complaint } = await run([python, 'modules.py'], {
    directory: HERE,
    environment: {
      DASHSCOPE_EDGE_URL: target.address,
      DASHSCOPE_EDGE_KEY: target.key,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    timeoutSeconds: RUN_SECONDS,
  })
  const summary = /: (\d+) passed, (\d+) failed/.exec(stdout)
  console.log(summary ? stdout.trim() : `${stdout}${release} did not end: ${complaint}`)
  passed += Number(summary?.[1] ?? 0)
  // A run that ends without its summary has failed as a whole.
  failed += Number(summary?.[2] ?? 0) || (ok ? 0 : 1)
}
await target.stop()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/** An environment with a release of the SDK; undefined if it cannot be made. */
async function install(release: string): Promise<string | undefined> {
  const directory = join(CACHE, `dashscope-${release}`)
  const python = join(directory, 'bin/python')
  const commands = [
    ...(existsSync(python) ? [] : [['python3', '-m', 'venv', directory]]),
    [python, '-m', 'pip', 'install', '--quiet', `dashscope==${release}`],
  ]
  for (const command of commands) {
    const options = { directory: HERE, environment: {}, timeoutSeconds: INSTALL_SECONDS }
    if (!(await run(command, options)).ok) return undefined
  }
  return python
}
