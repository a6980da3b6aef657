import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether this machine has all of these programs; a slim container may lack curl. */
export function hasCommands(...names: readonly string[]): boolean {
  const directories = (process.env.PATH ?? '').split(delimiter)
  return names.every((name) => directories.some((directory) => isExecutable(join(directory, name))))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
