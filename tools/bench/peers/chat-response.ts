/** The text before every event's number; it counts events independent of a gateway's formatting. */
const EVENT_WORD = 'water'

const MODEL = 'qwen-plus'

/** About 1 kB of JSON in the format of a chat completion. */
export const JSON_RESPONSE = JSON.stringify({
  id: 'chatcmpl-e764bfe3-c0b7-97a0-ae57-cd99e1580960',
  object: 'chat.completion',
  created: 1_730_000_000,
  model: MODEL,
  choices: [
    {
      index: 0,
      finish_reason: 'stop',
      message: { role: 'assistant', content: 'Water boils at 100 °C. '.repeat(35) },
    },
  ],
  usage: { prompt_tokens: 8, completion_tokens: 239, total_tokens: 247 },
})

/** The end of a stream of chat completion chunks. */
export const STREAM_END = 'data: [DONE]\n\n'

/** One event of about 220 bytes, in the form of a chat completion chunk. */
export function eventOf(index: number, events: number): string {
  const chunk = {
    id: 'chatcmpl-d272255f-82d7-9cc7-93c5-17ff77024349',
    object: 'chat.completion.chunk',
    created: 1_730_000_000,
    model: MODEL,
    choices: [
      {
        index: 0,
        delta: { role: 'assistant', content: `${EVENT_WORD} ${index} ` },
        finish_reason: index === events ? 'stop' : null,
      },
    ],
  }
  return `data: ${JSON.stringify(chunk)}\n\n`
}

/** The number of different events in the text of a stream. */
export function countEvents(text: string): number {
  return new Set(text.match(new RegExp(`${EVENT_WORD} \\d+ `, 'g'))).size
}
