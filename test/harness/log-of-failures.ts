import { afterAll, afterEach, beforeEach } from 'vitest'

/** A test that fails prints at most so many lines. */
const MAX_LINES = 500

const METHODS = ['log', 'warn', 'error'] as const

type Line = [method: (typeof METHODS)[number], words: unknown[]]

/**
 * Keeps what a test prints and prints it only if the test fails. The gateways log a line for each request; passing
 * each one to the reporter takes a twentieth of the suite's CPU time.
 */
let lines: Line[] = []

const printers = Object.fromEntries(METHODS.map((method) => [method, console[method]]))
for (const method of METHODS) {
  console[method] = (...words: unknown[]) => {
    lines.push([method, words])
    if (lines.length > MAX_LINES) lines.shift()
  }
}

beforeEach(drop)
afterEach(({ task }) => {
  if (task.result?.state === 'fail') print()
  else drop()
})
// A hook that fails keeps its lines here, since its tests do not run. The next file replaces the methods itself.
// biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it which fixtures are needed.
afterAll(({}, suite) => {
  if (suite.tasks.some(({ result }) => result?.state === 'fail')) print()
  Object.assign(console, printers)
})

function drop(): void {
  lines = []
}

function print(): void {
  for (const [method, words] of lines) printers[method]?.(...words)
  drop()
}
