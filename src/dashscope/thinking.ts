/** Models that always think, or research for minutes (deep thinking page). */
const ALWAYS_THINKS = /^(?:qwq|qvq|deepseek-r1)|-thinking|deep-research/

/**
 * Whether an answer may be long in coming because the model thinks first: by the name of the model, or because the request
 * asks for it in one of the dialects. Models that think unasked are not known here; they stream their thoughts at once.
 *
 * @param body what JSON.parse gave.
 */
export function asksForThinking(model: string, body: unknown): boolean {
  if (ALWAYS_THINKS.test(model)) return true
  const { enable_thinking, parameters, thinking, reasoning_effort, reasoning } = Object(body)
  return (
    enable_thinking === true ||
    Object(parameters).enable_thinking === true ||
    Object(thinking).type === 'enabled' ||
    (reasoning_effort ?? Object(reasoning).effort ?? 'none') !== 'none'
  )
}
