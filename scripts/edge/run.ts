import { GatewayRefusal } from '../operator.ts'
import { asksForHelp, type Command, findCommand, readInput, UsageError } from './command.ts'
import { deliveryCommands } from './deliveries.ts'
import { doctorCommand } from './doctor.ts'
import { helpOf, overview } from './help.ts'
import { hookCommands } from './hooks.ts'
import { jobCommands } from './jobs.ts'
import { keyCommands } from './keys.ts'
import { presetCommands } from './presets.ts'
import { inOwnWords } from './sentence.ts'
import { findGateway } from './target.ts'
import { usageCommand } from './usage.ts'

const COMMANDS: readonly Command[] = [
  ...keyCommands,
  ...jobCommands,
  ...deliveryCommands,
  ...hookCommands,
  ...presetCommands,
  usageCommand,
  doctorCommand,
]

/** Commands that work without the token. */
const WORKS_WITHOUT_TOKEN = [doctorCommand]

/**
 * Runs a command line.
 *
 * @param args the command line, without the script's name.
 * @param output receives the result on `log` and errors on `error`.
 * @returns the exit code: 0 success, 1 the gateway refused or something is broken, 2 the command line is invalid.
 */
export async function run(
  args: readonly string[],
  environment: Record<string, string | undefined>,
  output: Pick<Console, 'log' | 'error'> = console,
): Promise<0 | 1 | 2> {
  try {
    const found = findCommand(COMMANDS, args)
    if (asksForHelp(args)) {
      output.log(found ? helpOf(found.command) : overview(COMMANDS))
      return 0
    }
    if (!found) throw unknown(args)
    const { command, rest } = found
    const input = readInput(command, rest, Date.now(), environment)
    const gateway = await findGateway(environment)
    if (gateway.adminToken === undefined && !WORKS_WITHOUT_TOKEN.includes(command))
      throw noToken(gateway.address)
    const { text, code } = await command.run(input, gateway)
    output.log(text)
    return code
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof GatewayRefusal)) throw error
    const isRefusal = error instanceof GatewayRefusal
    output.error(isRefusal ? adviceOn(error) : error.message)
    return isRefusal ? 1 : 2
  }
}

function unknown(args: readonly string[]): UsageError {
  if (args.length === 0) return new UsageError(overview(COMMANDS))
  const related = COMMANDS.filter(({ words }) => words.split(' ')[0] === args[0])
  return new UsageError(
    `"${args.slice(0, 2).join(' ')}" is no command.\n\n${overview(related.length > 0 ? related : COMMANDS)}`,
  )
}

function noToken(address: string): UsageError {
  return new UsageError(
    `ADMIN_TOKEN is not set. Set it in the environment or in .env to the value of the gateway at ${address}; for one on this machine, "npm start" creates and stores it.`,
  )
}

function adviceOn({ status, message }: GatewayRefusal): string {
  if (status === 0) return `${message} Start the gateway, or set DASHSCOPE_EDGE_URL to its URL.`
  return status === 401 ? `${message} ADMIN_TOKEN must be that of the deployment.` : inOwnWords(message)
}
