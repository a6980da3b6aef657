import { type JsonObject, listOf, objectOf, textOf } from '../json.ts'
import { alwaysThinks, demandsDeltas, streamsOnly, thinksByDefault, thinksWithoutStream } from '../models.ts'
import { invalid, type Problem } from '../problems.ts'

/** The bounds of a number and DashScope's message for values outside. `above` and `below` are exclusive. */
interface Bounds {
  name: string
  least?: number
  above?: number
  most?: number
  below?: number
  message: string
}

/** The longest output of the emulator's models, in tokens. */
const MOST_OUTPUT_TOKENS = 32_768
const MOST_THINKING_TOKENS = 38_912
/** 2^63 - 1, as DashScope checks it; the nearest double is 2^63. */
const LARGEST_SEED = 2 ** 63

/** Messages: DashScope's error page, "InvalidParameter". */
const BOUNDS: Bounds[] = [
  { name: 'temperature', least: 0, below: 2, message: 'Temperature should be in [0.0, 2.0)' },
  { name: 'top_p', above: 0, most: 1, message: 'Range of top_p should be (0.0, 1.0]' },
  { name: 'top_k', least: 0, message: 'Parameter top_k be greater than or equal to 0' },
  { name: 'repetition_penalty', above: 0, message: 'Repetition_penalty should be greater than 0.0' },
  { name: 'presence_penalty', least: -2, most: 2, message: 'Presence_penalty should be in [-2.0, 2.0]' },
  { name: 'n', least: 1, most: 4, message: 'Range of n should be [1, 4]' },
  {
    name: 'seed',
    least: 0,
    most: LARGEST_SEED,
    message: 'Range of seed should be [0, 9223372036854775807]',
  },
  {
    name: 'max_tokens',
    least: 1,
    most: MOST_OUTPUT_TOKENS,
    message: `<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, ${MOST_OUTPUT_TOKENS}]`,
  },
  {
    name: 'thinking_budget',
    least: 1,
    most: MOST_THINKING_TOKENS,
    message: `The thinking_budget parameter must be a positive integer and not greater than ${MOST_THINKING_TOKENS}`,
  },
]

/** The first problem of the parameters, if any. */
export function checkParameters(
  model: string,
  parameters: JsonObject,
  streams: boolean,
): Problem | undefined {
  const outside = BOUNDS.find((bounds) => isOutside(parameters[bounds.name], bounds))
  if (outside !== undefined) return { ...invalid(outside.message), param: outside.name }
  return checkThinking(model, parameters, streams) ?? checkTools(parameters) ?? checkStops(parameters.stop)
}

function isOutside(value: unknown, { least, above, most, below }: Bounds): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'number') return true
  return (
    (least !== undefined && value < least) ||
    (above !== undefined && value <= above) ||
    (most !== undefined && value > most) ||
    (below !== undefined && value >= below)
  )
}

/** Whether the response begins with a chain of thought. */
export function thinks(model: string, parameters: JsonObject): boolean {
  return typeof parameters.enable_thinking === 'boolean' ? parameters.enable_thinking : thinksByDefault(model)
}

function checkThinking(model: string, parameters: JsonObject, streams: boolean): Problem | undefined {
  if (alwaysThinks(model) && parameters.enable_thinking === false) {
    return invalid('The value of the enable_thinking parameter is restricted to True.')
  }
  if (streamsOnly(model) && !streams) {
    return invalid(
      'This model only support stream mode, please enable the stream parameter to access the model.',
    )
  }
  const refusesDeltas = streams && parameters.incremental_output === false
  if (refusesDeltas && demandsDeltas(model)) {
    return invalid('The incremental_output parameter of this model cannot be set to False.')
  }
  if (!thinks(model, parameters)) return undefined
  if (!streams && !thinksWithoutStream(model)) {
    return invalid('parameter.enable_thinking must be set to false for non-streaming calls')
  }
  if (refusesDeltas) {
    return invalid('The incremental_output parameter must be "true" when enable_thinking is true')
  }
  if (parameters.result_format === 'text') {
    return invalid('The result_format parameter must be "message" when enable_thinking is true')
  }
  return wantsJson(parameters)
    ? invalid('Json mode response is not supported when enable_thinking is true')
    : undefined
}

function wantsJson(parameters: JsonObject): boolean {
  return ['json_object', 'json_schema'].includes(textOf(objectOf(parameters.response_format).type))
}

function checkTools(parameters: JsonObject): Problem | undefined {
  const names = listOf(parameters.tools).map((tool) => textOf(objectOf(objectOf(tool).function).name))
  if (names.includes('search')) return invalid('Tool names are not allowed to be [search]')
  const choice = parameters.tool_choice
  return typeof choice === 'string' && !['none', 'auto', 'required'].includes(choice)
    ? invalid('tool_choice is one of the strings that should be ["none", "auto"]')
    : undefined
}

function checkStops(stop: unknown): Problem | undefined {
  if (stop === undefined || stop === null || typeof stop === 'string') return undefined
  const kinds = new Set(listOf(stop).map((value) => (Array.isArray(value) ? 'list' : typeof value)))
  const known = [...kinds].every((kind) => ['string', 'number', 'list'].includes(kind))
  return Array.isArray(stop) && kinds.size <= 1 && known
    ? undefined
    : invalid(
        'The "stop" parameter must be of type "str", "list[str]", "list[int]", or "list[list[int]]", and all elements within the list must be of the same type.',
      )
}
