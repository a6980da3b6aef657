import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

interface TraceEvent {
  name: string
  /** `X`: complete, with a duration. */
  ph: string
  pid: number
  tid: number
  /** Microseconds of CPU of the thread. */
  tdur?: number
  args?: { name?: string }
}

/**
 * What the main thread of a page did during some work, task by task, in milliseconds of CPU: the time on the wall also holds
 * what other programs of the machine took. Between two tasks the page can draw and react.
 */
export async function tasksOf(page: Page, work: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser()
  if (!browser) throw new Error('The page has no browser.')
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] })
  await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[]
  }
  const isMain = ({ name, args }: TraceEvent) => name === 'thread_name' && args?.name === 'CrRendererMain'
  const threads = new Set(traceEvents.filter(isMain).map(({ pid, tid }) => `${pid} ${tid}`))
  return traceEvents
    .filter(({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && threads.has(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur / 1000)
}

/** All tasks together, in milliseconds. */
export function sumOf(tasks: readonly number[]): number {
  return tasks.reduce((sum, task) => sum + task, 0)
}

/** Prints what several runs took, in milliseconds, and fails where even the best one took too long. */
export function within(what: string, values: readonly number[], limit: number): void {
  const best = Math.min(...values)
  console.log(`        ${what}: ${values.map((value) => value.toFixed(0)).join(', ')} ms`)
  assert.ok(best < limit, `${what}: the best of ${values.length} runs took ${best} ms, and not ${limit}.`)
}
