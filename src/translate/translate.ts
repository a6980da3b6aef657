import type { Config } from '../config.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { JsonBody } from '../lib/json/body.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { withBodyUser } from '../policy/body-user.ts'
import type { Principal } from '../policy/key-record.ts'
import { resolveModel } from '../policy/model-names.ts'
import { allowEndpoint } from '../policy/policy.ts'
import { bodyRoomOf } from '../proxy/body-room.ts'
import { keptBodyOf } from '../proxy/kept-body.ts'
import type { ProxyRequest } from '../proxy/proxy-request.ts'
import { authorize, type Incoming } from '../proxy/read-request.ts'
import { editImages, generateImages } from './images.ts'
import type { Options } from './options.ts'
import { invalidOption } from './options.ts'
import type { NativePlan, Translator } from './plan.ts'
import { readAskedBody } from './read-body.ts'
import { speak } from './speech.ts'
import { transcribe } from './transcription.ts'
import { createVideo, deleteVideo, downloadVideo, showVideo } from './videos.ts'

/** The translator of each translated endpoint. A new one is a new row here and in dashscope/rows. */
const TRANSLATORS: Readonly<Record<string, Translator>> = {
  'images-generations': generateImages,
  'images-edits': editImages,
  'audio-speech': speak,
  'audio-transcriptions': transcribe,
  videos: createVideo,
  video: showVideo,
  'video-content': downloadVideo,
  'video-delete': deleteVideo,
}

/** Headers of the caller that the native request keeps; others describe the original body. */
const KEPT_HEADERS = [
  'user-agent',
  'cache-control',
  'x-edge-timeout',
  'x-edge-batch',
  'x-dashscope-workspace',
  'x-dashscope-workspaceid',
  'x-dashscope-datainspection',
]

/**
 * Reads a request to an endpoint of OpenAI's API that DashScope lacks, and converts it to a native request. From then
 * on it is handled like any other request: policy, caps, limits, ownership and usage are those of the native
 * endpoint, under the name of the translated one.
 *
 * @throws GatewayError for requests that cannot be translated, or that the policy refuses.
 */
export async function readTranslated(
  request: Request,
  url: URL,
  incoming: Incoming,
  config: Config,
): Promise<ProxyRequest> {
  const { endpoint, headers } = incoming
  allowEndpoint(incoming.principal.policy, endpoint.name)
  const { options, fields, files, json } = await readAskedBody(
    request,
    url,
    incoming,
    bodyRoomOf(incoming.principal, config),
  )
  const principal = withBodyUser(incoming.principal, fields)
  const named = endpoint.model === 'body' ? modelIn(options, principal) : undefined
  options.ignoreAt({ user: [fields.user] })
  const asked = {
    options,
    files,
    model: named === undefined ? '' : resolveModel(principal.policy, named),
    id: incoming.id ?? '',
    caps: principal.policy.caps ?? {},
    nowMs: Date.now(),
  }
  const plan = translatorOf(endpoint)(asked)
  const { translation, suits } = plan
  const { keptBody: _native, ...call } = inOwnNames(() => {
    const native = {
      headers: nativeHeaders(headers, plan),
      principal,
      endpoint: nativeRow(endpoint, plan),
      id: plan.id,
    }
    return authorize(request, new URL(plan.path, url), native, bodyOf(plan, named), config)
  })
  const kept = json && keptBodyOf(json, principal, config)
  return { ...call, ...kept, fallbacks: call.fallbacks.filter(suits), translation }
}

function translatorOf({ name }: Endpoint): Translator {
  const translator = TRANSLATORS[name]
  if (!translator) throw new TypeError(`There is no translator for ${name}.`)
  return translator
}

/** The requested model, or the one frozen by the session token. */
function modelIn(options: Options, { token }: Principal): string {
  const named = options.text('model')
  if (named !== undefined && named !== '') return named
  if (token?.frozen?.model !== undefined) return token.frozen.model
  throw invalidOption('model', 'expected the name of a DashScope model')
}

/**
 * The native endpoint under the name of the translated one. It is not cacheable: two identical requests should
 * generate two images. OpenAI's endpoints have no options for output length or thinking, which these models lack, and
 * the number of results is always set if there can be several; so caps do not require them.
 */
function nativeRow({ name }: Endpoint, { endpoint }: NativePlan): Endpoint {
  const { thinking: _thinking, ...row } = endpoint
  return { ...row, name, cacheable: false, isGenerated: false, lengthFields: [], needsCount: false }
}

function nativeHeaders(headers: HeaderMap, { mode, body }: NativePlan): HeaderMap {
  const kept = new Map([...headers].filter(([name]) => KEPT_HEADERS.includes(name)))
  if (body) kept.set('content-type', 'application/json')
  if (mode === 'task') kept.set('x-dashscope-async', 'enable')
  if (mode === 'stream') kept.set('x-dashscope-sse', 'enable')
  return kept
}

function bodyOf({ body }: NativePlan, model: string | undefined) {
  if (!body) return { kind: 'none' } as const
  const value = { ...(model !== undefined && { model }), ...body }
  const text = JSON.stringify(value)
  return { kind: 'json', json: new JsonBody(bytesOf(text), text, value) } as const
}

/** Native member names at the start of an error message; OpenAI's options have no such prefix. */
const NATIVE_PREFIX = /^(?:parameters|input)\./

/** Renames native members in error messages to the caller's options. */
function inOwnNames<Made>(make: () => Made): Made {
  try {
    return make()
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || !thrown.param) throw thrown
    const { reason, message, headers, param, cause, status } = thrown
    throw new GatewayError(reason, message.replace(NATIVE_PREFIX, ''), {
      param: param.replace(NATIVE_PREFIX, ''),
      headers,
      cause,
      status,
    })
  }
}
