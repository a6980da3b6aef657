import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './runner/command.ts'
import { expectationIn, meets } from './runner/expectation.ts'
import { openTarget, type Target } from './runner/gateway.ts'
import { LANGUAGES, type Language } from './runner/languages.ts'
import { prepare } from './runner/prepare.ts'
import { type Result, report } from './runner/report.ts'

/** The slowest example takes a few seconds; a busy machine and a cold compiler a minute more. */
const EXAMPLE_SECONDS = 120

const EXAMPLES = import.meta.dirname

process.chdir(join(EXAMPLES, '..'))
await mkdir(join(EXAMPLES, '.cache'), { recursive: true })
const mayInstall = process.argv.includes('--install') || process.env.CI === 'true'
const target = await openTarget(process.env)
if (!target.emulated) {
  console.log('The gateway is a given one, so an example passes when it ends well and prints something.')
}
const results: Result[] = []
for (const language of LANGUAGES) results.push(...(await runLanguage(language, target)))
await target.stop()
console.log(report(results))
process.exitCode = results.some(({ outcome }) => outcome === 'failed') ? 1 : 0

/** Runs a language's examples one after the other, or says of each why not. */
async function runLanguage(language: Language, target: Target): Promise<Result[]> {
  const directory = join(EXAMPLES, language.directory)
  const sources = join(directory, language.sources ?? '')
  const files = (await readdir(sources)).filter((file) => file.endsWith(language.extension)).sort()
  console.log(`${language.name}: preparing`)
  const readiness = await prepare(language, directory, mayInstall)
  const results: Result[] = []
  for (const file of files) {
    const example = join(language.directory, language.sources ?? '', file)
    const [outcome, note] =
      readiness.kind === 'ready'
        ? await runExample(language, directory, join(sources, file), file, target)
        : ([readiness.kind === 'missing' ? 'skipped' : 'failed', readiness.reason] as const)
    if (outcome === 'failed') console.log(`${example} failed. ${note}`)
    results.push({ language: language.name, example, outcome, note })
  }
  return results
}

async function runExample(
  language: Language,
  directory: string,
  source: string,
  file: string,
  { address, key, emulated }: Target,
): Promise<readonly ['passed' | 'failed', string]> {
  const expectation = expectationIn(await readFile(source, 'utf8'))
  if (expectation === undefined) return ['failed', 'Its comment does not say what it prints.']
  const finished = await run(language.command(file), {
    directory,
    environment: { DASHSCOPE_EDGE_URL: address, DASHSCOPE_EDGE_KEY: key },
    timeoutSeconds: EXAMPLE_SECONDS,
  })
  if (!finished.ok) return ['failed', finished.complaint]
  const right = emulated ? meets(expectation, finished.stdout) : finished.stdout.trim() !== ''
  return right
    ? ['passed', '']
    : ['failed', `It should have printed: ${expectation}\nIt printed: ${finished.stdout}`]
}
