/** A minimal request to DashScope's text generation. */
const QUESTION = {
  model: 'qwen-plus',
  input: { messages: [{ role: 'user', content: 'Who are you?' }] },
  parameters: { result_format: 'message' },
}

/**
 * A curl command with one question for a gateway, on one line and in single quotes, so that it works in bash, zsh,
 * dash and fish: none of them expands anything in single quotes.
 *
 * @param address the gateway's URL without a trailing slash.
 */
export function firstRequest(address: string, key: string): string {
  const url = `${address}/api/v1/services/aigc/text-generation/generation`
  return `curl ${url} -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${JSON.stringify(QUESTION)}'`
}

/**
 * The options to add to {@link firstRequest} for a stream. They bypass the cache, which would return the whole
 * response at once.
 */
export const STREAM_OPTIONS = `-N -H 'X-DashScope-SSE: enable' -H 'Cache-Control: no-store'`
