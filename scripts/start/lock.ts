import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 'gateway.pid'

/**
 * Takes a state directory for this process: two gateways on one directory would overwrite each other's databases.
 *
 * @returns a function that releases the directory.
 * @throws Error that names the other process.
 */
export async function lockState(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, FILE)
  const owner = Number(await readFile(file, 'utf8').catch(() => ''))
  if (owner > 0 && owner !== process.pid && (await isGateway(owner))) {
    throw new Error(
      `Another gateway (process ${owner}) uses the state directory ${directory}. Stop it, or choose another directory: ` +
        `EDGE_STATE_DIRECTORY=${directory}-2 npm start`,
    )
  }
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(file, `${process.pid}\n`)
  return () => rm(file, { force: true })
}

/** A killed process leaves its file behind, and its process id may belong to another program now. */
async function isGateway(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: the process is running, but belongs to another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return commandLine === undefined || commandLine.includes('start.ts')
}
