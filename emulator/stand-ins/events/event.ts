/** A request of a platform to a hook. */
export interface OutgoingEvent {
  method: 'GET' | 'POST'
  /** Added to the hook's URL. */
  query: Record<string, string>
  headers: Record<string, string>
  body: string
}

/** An event as a POST with JSON. */
export function jsonEvent(body: string, headers: Record<string, string> = {}): OutgoingEvent {
  return { method: 'POST', query: {}, headers: { 'content-type': 'application/json', ...headers }, body }
}

/** Sends an event to a hook. */
export function sendEvent(
  hookUrl: string,
  { method, query, headers, body }: OutgoingEvent,
): Promise<Response> {
  const url = new URL(hookUrl)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return fetch(url, { method, headers, ...(method === 'POST' && { body }) })
}

/** The current time for signatures, in seconds. */
export function nowSeconds(): string {
  return `${Math.floor(Date.now() / 1000)}`
}
