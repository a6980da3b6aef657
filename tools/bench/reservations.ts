import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../scripts/bundle.ts'
import { startGateway } from '../../scripts/workers.ts'
import { writeFigures } from './write-docs.ts'

const ROUNDS = 3
const SECONDS = 1
const CALLERS = [1, 32, 128, 512]
const WAYS = ['single', 'gathered'] as const

/** The goal: reservations per second of one object, with this many callers. */
const GOAL = { callers: 128, perSecond: 2000 }

/** The result of one round. */
interface Round {
  reservations: number
  seconds: number
  allowed: number
}

/**
 * Measures how many reservations per second one meter handles: each in its own call, and batched like in the gateway.
 * Each reservation includes the settlement of the previous one.
 *
 * Both variants run in one workerd, in turns, so that their ratio is valid even on a busy machine.
 *
 * @returns whether the goal is reached.
 */
export async function checkReservations(write = false): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-reservations-'))
  const module = await bundle('tools/bench/workers/reservations/index.ts', directory)
  const variables = { DASHSCOPE_API_KEY: 'sk-bench' }
  const running = await startGateway(module, { port: 0, variables, persist: join(directory, 'state') })
  const round = async (way: (typeof WAYS)[number], callers: number): Promise<Round> => {
    const query = new URLSearchParams({ way, callers: String(callers), seconds: String(SECONDS) })
    const response = await fetch(`${running.address}/?${query}`)
    if (!response.ok) throw new Error(await response.text())
    return response.json() as Promise<Round>
  }
  try {
    const lines = [
      'Reservations a second of one meter, in workerd',
      '',
      'callers  single/s  gathered/s  ratio',
    ]
    let reached = 0
    for (const callers of CALLERS) {
      const best = { single: 0, gathered: 0 }
      for (let turn = 0; turn < ROUNDS; turn++) {
        for (const way of WAYS) {
          const { reservations, seconds } = await round(way, callers)
          best[way] = Math.max(best[way], reservations / seconds)
        }
      }
      if (callers === GOAL.callers) reached = best.gathered
      const cells = [callers, Math.round(best.single), Math.round(best.gathered)]
      const ratio = (best.gathered / best.single).toFixed(1).padStart(5)
      lines.push(
        [...cells.map((cell, index) => String(cell).padStart([7, 8, 10][index] ?? 8)), ratio].join('  '),
      )
    }
    const isReached = reached >= GOAL.perSecond
    lines.push(
      '',
      `Aimed at: ${GOAL.callers} callers, gathered, at least ${GOAL.perSecond} a second: ${Math.round(reached)}, ${isReached ? 'reached' : 'not reached'}`,
    )
    const printed = lines.join('\n')
    console.log(printed)
    if (write) writeFigures('reservations', printed, 'npm run bench -- reservations')
    return isReached
  } finally {
    await running.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
