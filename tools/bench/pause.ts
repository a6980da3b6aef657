import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../scripts/bundle.ts'
import { startGateway } from '../../scripts/workers.ts'
import { writeFigures } from './write-docs.ts'

/** With as many rows a day as a meter keeps, four million. */
const DAYS = 400

/** How long reservations are measured without a report. */
const ALONE_MS = 2000

/** The goal: no reservation waits longer for a report. */
const MAX_PAUSE_MS = 100

const REPORTS = ['day', 'model', 'user', 'day,model,user']

interface Measured {
  rows: number
  pages: number
  /** The time of the slowest page. */
  pageMs: number
  /** The waits of all reservations made meanwhile, in milliseconds. */
  waits: number[]
}

/**
 * Measures how long reservations wait while the meter of the same key reports on four million rows, in workerd: the
 * longest wait, and for comparison the longest wait without a report.
 *
 * @returns whether the goal is reached.
 */
export async function checkPause(write = false): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-pause-'))
  const module = await bundle('tools/bench/workers/pause/index.ts', directory)
  const running = await startGateway(module, {
    port: 0,
    variables: { DASHSCOPE_API_KEY: 'sk-bench' },
    persist: join(directory, 'state'),
  })
  const ask = async <Result>(path: string): Promise<Result> => {
    const response = await fetch(running.address + path)
    if (!response.ok) throw new Error(await response.text())
    return response.json() as Promise<Result>
  }
  try {
    const { rows } = await ask<{ rows: number }>(`/fill?days=${DAYS}`)
    const alone = await ask<Measured>(`/measure?ms=${ALONE_MS}`)
    const lines = [
      `Reservations of a key while its meter reports on ${rows} rows, in workerd`,
      '',
      line('report by', 'rows', 'pages', 'longest ms', 'reservations', 'median wait ms', 'longest wait ms'),
      line('(none)', '', '', '', String(alone.waits.length), median(alone.waits), longest(alone.waits)),
    ]
    let isReached = true
    for (const by of REPORTS) {
      const { rows, pages, pageMs, waits } = await ask<Measured>(`/measure?days=${DAYS}&by=${by}`)
      isReached &&= Math.max(...waits) <= MAX_PAUSE_MS
      lines.push(
        line(
          by.replaceAll(',', ', '),
          String(rows),
          String(pages),
          String(pageMs),
          String(waits.length),
          median(waits),
          longest(waits),
        ),
      )
    }
    lines.push(
      '',
      `Aimed at: no reservation waits longer than ${MAX_PAUSE_MS} ms: ${isReached ? 'reached' : 'not reached'}`,
    )
    const printed = lines.join('\n')
    console.log(printed)
    if (write) writeFigures('pause', printed, 'npm run bench -- pause')
    return isReached
  } finally {
    await running.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

function line(name: string, ...cells: string[]): string {
  return name.padEnd(18) + cells.map((cell) => cell.padStart(16)).join('')
}

function median(waits: readonly number[]): string {
  return String(waits.toSorted((one, other) => one - other)[Math.floor(waits.length / 2)] ?? 0)
}

function longest(waits: readonly number[]): string {
  return String(Math.max(0, ...waits))
}
