import type { Exchange } from './exchange.ts'

/** The form in a multipart body; undefined if the body is no form. */
export async function readForm({
  headers,
  raw,
}: Pick<Exchange, 'headers' | 'raw'>): Promise<FormData | undefined> {
  try {
    return await new Response(raw, {
      headers: { 'content-type': headers.get('content-type') ?? '' },
    }).formData()
  } catch {
    return undefined
  }
}
