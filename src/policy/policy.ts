import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { MAX_ECHO_CHARACTERS, shortened } from '../lib/shortened.ts'
import type { Policy } from './key-record.ts'

/**
 * White space, control and invisible characters. Model names do not contain them; they could make different names
 * look alike.
 */
export const INVISIBLE_OR_SPACE = /[\s\p{Cc}\p{Cf}]/u

/**
 * Refuses an endpoint that a policy does not allow.
 *
 * @param endpoint the endpoint's name in the endpoint table.
 * @throws GatewayError `denied` with the endpoints that the key may use.
 */
export function allowEndpoint(policy: Policy, endpoint: string): void {
  if (!policy.endpoints || policy.endpoints.includes(endpoint)) return
  throw new GatewayError(
    'denied',
    `This key may not use the endpoint "${endpoint}"; it may use: ${policy.endpoints.join(', ')}.`,
    { rule: 'endpoints' },
  )
}

/**
 * Refuses a model that a policy does not allow. Names are compared whole and case-sensitively, as DashScope does.
 *
 * @param model the name as the request gives it; for an app `app:{id}`.
 * @throws GatewayError `modelDenied` with the models that the key may use.
 */
export function allowModel(policy: Policy, model: string): void {
  if (mayUseModel(policy, model)) return
  throw new GatewayError(
    'modelDenied',
    `This key may not use the model "${shortened(model)}"; it may use: ${policy.models?.join(', ')}.`,
    { param: 'model', rule: 'models' },
  )
}

/** Whether a key may use a model. A text with white space or invisible characters is never a model name. */
export function mayUseModel({ models }: Pick<Policy, 'models'>, model: string): boolean {
  if (!models) return true
  return !INVISIBLE_OR_SPACE.test(model) && models.some((glob) => matchesGlob(glob, model))
}

/** The SDKs' two headers for a workspace; the Python SDK also has a parameter for apps. */
const WORKSPACE_HEADERS = ['x-dashscope-workspace', 'x-dashscope-workspaceid']

/**
 * Refuses a request with a sub-workspace of the operator's account that the key may not use: each workspace has its
 * own models, applications and quotas.
 *
 * @param body the parsed body, if any.
 * @returns whether the request names a workspace.
 * @throws GatewayError `denied`, naming the workspace.
 */
export function allowWorkspace(policy: Policy, headers: HeaderMap, body: unknown): boolean {
  const { parameters } = (body ?? {}) as { parameters?: { workspace?: unknown } | null }
  const named = [...WORKSPACE_HEADERS.map((name) => headers.get(name)), parameters?.workspace].filter(
    (each) => each !== undefined && each !== null && each !== '',
  )
  for (const each of named) {
    const workspace = typeof each === 'string' ? each : JSON.stringify(each)
    // A repeated header arrives as a list, which a glob for its first entry could match.
    const isOne = /^[\w-]+$/.test(workspace)
    if (isOne && policy.workspaces?.some((glob) => matchesGlob(glob, workspace))) continue
    throw new GatewayError(
      'denied',
      `This key may not use the workspace "${workspace.slice(0, MAX_ECHO_CHARACTERS)}"; the operator can allow it in the key.`,
      { rule: 'workspaces' },
    )
  }
  return named.length > 0
}

/**
 * Whether a glob matches a whole text; `*` matches any characters, including none. Each piece is matched at its first
 * occurrence; a regular expression built from the glob could backtrack exponentially.
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
