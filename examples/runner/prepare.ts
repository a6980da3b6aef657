import { type CommandOptions, type Finished, run } from './command.ts'
import type { Language } from './languages.ts'

/** Whether the examples of a language can run; if not, whether that is their fault, and why. */
export type Readiness = { kind: 'ready' } | { kind: 'missing' | 'broken'; reason: string }

/** A package mirror can be slow; more than this and something is wrong. */
const INSTALL_SECONDS = 300
const BUILD_SECONDS = 240
const PROBE_SECONDS = 30

/**
 * Gets a language ready to run its examples: looks for its programs, fetches its packages, compiles.
 *
 * @param directory the language's own, absolute.
 * @param mayInstall whether Debian packages may be installed where programs are missing.
 */
export async function prepare(
  language: Language,
  directory: string,
  mayInstall: boolean,
): Promise<Readiness> {
  if (!(await has(language, directory))) {
    const refusal = await installPrograms(language, directory, mayInstall)
    if (refusal !== undefined) return { kind: 'missing', reason: refusal }
  }
  const fetched = await runAll(language.install, { directory, timeoutSeconds: INSTALL_SECONDS })
  if (!fetched.ok) {
    return { kind: 'missing', reason: `Its packages could not be installed: ${fetched.complaint}` }
  }
  const built = await runAll(language.build, { directory, timeoutSeconds: BUILD_SECONDS })
  return built.ok ? { kind: 'ready' } : { kind: 'broken', reason: `It does not compile: ${built.complaint}` }
}

async function has({ probes }: Language, directory: string): Promise<boolean> {
  return (await runAll(probes, { directory, timeoutSeconds: PROBE_SECONDS })).ok
}

async function installPrograms(
  language: Language,
  directory: string,
  mayInstall: boolean,
): Promise<string | undefined> {
  const missing = `It needs ${language.needs}, not found on this machine`
  if (language.packages.length === 0) return `${missing}.`
  const packages = language.packages.join(' ')
  if (!mayInstall) return `${missing}. On Debian, --install adds ${packages}.`
  const apt = process.getuid?.() === 0 ? ['apt-get'] : ['sudo', '-n', 'apt-get']
  const commands = [
    [...apt, 'update', '-q'],
    [...apt, 'install', '-q', '-y', '--no-install-recommends', ...language.packages],
  ]
  const installed = await runAll(commands, {
    directory,
    environment: { DEBIAN_FRONTEND: 'noninteractive' },
    timeoutSeconds: INSTALL_SECONDS,
  })
  if (!installed.ok) return `${missing}, and apt-get could not install ${packages}: ${installed.complaint}`
  return (await has(language, directory)) ? undefined : `${missing}; ${packages} did not bring it.`
}

/** Runs commands one after the other until one fails. */
async function runAll(commands: readonly string[][], options: CommandOptions): Promise<Finished> {
  for (const command of commands) {
    const finished = await run(command, options)
    if (!finished.ok) return finished
  }
  return { ok: true, stdout: '', complaint: '' }
}
