import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from '../../../examples/runner/command.ts'
import type { Check } from '../check.ts'
import { chooseApi, lastReply, send, withPlayground } from '../playground.ts'

/** Environments that are made once and kept, as the examples keep theirs. */
const CACHE = resolve('examples/.cache/console')
const PYTHON = join(CACHE, 'python/bin/python')
const INSTALL_SECONDS = 240
const RUN_SECONDS = 60

/** How code of a language is run. */
interface Language {
  /** The button over the code. */
  name: string
  /** The dialect that its library speaks. */
  api: 'Compatible' | 'Native'
  file: string
  command: (file: string) => string[]
  /** What has to be there; made where it can be, and said where it cannot. */
  setUp?: readonly (readonly string[])[]
}

const python = (packageName: string) => [
  ...(existsSync(PYTHON) ? [] : [['python3', '-m', 'venv', join(CACHE, 'python')]]),
  [PYTHON, '-m', 'pip', 'install', '--quiet', packageName],
]

const LANGUAGES: readonly Language[] = [
  { name: 'curl', api: 'Compatible', file: 'ask.sh', command: (file) => ['bash', file] },
  { name: 'fetch', api: 'Compatible', file: 'ask.mjs', command: (file) => [process.execPath, file] },
  {
    name: 'Node.js (openai)',
    api: 'Compatible',
    file: 'ask-openai.mjs',
    command: (file) => [process.execPath, file],
    setUp: [['npm', 'install', '--no-save', '--no-audit', '--no-fund', '--prefix', CACHE, 'openai@6']],
  },
  {
    name: 'Python (openai)',
    api: 'Compatible',
    file: 'ask-openai.py',
    command: (file) => [PYTHON, file],
    setUp: python('openai'),
  },
  {
    name: 'Python (dashscope)',
    api: 'Native',
    file: 'ask-dashscope.py',
    command: (file) => [PYTHON, file],
    setUp: python('dashscope'),
  },
  {
    name: 'Java',
    api: 'Compatible',
    file: 'Ask.java',
    command: (file) => ['java', file],
    setUp: [['java', '--version']],
  },
]

/** What "Show as code" writes, run as it is. */
export const codeChecks: readonly Check[] = LANGUAGES.map((language) => [
  `5 the code in ${language.name} runs, with the key in the environment, and asks the same as the page`,
  async (stage) => {
    await mkdir(CACHE, { recursive: true })
    for (const command of language.setUp ?? []) {
      const done = await run([...command], {
        directory: CACHE,
        environment: {},
        timeoutSeconds: INSTALL_SECONDS,
      })
      if (!done.ok) {
        console.log(`        not run: ${command.join(' ')} fails here. ${done.complaint}`.slice(0, 200))
        return
      }
    }
    // Modules are found from where the file is.
    const directory = await mkdtemp(join(language.name.startsWith('Node') ? CACHE : tmpdir(), 'code-'))
    await withPlayground(stage, async (page, key) => {
      await chooseApi(page, language.api)
      await send(page, "It's 12*7?")
      await lastReply(page)
      const asked = JSON.parse((await stage.calls()).at(-1)?.body ?? '')
      await page.getByRole('button', { name: 'Show as code' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('radio', { name: language.name, exact: true }).check()
      const code = await dialog.locator('pre').innerText()
      assert.ok(!code.includes(key), 'The code holds the key.')
      const file = join(directory, language.file)
      await writeFile(file, code)
      const { ok, stdout, complaint } = await run(language.command(file), {
        directory,
        environment: { DASHSCOPE_EDGE_KEY: key },
        timeoutSeconds: RUN_SECONDS,
      })
      assert.ok(ok, `${code}\n${complaint}`)
      assert.match(stdout, /84/)
      assert.deepEqual(JSON.parse((await stage.calls()).at(-1)?.body ?? ''), asked)
    })
    await rm(directory, { recursive: true })
  },
])
