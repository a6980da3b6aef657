/** The wire format of the playground. */
export type Dialect = 'chat' | 'native' | 'anthropic' | 'responses'

export const DIALECTS: readonly Dialect[] = ['chat', 'native', 'anthropic', 'responses']

/** Numeric parameters of a request; undefined ones are not sent, which differs from sending a default. */
export const NUMBERS = [
  'temperature', 'top_p', 'top_k', 'max_tokens', 'seed', 'presence_penalty', 'n',
] as const // biome-ignore format: a list of names
export type NumberName = (typeof NUMBERS)[number]

/** The numeric parameters that each dialect has; the others are not sent. */
export const NUMBERS_OF: Readonly<Record<Dialect, readonly NumberName[]>> = {
  chat: NUMBERS,
  native: NUMBERS,
  anthropic: ['temperature', 'top_p', 'top_k', 'max_tokens'],
  responses: ['temperature', 'top_p', 'max_tokens'],
}

/** The largest `n`: `Range of n should be [1, 4]`. */
export const MAX_CHOICES = 4

/** The settings of the playground. */
export interface Setup {
  dialect: Dialect
  /** One model, or up to four to compare. */
  models: string[]
  system: string
  isStream: boolean
  numbers: Partial<Record<NumberName, number>>
  /** Undefined: not sent. */
  thinking?: boolean
  thinkingBudget?: number
  search?: boolean
  output: 'text' | 'json' | 'schema'
  schema: string
  tools: string
  /** One of {@link TOOL_CHOICES} or the name of a function. Undefined: not sent. */
  toolChoice?: string
}

export const TOOL_CHOICES: readonly string[] = ['auto', 'none', 'required']

export const DEFAULT_MODEL = 'qwen-plus'
export const MAX_COMPARED = 4

/** The default settings. */
export function newSetup(): Setup {
  return {
    dialect: 'chat',
    models: [DEFAULT_MODEL],
    system: '',
    isStream: true,
    numbers: {},
    output: 'text',
    schema: '',
    tools: '',
  }
}

/** An example tool definition, in the format of OpenAI's chat API. */
export const EXAMPLE_TOOLS = JSON.stringify(
  [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'The weather in a city now',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    },
  ],
  null,
  2,
)

export const EXAMPLE_SCHEMA = JSON.stringify(
  {
    type: 'object',
    properties: { answer: { type: 'string' }, confidence: { type: 'number' } },
    required: ['answer', 'confidence'],
    additionalProperties: false,
  },
  null,
  2,
)

/** Encodes settings for a link, without key and messages. */
export function encodeSetup(setup: Setup): string {
  const bytes = new TextEncoder().encode(JSON.stringify(setup))
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Decodes {@link encodeSetup}; a damaged link gives the defaults. */
export function decodeSetup(text: string): Setup {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isSetup(value) ? { ...newSetup(), ...value } : newSetup()
  } catch {
    return newSetup()
  }
}

/** The numbers of a set-up that its dialect has. */
export function sentNumbers({ dialect, numbers }: Setup): Setup['numbers'] {
  return Object.fromEntries(
    NUMBERS_OF[dialect].flatMap((name) => (numbers[name] === undefined ? [] : [[name, numbers[name]]])),
  )
}

function isSetup(value: unknown): value is Setup {
  if (typeof value !== 'object' || value === null) return false
  const { dialect, models, system, schema, tools, numbers } = value as Partial<Setup>
  return (
    DIALECTS.some((known) => known === dialect) &&
    Array.isArray(models) &&
    models.length > 0 &&
    models.length <= MAX_COMPARED &&
    [system, schema, tools, ...models].every((text) => typeof text === 'string') &&
    typeof numbers === 'object' &&
    numbers !== null &&
    Object.values(numbers).every((number) => typeof number === 'number')
  )
}

/** Parses JSON typed by a user: `undefined` for an empty text; errors are shown at the field. */
export function readJson(text: string): { value?: unknown; isWrong: boolean } {
  if (text.trim() === '') return { isWrong: false }
  try {
    return { value: JSON.parse(text), isWrong: false }
  } catch {
    return { isWrong: true }
  }
}
