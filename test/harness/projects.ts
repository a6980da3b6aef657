import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A test file that reaches one of these runs a Worker. */
const STARTS_WORKERD = [
  /from 'miniflare'/,
  /\binject\(/,
  /from '[./]+\/scripts\/workers\.ts'/,
  /\brunScript\(/,
]

/** A type alone runs nothing. */
const IMPORT = /(?<!import type [^']*)\b(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g

/**
 * Divides the test files between the two projects by what they import, so that a new file is in the right one by
 * itself: `workerd` gets those that start a Worker, directly or through a helper in `test/`, and `unit` the rest.
 */
export function testFiles(): { unit: string[]; workerd: string[] } {
  const known = new Map<string, boolean>()
  const needsWorkerd = (file: string): boolean => {
    const before = known.get(file)
    if (before !== undefined) return before
    known.set(file, false)
    const source = readFileSync(file, 'utf8')
    const needs =
      STARTS_WORKERD.some((pattern) => pattern.test(source)) ||
      [...source.matchAll(IMPORT)]
        .map(([, path = '']) => join(dirname(file), path))
        .some((path) => path.startsWith('test/') && needsWorkerd(path))
    known.set(file, needs)
    return needs
  }
  const files = globSync('test/**/*.test.ts').map((file) => file.replaceAll('\\', '/'))
  return {
    unit: files.filter((file) => !needsWorkerd(file)),
    workerd: files.filter((file) => needsWorkerd(file)),
  }
}
