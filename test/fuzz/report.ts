import type { Shot } from './fire.ts'

const MAX_SHOWN_CHARACTERS = 2000

/** A shot in words: what was asked, what came, what is wrong with it, and how to ask it again. */
export function describeShot({ asked, outcome, faults }: Shot, seed: number): string {
  const headers = Object.entries(asked.headers).map(([name, value]) => `${name}: ${cut(value)}`)
  const response =
    outcome.kind === 'answered'
      ? `${outcome.status}${outcome.isComplete ? '' : ', broken off,'} ${JSON.stringify(outcome.headers)}\n${cut(outcome.text)}`
      : outcome.why
  return [
    `Case ${asked.index} of seed ${seed} (npm run fuzz -- --seed ${seed} --only ${asked.index})`,
    ...faults.map((fault) => `  ${fault}`),
    `> ${asked.method} ${cut(asked.path)}`,
    ...headers.map((line) => `> ${line}`),
    `> ${cut(JSON.stringify(asked.body?.toString('latin1') ?? ''))}`,
    `< ${response}`,
  ].join('\n')
}

/** How often each status came, the most frequent first. */
export function describeStatuses(statuses: ReadonlyMap<string, number>): string {
  const sorted = [...statuses].sort(([, a], [, b]) => b - a)
  return sorted.map(([status, count]) => `${status}: ${count}`).join(', ')
}

function cut(text: string): string {
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text
}
