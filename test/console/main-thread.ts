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
