/** One request of DashScope's own text generation, as small as it can be and still be answered. */
const QUESTION = {
  model: 'qwen-plus',
  input: { messages: [{ role: 'user', content: 'Who are you?' }] },
  parameters: { result_format: 'message' },
}

/**
 * A curl command that asks a gateway one question, on one line and in single quotes, so that it can be pasted into
 * bash, zsh, dash and fish alike: none of them expands anything between single quotes.
 *
 * @param address without a trailing slash.
 */
export function firstRequest(address: string, key: string): string {
  const url = `${address}/api/v1/services/aigc/text-generation/generation`
  return `curl ${url} -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${JSON.stringify(QUESTION)}'`
}

/**
 * What to add to {@link firstRequest} for an answer that comes piece by piece. It bypasses the cache, from which the answer to
 * the same question would come all at once.
 */
export const STREAM_OPTIONS = `-N -H 'X-DashScope-SSE: enable' -H 'Cache-Control: no-store'`
