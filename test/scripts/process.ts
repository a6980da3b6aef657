import { type ChildProcess, spawn } from 'node:child_process'

/** A script of the repository while it runs. */
export interface RunningScript {
  pid: number | undefined
  /** Everything printed so far. */
  stdout: () => string
  stderr: () => string
  /** Waits until the output matches a pattern; throws if the script ends before. */
  until: (pattern: RegExp) => Promise<string>
  signal: (name: NodeJS.Signals) => void
  /** The exit code, once it has ended. */
  ended: Promise<number | null>
}

/** Variables that change a script and may be set in a developer's shell or `.env`. */
const NEUTRAL = {
  DASHSCOPE_API_KEY: '',
  DASHSCOPE_BASE_URL: '',
  ADMIN_TOKEN: '',
  PORT: '0',
  CACHE_TTL_SECONDS: '',
  MAX_BODY_BYTES: '',
  ALLOWED_ORIGINS: '',
  UPSTREAM_TIMEOUT_SECONDS: '',
  npm_lifecycle_event: '',
}

/** Runs a script without a terminal; `variables` are added to the environment. */
export function runScript(
  script: string,
  variables: Record<string, string>,
  args: string[] = [],
): RunningScript {
  const env = { ...process.env, ...NEUTRAL, ...variables }
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    pid: child.pid,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    until: (pattern) =>
      waitFor(
        child,
        pattern,
        () => printed.stdout,
        () => printed.stderr,
      ),
    signal: (name) => child.kill(name),
    ended,
  }
}

function waitFor(
  child: ChildProcess,
  pattern: RegExp,
  stdout: () => string,
  stderr: () => string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (pattern.test(stdout())) resolve(stdout())
    }
    child.stdout?.on('data', look)
    child.once('close', () => reject(new Error(`The script ended without printing ${pattern}: ${stderr()}`)))
    look()
  })
}
