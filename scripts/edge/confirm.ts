import { createInterface } from 'node:readline/promises'
import { type Input, UsageError } from './command.ts'

/** The flag that skips the confirmation. */
export const YES = { yes: { type: 'boolean', short: 'y' } } as const

/** Its line in the help. */
export const YES_FLAG = ['--yes', 'do not ask for confirmation'] as const

/**
 * Asks for confirmation before a change that cannot be undone.
 *
 * @param question describes the change.
 * @throws UsageError unless the answer is yes, or `--yes` was given.
 */
export async function confirm(question: string, { values }: Input): Promise<void> {
  if (values.yes === true) return
  if (!process.stdin.isTTY) throw new UsageError(`${question} There is no terminal to ask on: add --yes.`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close())
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new UsageError('Nothing was changed.')
}
