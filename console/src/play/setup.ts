/** The wire format that the playground speaks. */
export type Dialect = 'chat' | 'native' | 'anthropic' | 'responses'

export const DIALECTS: readonly Dialect[] = ['chat', 'native', 'anthropic', 'responses']

/** Numbers that a request may set; what is absent is not sent at all, which differs from sending a default. */
export const NUMBERS = ['temperature', 'top_p', 'top_k', 'max_tokens', 'seed', 'presence_penalty'] as const
export type NumberName = (typeof NUMBERS)[number]

/** Everything that is chosen before a message is sent. */
export interface Setup {
  dialect: Dialect
  /** One model, or up to four that are compared. */
  models: string[]
  system: string
  isStream: boolean
  numbers: Partial<Record<NumberName, number>>
  /** Absent: not sent. */
  thinking?: boolean
  thinkingBudget?: number
  search?: boolean
  output: 'text' | 'json' | 'schema'
  schema: string
  tools: string
}

export const DEFAULT_MODEL = 'qwen-plus'
export const MAX_COMPARED = 4

/** What the playground begins with. */
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

/** A tool definition to begin with, in the form of OpenAI's chat API. */
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

/** A set-up as text for a link. It holds no key and no message. */
export function encodeSetup(setup: Setup): string {
  const bytes = new TextEncoder().encode(JSON.stringify(setup))
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Reads {@link encodeSetup}; a link that was cut or changed gives the default. */
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

/** JSON that a user types: `undefined` for nothing, and an error that is shown where it is typed. */
export function readJson(text: string): { value?: unknown; isWrong: boolean } {
  if (text.trim() === '') return { isWrong: false }
  try {
    return { value: JSON.parse(text), isWrong: false }
  } catch {
    return { isWrong: true }
  }
}
