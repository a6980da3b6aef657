import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism, constants, setPriority } from 'node:os'

/** No measurement takes longer; a spinner that was forgotten ends by itself. */
const MAX_SECONDS = 120

/**
 * Keeps the cores awake while times of a millisecond are measured: each of four processes waits for the other ones several
 * times a request, and a core that fell asleep meanwhile takes as long to wake (on a virtual machine longer) as the work
 * takes. What keeps them awake has the lowest priority and gives way at once.
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
