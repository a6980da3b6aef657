import { clientKey, endOperatorSession, operator } from '../state/credentials.ts'
import { failureOf, GatewayFailure } from './failure.ts'

/** Which credential a request uses. */
export type As = 'client' | 'operator' | 'any'

export interface Question {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  as?: As
  /** A credential to use instead of the stored one. */
  credential?: string
  signal?: AbortSignal
  headers?: Record<string, string>
}

/**
 * Sends a request to the gateway and parses its JSON.
 *
 * @param path path and query, like `/edge/usage?group_by=model`.
 * @returns the JSON; `undefined` for a 204.
 * @throws GatewayFailure with the gateway's message.
 */
export async function ask<Data>(path: string, question: Question = {}): Promise<Data> {
  const response = await send(path, question)
  if (response.status === 204) return undefined as Data
  return response.json()
}

/**
 * The same for a text response, such as CSV.
 *
 * @throws GatewayFailure as {@link ask} does.
 */
export async function askText(path: string, question: Question = {}): Promise<string> {
  return (await send(path, question)).text()
}

/**
 * All pages of a text response; each page links to the next one in its `Link` header.
 *
 * @throws GatewayFailure as {@link ask} does.
 */
export async function askPages(path: string, question: Question = {}): Promise<string[]> {
  const pages: string[] = []
  for (let next: string | undefined = path; next; ) {
    const response = await send(next, question)
    pages.push(await response.text())
    next = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
  }
  return pages
}

async function send(path: string, question: Question): Promise<Response> {
  const { method = 'GET', body, signal, headers } = question
  const credential = question.credential ?? credentialFor(question.as ?? 'any')
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...headers,
        ...(credential && { authorization: `Bearer ${credential}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new GatewayFailure(0, '')
  }
  if (response.ok) return response
  const failure = await failureOf(response)
  if (response.status === 401 && credential !== undefined && credential === operator.peek()?.token) {
    endOperatorSession()
  }
  throw failure
}

/** The credential for a request; `any` prefers the operator's, which sees all keys. */
export function credentialFor(as: As): string | undefined {
  if (as === 'client') return clientKey.peek()
  if (as === 'operator') return operator.peek()?.token
  return operator.peek()?.token ?? clientKey.peek()
}
