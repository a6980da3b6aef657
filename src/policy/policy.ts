import { GatewayError, MAX_ECHO_CHARACTERS } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { Policy } from './key-record.ts'

/** White space, control and invisible characters stand in no name of a model; they only make two names look alike. */
const UNSEEMLY = /[\s\p{Cc}\p{Cf}]/u

/**
 * Lets a key use an endpoint or refuses.
 *
 * @param endpoint the endpoint's name in the endpoint table.
 * @throws GatewayError `denied` with the endpoints that the key may use.
 */
export function allowEndpoint(policy: Policy, endpoint: string): void {
  if (!policy.endpoints || policy.endpoints.includes(endpoint)) return
  throw new GatewayError(
    'denied',
    `This key may not use the endpoint "${endpoint}"; it may use: ${policy.endpoints.join(', ')}.`,
  )
}

/**
 * Lets a key use a model or refuses. A name counts as a whole and in its own case, as DashScope takes it.
 *
 * @param model the name as the request gives it; for an app `app:{id}`.
 * @throws GatewayError `modelDenied` with the models that the key may use.
 */
export function allowModel(policy: Policy, model: string): void {
  if (!policy.models) return
  if (!UNSEEMLY.test(model) && policy.models.some((glob) => matchesGlob(glob, model))) return
  const named = model.length > MAX_ECHO_CHARACTERS ? `${model.slice(0, MAX_ECHO_CHARACTERS)}…` : model
  throw new GatewayError(
    'modelDenied',
    `This key may not use the model "${named}"; it may use: ${policy.models.join(', ')}.`,
    { param: 'model' },
  )
}

/** Where a request names a workspace: the SDKs' header in both spellings, and the Python SDK's parameter for apps. */
const WORKSPACE_HEADERS = ['x-dashscope-workspace', 'x-dashscope-workspaceid']

/**
 * Lets a request name a sub-workspace of the operator's account or refuses: another workspace is another set of models,
 * applications and quotas, which a caller does not choose unasked.
 *
 * @param body the parsed body, where there is one.
 * @returns whether it names one.
 * @throws GatewayError `denied` that names the workspace.
 */
export function allowWorkspace(policy: Policy, headers: HeaderMap, body: unknown): boolean {
  const { parameters } = (body ?? {}) as { parameters?: { workspace?: unknown } | null }
  const named = [...WORKSPACE_HEADERS.map((name) => headers.get(name)), parameters?.workspace].filter(
    (each) => each !== undefined && each !== null && each !== '',
  )
  for (const each of named) {
    const workspace = typeof each === 'string' ? each : JSON.stringify(each)
    // A header sent twice comes as a list, which a glob for its first entry would cover.
    const isOne = /^[\w-]+$/.test(workspace)
    if (isOne && policy.workspaces?.some((glob) => matchesGlob(glob, workspace))) continue
    throw new GatewayError(
      'denied',
      `This key may not name the workspace "${workspace.slice(0, MAX_ECHO_CHARACTERS)}"; the operator can allow it in the key.`,
    )
  }
  return named.length > 0
}

/**
 * Whether a glob covers a whole text; `*` stands for any characters, also none. Each piece is taken where it first fits,
 * so the time is linear: a regular expression made from the glob could be made to run for ever.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const [first = '', ...rest] = glob.split('*')
  const last = rest.pop()
  if (last === undefined) return glob === text
  if (!text.startsWith(first)) return false
  let position = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, position)
    if (found < 0) return false
    position = found + piece.length
  }
  return position + last.length <= text.length && text.endsWith(last)
}
