import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectationIn, meets } from '../../examples/runner/expectation.ts'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')
const JAVA_CLASSES = join(EXAMPLES, 'java/target/classes')
const JAVA_PATH = `${JAVA_CLASSES}:${join(EXAMPLES, 'java/target/dependency')}/*`
const PYTHON = join(EXAMPLES, '.cache/python/bin/python')

/** A program that uses an SDK of DashScope's, and the source that says what it prints. */
interface Program {
  command: readonly [program: string, ...parameters: string[]]
  source: string
}

function python(name: string): Program {
  const source = join(EXAMPLES, 'python', `${name}.py`)
  return { command: [PYTHON, source], source }
}

function java(name: string): Program {
  const source = join(EXAMPLES, 'java/src/main/java', `${name}.java`)
  return { command: ['java', '-Dfile.encoding=UTF-8', '-cp', JAVA_PATH, name], source }
}

/** Installed by `npm run examples`; what it could not install is skipped here. */
const PROGRAMS: readonly Program[] = [
  ...(existsSync(PYTHON) ? ['speak', 'listen', 'converse', 'voice'].map(python) : []),
  ...['Speak', 'SpeakRealtime', 'Listen', 'Converse']
    .filter((name) => existsSync(join(JAVA_CLASSES, `${name}.class`)))
    .map(java),
]

const rig = useEmulatedGateway()
const run = promisify(execFile)

/** What a program prints, and what its SDK logs, until it ends; one that hangs is killed. */
async function printed(
  { command: [program, ...parameters] }: Program,
  key: string,
): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, DASHSCOPE_EDGE_URL: rig.gateway.address, DASHSCOPE_EDGE_KEY: key }
  const ended = await run(program, parameters, { env, timeout: 60_000 }).catch((failed) => {
    if (failed.killed)
      throw new Error(`${program} ${parameters.at(-1)} hangs: ${failed.stdout}${failed.stderr}`)
    return failed as { stdout: string; stderr: string }
  })
  return { stdout: ended.stdout, stderr: ended.stderr }
}

describe.skipIf(PROGRAMS.length === 0)(
  'The SDKs of DashScope for Python and Java',
  { timeout: 70_000 },
  () => {
    let stranger: string
    beforeAll(async () => {
      stranger = (await rig.gateway.issueKey({ models: ['another-model'] })).key
    })

    it.each(PROGRAMS.map((program) => [program.source.slice(EXAMPLES.length + 1), program] as const))(
      'Acceptance test A1: %s gets through the gateway what it expects.',
      async (_, program) => {
        const expectation = expectationIn(readFileSync(program.source, 'utf8')) ?? expect.unreachable()
        const { stdout, stderr } = await printed(program, rig.key)
        expect(meets(expectation, stdout), stdout + stderr).toBe(true)
      },
    )

    it.each(PROGRAMS.map((program) => [program.source.slice(EXAMPLES.length + 1), program] as const))(
      'Acceptance test A2: %s prints why its model is refused, and neither hangs nor takes it for an end.',
      async (_, program) => {
        const { stdout, stderr } = await printed(program, stranger)
        const all = stdout + stderr
        expect(all).toMatch(/This key (?:may not use|does not allow)|Model\.AccessDenied/)
        expect(all).not.toMatch(/^\d+ bytes of audio/m)
      },
    )
  },
)
