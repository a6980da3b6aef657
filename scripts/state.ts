import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Readable only by the owner, since the files contain credentials. */
const OWNER_ONLY_FILE = 0o600
const OWNER_ONLY_DIRECTORY = 0o700

export const DEFAULT_DIRECTORY = '.wrangler/state/edge'

/**
 * The directory where keys, cached responses and meters survive a restart. A second gateway on the same machine needs
 * its own directory.
 */
export function stateDirectory(environment: Record<string, string | undefined>): string {
  return environment.EDGE_STATE_DIRECTORY?.trim() || DEFAULT_DIRECTORY
}

/**
 * Reads a credential written by {@link writeCredential}.
 *
 * @returns the text, or `undefined` if there is none.
 * @throws file system errors, except for a missing file.
 */
export async function readCredential(directory: string, name: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, name), 'utf8')).trim() || undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Stores a credential in a file that only its owner may read; creates the directory if missing. */
export async function writeCredential(directory: string, name: string, value: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY })
  await writeFile(join(directory, name), `${value}\n`, { mode: OWNER_ONLY_FILE })
}
