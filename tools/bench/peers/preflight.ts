import { countEvents } from './chat-response.ts'
import { bodyOf, type Question } from './question.ts'
import type { Route } from './route.ts'
import type { NextNumber } from './throughput.ts'

const EVENTS = 10

/**
 * Requests plain JSON and a stream once, through fetch and not through the benchmark's own parser.
 *
 * @throws Error if a contender does not return the whole response, which would make its numbers meaningless.
 */
export async function preflight(route: Route, next: NextNumber): Promise<void> {
  const plain = await ask(route, { number: next(), events: 0, everyMs: 1, delayMs: 0 })
  if (!plain.includes('Water boils')) throw broken(route, 'plain answer', plain)
  const stream = await ask(route, { number: next(), events: EVENTS, everyMs: 1, delayMs: 0 })
  if (countEvents(stream) !== EVENTS || !stream.includes('[DONE]')) throw broken(route, 'stream', stream)
}

async function ask({ port, path, headers }: Route, question: Question): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: bodyOf(question),
  })
  return response.text()
}

function broken({ name }: Route, what: string, text: string): Error {
  return new Error(`${name} does not bring the whole ${what}: ${text.slice(0, 200)}`)
}
