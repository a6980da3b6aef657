import type { Account } from '../accounts.ts'
import { hex } from '../digest.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type JsonObject, numberOf, objectOf, textOf } from '../json.ts'
import { invalid, problem } from '../problems.ts'
import { unitsOf } from '../tokens.ts'

/** Voices and vocabularies by their id, per account. */
const stored = new WeakMap<Account, Map<string, JsonObject>>()

/**
 * Answers both customization paths; Qwen's voice models call their voices `voice` and omit the noun in the action.
 */
export function customize({ account, body, model, requestId, url }: Exchange): EmulatorResponse {
  const input = objectOf(body.input)
  const isVoice = url.pathname.includes('/tts/')
  const member = isVoice ? (model.startsWith('qwen-') ? 'voice' : 'voice_id') : 'vocabulary_id'
  const all = stored.get(account) ?? new Map<string, JsonObject>()
  stored.set(account, all)
  const [verb] = textOf(input.action).split('_')
  const done = (output: JsonObject): EmulatorResponse => ({
    kind: 'json',
    body: { output, usage: { count: 1 }, request_id: requestId },
    usage: unitsOf({ tool_calls: 1 }),
  })
  if (verb === 'create') {
    const target = textOf(input.target_model)
    if (target === '') return invalid('Field required: input.target_model')
    const id = `${isVoice ? target : 'vocab'}-${textOf(input.prefix) || 'own'}-${hex(requestId, 8)}`
    all.set(id, { [member]: id, status: 'OK', target_model: target })
    return done({ [member]: id })
  }
  if (verb === 'list') {
    const size = numberOf(input.page_size) ?? 10
    const page = numberOf(input.page_index) ?? 0
    const rows = [...all.values()].filter((row) => member in row)
    const listed = rows.slice(page * size, (page + 1) * size)
    return done({ [isVoice ? 'voice_list' : 'vocabulary_list']: listed, total_count: rows.length })
  }
  const id = textOf(input[member])
  const row = all.get(id)
  if (row === undefined) return problem('BadRequest.ResourceNotExist')
  if (verb === 'delete') all.delete(id)
  return done(verb === 'query' ? row : {})
}
