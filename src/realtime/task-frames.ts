import { GatewayError } from '../errors.ts'
import { type JsonObject, objectAt } from '../lib/json/object.ts'
import { resolveModel } from '../policy/model-names.ts'
import { type Insertion, type TextFrame, withMembers } from './frame.ts'
import {
  checkModel,
  checkWorkspace,
  type FrameRules,
  missingParameters,
  optionalObject,
  optionalText,
} from './rules.ts'

/** Maximum number of open tasks per socket. */
const MAX_OPEN_TASKS = 8

const TASK_ID = /^[\w-]{1,64}$/

/** The kind of a task, which determines how it is billed. */
export type TaskKind = 'synthesis' | 'recognition' | 'dialog'

/** The decision about a text frame on `/inference`. */
export type TaskDecision =
  /** Reserve, then forward: the frame starts a task. */
  | { kind: 'start'; taskId: string; frame: TextFrame; model: string; task: TaskKind }
  /** Forward: the frame belongs to an open task. */
  | { kind: 'forward'; taskId: string; frame: TextFrame; isFinish: boolean }
  /** Report to the caller that this task failed; other tasks and the socket continue. */
  | { kind: 'refuse'; taskId: string; error: GatewayError }

/** Whether a frame starts a task. */
export function startsTask(body: JsonObject): boolean {
  return objectAt(body, 'header')?.action === 'run-task'
}

/**
 * Decides about a text frame of `/inference`: the model of each task, its workspace and its frozen parameters.
 *
 * @param open the ids of open tasks.
 * @param used all ids used on this socket.
 */
export function decideTaskFrame(
  frame: TextFrame,
  open: ReadonlySet<string>,
  used: ReadonlySet<string>,
  rules: FrameRules,
): TaskDecision {
  const { header } = frame.body
  const rawId =
    typeof header === 'object' && header !== null && 'task_id' in header ? header.task_id : undefined
  const taskId = typeof rawId === 'string' && TASK_ID.test(rawId) ? rawId : ''
  try {
    return decide(frame, taskId, open, used, rules)
  } catch (thrown) {
    if (thrown instanceof GatewayError) return { kind: 'refuse', taskId, error: thrown }
    throw thrown
  }
}

function decide(
  frame: TextFrame,
  taskId: string,
  open: ReadonlySet<string>,
  used: ReadonlySet<string>,
  rules: FrameRules,
): TaskDecision {
  const { action } = optionalObject(frame.body.header, 'header')
  if (taskId === '') {
    throw invalid('header.task_id', 'expected 1 to 64 letters, digits, hyphens or underscores')
  }
  if (action === 'continue-task' || action === 'finish-task') {
    if (!open.has(taskId)) throw invalid('header.task_id', 'no task with this id is open on this connection')
    const written = checkContinuation(optionalObject(frame.body.payload, 'payload'), rules)
    return { kind: 'forward', taskId, frame: withMembers(frame, written), isFinish: action === 'finish-task' }
  }
  if (action !== 'run-task') {
    throw invalid('header.action', 'expected "run-task", "continue-task" or "finish-task"')
  }
  if (used.has(taskId))
    throw invalid('header.task_id', 'this connection has had a task with this id. Use a new id')
  if (open.size >= MAX_OPEN_TASKS) {
    throw new GatewayError(
      'rateLimited',
      `A connection may have ${MAX_OPEN_TASKS} open tasks. Wait until one finishes, or open another connection.`,
    )
  }
  return startOf(frame, taskId, rules)
}

/**
 * Checks a later frame of a task for the same members as the first, since DashScope might read them there too.
 *
 * @returns the members that replace an alias.
 */
function checkContinuation(payload: JsonObject, rules: FrameRules): Insertion[] {
  const input = optionalObject(payload.input, 'payload.input')
  const named = optionalText(payload.model, 'payload.model')
  const model = named === undefined ? undefined : resolveModel(rules.policy, named)
  if (model !== undefined) checkModel(rules, model, 'payload.model')
  const app = appOf(input)
  if (app !== '') checkModel(rules, `app:${app}`, 'payload.input.app_id')
  checkWorkspace(rules, input.workspace_id)
  checkWorkspace(rules, input.workspaceId)
  missingParameters(rules, optionalObject(payload.parameters, 'payload.parameters'), 'payload.parameters.')
  return model === named ? [] : [{ path: ['payload'], members: { model } }]
}

function startOf(frame: TextFrame, taskId: string, rules: FrameRules): TaskDecision {
  const payload = optionalObject(frame.body.payload, 'payload')
  const input = optionalObject(payload.input, 'payload.input')
  const parameters = optionalObject(payload.parameters, 'payload.parameters')
  if (rules.frozen?.system !== undefined) {
    throw new GatewayError(
      'denied',
      'The session token freezes a system message, but this API has no system messages.',
    )
  }
  const isDialog = payload.task === 'multimodal-generation'
  const named = optionalText(payload.model, 'payload.model')
  const insertions: Insertion[] = []
  const model = isDialog
    ? `app:${appOf(input)}`
    : resolveModel(rules.policy, named ?? rules.frozen?.model ?? '')
  if (!isDialog && model === '') throw invalid('payload.model', 'expected the name of a model')
  checkModel(rules, model, 'payload.model')
  if (!isDialog && named !== model) insertions.push({ path: ['payload'], members: { model } })
  checkWorkspace(rules, input.workspace_id)
  checkWorkspace(rules, input.workspaceId)
  const missing = missingParameters(rules, parameters, 'payload.parameters.')
  insertions.push({ path: ['payload', 'parameters'], members: missing })
  const task: TaskKind = isDialog ? 'dialog' : payload.task === 'asr' ? 'recognition' : 'synthesis'
  return { kind: 'start', taskId, frame: withMembers(frame, insertions), model, task }
}

function appOf(input: Record<string, unknown>): string {
  return (
    optionalText(input.app_id, 'payload.input.app_id') ??
    optionalText(input.appId, 'payload.input.appId') ??
    ''
  )
}

function invalid(param: string, expectation: string): GatewayError {
  return new GatewayError('invalid', `${param}: ${expectation}.`, { param })
}
