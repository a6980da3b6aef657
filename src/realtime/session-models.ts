import { GatewayError } from '../errors.ts'
import type { JsonObject } from '../lib/json/object.ts'
import { resolveModel } from '../policy/model-names.ts'
import type { Insertion } from './frame.ts'
import { checkModel, type FrameRules, optionalObject, optionalText } from './rules.ts'

/** Paths to a session's transcription model in both generations of the protocol. */
const TRANSCRIPTIONS = [['input_audio_transcription'], ['audio', 'input', 'transcription']] as const

/**
 * Checks the models in a `session.update`: the model of a connection is fixed by its URL, and a transcription model
 * is billed in addition.
 *
 * @param connected the model of the connection.
 * @returns the members that replace aliases.
 * @throws GatewayError `denied` for the model of another connection, `modelDenied` for one that the key may not use.
 */
export function checkSessionModels(session: JsonObject, connected: string, rules: FrameRules): Insertion[] {
  const written: Insertion[] = []
  const named = optionalText(session.model, 'session.model')
  if (named !== undefined && named !== connected) {
    if (resolveModel(rules.policy, named) !== connected) throw otherConnection(connected)
    written.push({ path: ['session'], members: { model: connected } })
  }
  for (const path of TRANSCRIPTIONS) {
    const model = transcriptionIn(session, path)
    if (model === undefined) continue
    const resolved = resolveModel(rules.policy, model)
    checkModel({ ...rules, frozen: undefined }, resolved, ['session', ...path, 'model'].join('.'))
    if (resolved !== model) written.push({ path: ['session', ...path], members: { model: resolved } })
  }
  return written
}

function transcriptionIn(session: JsonObject, path: readonly string[]): string | undefined {
  let place = session
  let param = 'session'
  for (const name of path) {
    param += `.${name}`
    place = optionalObject(place[name], param)
  }
  return optionalText(place.model, `${param}.model`)
}

function otherConnection(connected: string): GatewayError {
  const message = `session.model: the connection is for "${connected}". Open another connection for another model.`
  return new GatewayError('denied', message, { param: 'session.model' })
}
