import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Gateway } from './gateway.ts'

/** What was typed after a command's own words. */
export interface Input {
  /** By the flag's name; several values if a flag may be repeated. */
  values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
  /** The words that are not flags: at most one, the id or name of what the command is about. */
  operand: string
  json: boolean
  nowMs: number
  environment: Readonly<Record<string, string | undefined>>
}

/** What a command prints, and the code that the process ends with. */
export interface Outcome {
  text: string
  code: 0 | 1
}

export interface Command {
  /** `keys create`. */
  words: string
  /** What the command does, in half a line. */
  summary: string
  /** What has to follow the words: nothing, a key, or the id of something else. */
  operand?: 'key id or name' | 'job id' | 'delivery id' | 'hook id or name' | 'preset id or name'
  options: ParseArgsOptionsConfig
  /** One line for each flag, for the help. */
  flags: readonly (readonly [flag: string, meaning: string])[]
  run: (input: Input, gateway: Gateway) => Promise<Outcome>
}

/** The command line is wrong; the message says why, and what is right. */
export class UsageError extends Error {}

const COMMON: ParseArgsOptionsConfig = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }

/**
 * The command that the first words name.
 *
 * @returns the command with the words that follow, or nothing if no command is named so.
 */
export function findCommand(
  commands: readonly Command[],
  args: readonly string[],
): { command: Command; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const words = args.slice(0, length).join(' ')
    const command = commands.find((each) => each.words === words)
    if (command) return { command, rest: args.slice(length) }
  }
  return undefined
}

/** Whether the words ask for help, even if the rest of them is invalid. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h') || args[0] === 'help'
}

/**
 * Reads what follows a command's words.
 *
 * @throws UsageError that names the flag or word that is wrong.
 */
export function readInput(
  command: Command,
  rest: readonly string[],
  nowMs: number,
  environment: Input['environment'] = {},
): Input {
  const options = { ...COMMON, ...command.options }
  const { values, positionals } = parse(command, [...rest], options)
  const [operand = '', surplus] = command.operand ? positionals : ['', ...positionals]
  if (surplus !== undefined) {
    throw new UsageError(
      `"${surplus}" is not an argument of this command. npm keeps flags to itself unless "--" comes before them: npm run edge -- ${command.words} …`,
    )
  }
  if (command.operand && !operand) {
    throw new UsageError(`Which ${command.operand}? npm run edge -- ${command.words} <${command.operand}>`)
  }
  return { values, operand, json: values.json === true, nowMs, environment }
}

function parse(command: Command, args: string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\.?\n/)
    throw new UsageError(`${why.replace(/\.$/, '')}. See: npm run edge -- ${command.words} --help`)
  }
}
