import { spawn } from 'node:child_process'

export interface Finished {
  ok: boolean
  stdout: string
  /** What went wrong, for a person: the end of stderr (or of stdout), or that time was up. */
  complaint: string
}

export interface CommandOptions {
  directory: string
  /** Added to this process's own. */
  environment?: Record<string, string>
  timeoutSeconds: number
}

const COMPLAINT_LINES = 12

/** Runs a command to its end, or kills it and all it started when its time is up; never throws. */
export function run([program = '', ...rest]: string[], options: CommandOptions): Promise<Finished> {
  return new Promise((resolve) => {
    // A process group of its own, so that what npm, Maven and `go run` start goes with them.
    const child = spawn(program, rest, {
      cwd: options.directory,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let stdout = ''
    let stderr = ''
    let late = false
    const kill = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    }
    const interrupted = () => {
      kill()
      process.exit(130)
    }
    const timer = setTimeout(() => {
      late = true
      kill()
    }, options.timeoutSeconds * 1000)
    const finish = (ok: boolean, complaint: string) => {
      clearTimeout(timer)
      process.off('SIGINT', interrupted)
      resolve({ ok, stdout, complaint: late ? `It took more than ${options.timeoutSeconds} s.` : complaint })
    }
    process.on('SIGINT', interrupted)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (error) => finish(false, error.message))
    child.on('close', (code) => finish(code === 0, lastLines(stderr || stdout)))
  })
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-COMPLAINT_LINES).join('\n')
}
