import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Gateway } from './gateway.ts'

/** The arguments after a command's own words. */
export interface Input {
  /** Values by flag name; a list if the flag may be repeated. */
  values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
  /** The positional argument, if any: the id or name of the object. */
  operand: string
  json: boolean
  nowMs: number
  environment: Readonly<Record<string, string | undefined>>
}

/** The output and exit code of a command. */
export interface Outcome {
  text: string
  code: 0 | 1
}

export interface Command {
  /** `keys create`. */
  words: string
  /** A short description. */
  summary: string
  /** The required positional argument, if any. */
  operand?: 'key id or name' | 'job id' | 'delivery id' | 'hook id or name' | 'preset id or name'
  options: ParseArgsOptionsConfig
  /** One line for each flag, for the help. */
  flags: readonly (readonly [flag: string, meaning: string])[]
  run: (input: Input, gateway: Gateway) => Promise<Outcome>
}

/** An invalid command line; the message says why, and what is right. */
export class UsageError extends Error {}

const COMMON: ParseArgsOptionsConfig = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }

/**
 * Finds the command named by the first words.
 *
 * @returns the command and the remaining words; undefined if there is no such command.
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

/** Whether the arguments ask for help, even if the rest is invalid. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h') || args[0] === 'help'
}

/**
 * Parses the arguments after a command's words.
 *
 * @throws UsageError that names the invalid flag or word.
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
      `"${surplus}" is not an argument of this command. npm consumes flags unless "--" precedes them: npm run edge -- ${command.words} …`,
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
