import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/**
 * Asks for a secret on the terminal without showing what is typed or pasted.
 *
 * @returns the trimmed input; empty if nothing was typed.
 * @throws Error if there is no terminal, or Ctrl-C is pressed.
 */
export async function askSecret(name: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new Error(
      `${name} is not set, and there is no terminal to ask for it. Set it in the environment and try again.`,
    )
  }
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // Printed only now: text pasted before the interface controls the terminal would be shown.
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
