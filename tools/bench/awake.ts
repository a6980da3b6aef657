import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism, constants, setPriority } from 'node:os'

/** Longer than any measurement, so that a forgotten spinner ends by itself. */
const MAX_SECONDS = 120

/**
 * Keeps the cores awake while times of a millisecond are measured: four processes wait for each other several times
 * per request, and waking a sleeping core takes as long as the work (on a virtual machine longer). The spinners have
 * the lowest priority and yield at once.
 */
export async function awake<Result>(measure: () => Promise<Result>): Promise<Result> {
  const spin = `for (const end = Date.now() + ${1000 * MAX_SECONDS}; Date.now() < end; );`
  const spinners = Array.from(
    { length: availableParallelism() },
    (): ChildProcess => spawn(process.execPath, ['-e', spin], { stdio: 'ignore' }),
  )
  const stop = () => {
    for (const spinner of spinners) spinner.kill('SIGKILL')
  }
  process.once('exit', stop)
  try {
    for (const { pid } of spinners) if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW)
    return await measure()
  } finally {
    stop()
    process.off('exit', stop)
  }
}
