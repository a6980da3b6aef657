import type { Command } from './command.ts'

const SETTINGS = `DASHSCOPE_EDGE_URL names the gateway (default: the one of npm start), ADMIN_TOKEN opens it; both from the
environment or .env. --json prints the answer as it came, --help says more about a command.
Ends with 0 when all is well, 1 when the gateway refused or something is broken, 2 when the command line is wrong.`

/** All commands, one line each. */
export function overview(commands: readonly Command[]): string {
  const lines = commands.map((command) => [invocation(command), command.summary] as const)
  return `npm run edge -- <command>\n\n${columns(lines)}\n\n${SETTINGS}`
}

/** One command with its flags. */
export function helpOf(command: Command): string {
  const flags = columns([...command.flags, ['--json', 'the unformatted response']])
  return `npm run edge -- ${invocation(command)}: ${command.summary}\n\n${flags}`
}

function invocation({ words, operand }: Command): string {
  return operand === undefined ? words : `${words} <${operand}>`
}

function columns(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([left]) => left.length))
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}
