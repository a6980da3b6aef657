/** The instructions for the stand-in for DashScope, sent in the last message, which every gateway forwards. */
export interface Question {
  number: number
  /** Events of the stream before its end; 0 asks for plain JSON. */
  events: number
  /** Milliseconds between two events; the first is sent at once. */
  everyMs: number
  /** The delay of the response in milliseconds. */
  delayMs: number
}

const ORDER = /Question (\d+): (\d+) events, one every (\d+) ms, after (\d+) ms\./

/** The body of a chat completion of about 1 kB: a system prompt, a short conversation, and the question. */
export function bodyOf({ number, events, everyMs, delayMs }: Question): string {
  return JSON.stringify({
    model: 'qwen-plus',
    stream: events > 0,
    messages: [
      {
        role: 'system',
        content: 'You are a helpful assistant. Answer briefly, in the language of the question. '.repeat(3),
      },
      { role: 'user', content: 'At which temperature does water boil at sea level, and why? '.repeat(4) },
      { role: 'assistant', content: 'At 100 °C; higher up the air presses less on the water. '.repeat(4) },
      {
        role: 'user',
        content: `Question ${number}: ${events} events, one every ${everyMs} ms, after ${delayMs} ms.`,
      },
    ],
    temperature: 0.85,
    top_p: 0.8,
    max_tokens: 1500,
  })
}

/**
 * Parses the question in a body, even if a proxy serialised the body again.
 *
 * @throws SyntaxError if the body has no question.
 */
export function questionIn(body: string): Question {
  const match = ORDER.exec(body)
  if (!match) throw new SyntaxError('The body asks no question of the bench; a gateway must have changed it.')
  const [number = 0, events = 0, everyMs = 0, delayMs = 0] = match.slice(1).map(Number)
  return { number, events, everyMs, delayMs }
}
