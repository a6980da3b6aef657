/**
 * How many reservations one meter takes a second: each in a call of its own, and gathered as the gateway gathers them.
 *
 *     node tools/bench/reservations.ts [seconds]
 *
 * Both ways run in one workerd, in turns, so that their ratio holds on a busy machine as well. Each reservation carries the
 * settlement of the one before it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../scripts/bundle.ts'
import { startGateway } from '../../scripts/workers.ts'

const ROUNDS = 3
const CALLERS = [1, 32, 128, 512]
const WAYS = ['single', 'gathered'] as const

/** The result of one round. */
interface Round {
  reservations: number
  seconds: number
  allowed: number
}

const seconds = Number(process.argv[2] ?? 2)
const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-reservations-'))
const module = await bundle('tools/bench/workers/reservations/index.ts', directory)
const running = await startGateway(module, { port: 0, variables: {}, persist: join(directory, 'state') })

async function round(way: (typeof WAYS)[number], callers: number): Promise<Round> {
  const query = new URLSearchParams({ way, callers: String(callers), seconds: String(seconds) })
  const response = await fetch(`${running.address}/?${query}`)
  if (!response.ok) throw new Error(await response.text())
  return response.json() as Promise<Round>
}

try {
  console.log('callers  single/s  gathered/s  ratio')
  for (const callers of CALLERS) {
    const best = { single: 0, gathered: 0 }
    for (let turn = 0; turn < ROUNDS; turn++) {
      for (const way of WAYS) {
        const { reservations, seconds } = await round(way, callers)
        best[way] = Math.max(best[way], reservations / seconds)
      }
    }
    const cells = [callers, Math.round(best.single), Math.round(best.gathered)]
    const ratio = (best.gathered / best.single).toFixed(1)
    console.log(
      [...cells.map((cell, index) => String(cell).padStart([7, 8, 10][index] ?? 8)), ratio].join('  '),
    )
  }
} finally {
  await running.stop()
  await rm(directory, { recursive: true, force: true })
}
