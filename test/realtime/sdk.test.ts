import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { expectationIn, meets } from '../../examples/runner/expectation.ts'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')

/** Installed by `npm run examples`; without it these tests are skipped. */
const PYTHON = join(EXAMPLES, '.cache/python/bin/python')

const rig = useEmulatedGateway()
const run = promisify(execFile)

describe.skipIf(!existsSync(PYTHON))(
  "DashScope's SDK for Python, if npm run examples has installed it",
  () => {
    it.each(['speak', 'listen', 'converse', 'voice'])(
      'The SDK gets through the gateway what %s.py expects.',
      async (name) => {
        const source = join(EXAMPLES, 'python', `${name}.py`)
        const { stdout } = await run(PYTHON, [source], {
          env: { ...process.env, DASHSCOPE_EDGE_URL: rig.gateway.address, DASHSCOPE_EDGE_KEY: rig.key },
        })
        const expectation = expectationIn(readFileSync(source, 'utf8')) ?? expect.unreachable()
        expect(meets(expectation, stdout), stdout).toBe(true)
      },
    )
  },
)
