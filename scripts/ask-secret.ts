import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/**
 * Asks for a secret on the terminal without showing what is typed or pasted.
 *
 * @returns the answer without spaces around it; empty when nothing was typed.
 * @throws Error when there is no terminal to ask on, or Ctrl-C is pressed.
 */
export async function askSecret(name: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new Error(
      `${name} is not set, and there is no terminal to ask for it. Set it in the environment and try again.`,
    )
  }
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // Only now: what is pasted before the interface has taken the terminal over would be shown.
  process.stdout.write(`${name} (not shown): `)
  try {
    return await new Promise<string>((resolve, reject) => {
      terminal.once('SIGINT', () => reject(new Error('Nothing was deployed.')))
      terminal.once('close', () => resolve(''))
      terminal.question('', (answer) => resolve(answer.trim()))
    })
  } finally {
    terminal.close()
    process.stdout.write('\n')
  }
}
