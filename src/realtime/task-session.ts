import { mayNameIds } from '../dashscope/request/named-ids.ts'
import type { Target } from '../dashscope/targets.ts'
import { asGatewayError, type GatewayError } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import { accountFor, checkHeard, relayOptions, type SocketContext } from './context.ts'
import { dial } from './dial.ts'
import { readTextFrame } from './frame.ts'
import { keepingExcerpts } from './frame-excerpts.ts'
import type { CallerFrame } from './in-order.ts'
import type { OpenTask } from './open-task.ts'
import {
  closeOf,
  INTERNAL_ERROR,
  type SocketError,
  sendableCode,
  socketErrorFrame,
  socketErrorOf,
} from './refusal.ts'
import { CLOSE_DELAY_MS, Relay, type RelayEnding } from './relay.ts'
import { noteFrame, noteLost } from './target-health.ts'
import { CONNECTION_LOST, elsewhere, invalidFrameTaskId } from './task-errors.ts'
import { decideTaskFrame, startsTask, type TaskDecision } from './task-frames.ts'
import { noTraffic } from './traffic.ts'
import { errorInFrame, withoutCredentials } from './upstream-frame.ts'
import { taskCounter } from './usage-counter.ts'

/**
 * A socket without a task is closed after this many slices, since SDKs keep pools of sockets and never close old
 * ones.
 */
const IDLE_SLICES = 2

/** One socket of `/inference`: tasks, one after the other or in parallel, each with its own account. */
export class TaskSession {
  readonly #context: SocketContext
  readonly #relay: Relay
  readonly #tasks = new Map<string, OpenTask>()
  /** All task ids used on this socket. */
  readonly #used = new Set<string>()
  /** The target of the connection to DashScope. */
  #target: Target | undefined
  /** Whether a frame has come over that connection. */
  #hasReceived = false
  /** The task of DashScope's newest text frame; the audio after it belongs to this task, since audio has no id. */
  #speaking: OpenTask | undefined
  /** When the credential was checked last. */
  #checkedMs = Date.now()
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(context: SocketContext, socket: WebSocket) {
    this.#context = context
    this.#relay = new Relay(relayOptions(context), socket, {
      text: (text) => this.#text(text),
      bytes: (bytes) => this.#bytes(bytes),
      received: (text, body) => this.#received(text, body),
      receivedBytes: (bytes) => this.#receivedBytes(bytes),
      lost: (code, reason) => this.#lost(code, reason),
      errorFrames: (error, frame) => this.#errorFrames(error, frame),
      settleAll: (ending, code) => this.#settleAll(ending, code),
      renew: (nowMs) => this.#renew(nowMs),
    })
    this.#watchIdle()
  }

  /** Resolves when the socket has closed and every task is settled. */
  get ended(): Promise<void> {
    return this.#relay.ended
  }

  #bytes(bytes: ArrayBuffer): void {
    const task = [...this.#tasks.values()].find(({ takesAudio }) => takesAudio)
    // A frame after the end of its task is dropped, since its usage could not be counted.
    if (!task) return
    task.counter.sentBytes(bytes.byteLength)
    checkHeard(this.#context, task.counter.audioInSeconds())
    task.traffic.framesUp++
    this.#relay.sendUp(bytes)
  }

  #text(text: string): void | Promise<void> {
    const frame = readTextFrame(text)
    const decision = decideTaskFrame(frame, new Set(this.#tasks.keys()), this.#used, this.#context.rules)
    if (decision.kind === 'start') return this.#start(decision)
    if (decision.kind === 'refuse') {
      if (startsTask(frame.body)) this.#context.refused(decision.error)
      return this.#refuse(decision.taskId, decision.error, frame.body)
    }
    const send = () => {
      const task = this.#tasks.get(decision.taskId)
      if (task) task.traffic.framesUp++
      task?.counter.sent(frame.body)
      this.#relay.sendUp(decision.frame.text)
    }
    if (!mayNameIds(text)) return send()
    return this.#context.requireOwn(frame.body).then(send, (thrown) => {
      this.#refuse(decision.taskId, asGatewayError(thrown), frame.body)
    })
  }

  /** Reserves, connects and sends the frame that starts a task. */
  async #start({ taskId, frame, model, task }: TaskDecision & { kind: 'start' }): Promise<void> {
    this.#used.add(taskId)
    this.#stopIdleTimer()
    const startedMs = Date.now()
    const { targetsFor, requireOwn } = this.#context
    try {
      await this.#recheck(startedMs)
      const targets = (await requireOwn(frame.body)) ?? targetsFor(model)
      if (this.#relay.isConnected && targets.every(({ id }) => id !== this.#target?.id)) throw elsewhere()
      const unit = task === 'synthesis' ? 'characters' : 'seconds'
      const target = (this.#relay.isConnected && this.#target) || targets[0]
      const asked = { model, unit, target, startedMs, taskId } as const
      const traffic = noTraffic()
      const payload = isJsonObject(frame.body.payload) ? frame.body.payload : {}
      const parameters = isJsonObject(payload.parameters) ? payload.parameters : {}
      const counted = taskCounter(task, parameters, startedMs)
      const { counter, excerpts } = keepingExcerpts(counted, this.#context.config.logBodies)
      const account = accountFor(this.#context, asked, traffic, { ...counter, excerpts })
      await account.open(startedMs)
      const takesAudio = task !== 'synthesis'
      this.#tasks.set(taskId, { account, counter, model, takesAudio, hasStarted: false, traffic })
      this.#watchIdle()
      counter.sent(frame.body)
      if (this.#relay.isOver) return this.#settle(taskId, 'left', false)
      if (!this.#relay.isConnected) {
        const dialed = await dial(this.#context, { targets, model, query: '' })
        if (dialed.kind === 'refused') return this.#relay.refuse(dialed.error)
        this.#relay.connect(dialed.socket)
        this.#target = dialed.target
        this.#hasReceived = false
        account.servedBy(dialed.target)
      }
      traffic.framesUp++
      this.#relay.sendUp(frame.text)
    } catch (thrown) {
      const error = asGatewayError(thrown)
      if (!this.#tasks.has(taskId)) this.#context.refused(error)
      this.#refuse(taskId, error, frame.body)
      this.#watchIdle()
    }
  }

  #received(text: string, body: JsonObject): void {
    this.#hasReceived = true
    const header = isJsonObject(body.header) ? body.header : {}
    const taskId = typeof header.task_id === 'string' ? header.task_id : ''
    const task = this.#tasks.get(taskId)
    task?.counter.received(body)
    if (task) task.traffic.framesDown++
    const error = errorInFrame(body)
    if (task && this.#target)
      noteFrame(this.#context, { target: this.#target, model: task.model }, body, error)
    this.#speaking = task
    this.#relay.sendDown(error ? withoutCredentials(text, this.#target?.apiKey) : text)
    if (task && header.event === 'task-started') task.hasStarted = true
    if (header.event === 'task-finished') this.#settle(taskId, 'complete', true)
    if (error) {
      const isRefusal = task?.hasStarted === false && error.status < 500
      this.#settle(taskId, isRefusal ? 'refused' : 'broken', false, error.code)
    }
  }

  #receivedBytes(bytes: ArrayBuffer): void {
    if (this.#speaking) {
      this.#speaking.traffic.framesDown++
      this.#speaking.traffic.audioOutBytes += bytes.byteLength
    }
    this.#relay.sendDown(bytes)
  }

  /** DashScope has closed the connection: open tasks have failed; the next task connects again. */
  #lost(code: number, reason: string): void {
    const [task] = this.#tasks.values()
    if (task && this.#target && !this.#hasReceived) {
      noteLost(this.#context, { target: this.#target, model: task.model }, code)
    }
    if (this.#tasks.size > 0) this.#relay.cut(CONNECTION_LOST)
    else if (code !== 1000 || reason !== '') this.#relay.close(sendableCode(code) ?? INTERNAL_ERROR, reason)
  }

  /**
   * Fails one task; if it is the only one, the socket is closed too, as DashScope does. For a task that DashScope has
   * started, the connection to DashScope is closed, since the task would otherwise continue uncounted.
   */
  #refuse(taskId: string, error: GatewayError, body: JsonObject): void {
    const said = socketErrorOf(error, this.#context.requestId)
    if (this.#tasks.has(taskId)) {
      this.#relay.cut(said)
      return
    }
    this.#relay.sendDown(socketErrorFrame('inference', said, this.#context.requestId, taskId))
    if (!startsTask(body) || this.#tasks.size > 0) return
    const { code, reason } = closeOf(said)
    setTimeout(() => {
      if (this.#tasks.size === 0) this.#relay.close(code, reason)
    }, CLOSE_DELAY_MS)
  }

  /**
   * One frame for each open task, so that clients do not mistake the close for a normal end; without open tasks, one
   * for the task in the frame.
   */
  #errorFrames(error: SocketError, frame: CallerFrame | undefined): string[] {
    const ids = this.#tasks.size > 0 ? [...this.#tasks.keys()] : [invalidFrameTaskId(frame)]
    return ids.map((id) => socketErrorFrame('inference', error, this.#context.requestId, id))
  }

  #settle(taskId: string, ending: RelayEnding | 'complete', isFinished: boolean, code?: string): void {
    const task = this.#tasks.get(taskId)
    if (!task) return
    this.#tasks.delete(taskId)
    const nowMs = Date.now()
    task.account.close(ending, task.counter.usage(isFinished, nowMs), nowMs, code)
    this.#watchIdle()
  }

  #settleAll(ending: RelayEnding, code?: string): void {
    for (const taskId of [...this.#tasks.keys()]) this.#settle(taskId, ending, false, code)
    this.#stopIdleTimer()
  }

  /** A socket that is reused outlives its handshake: its credential is checked again once per slice. */
  async #recheck(nowMs: number): Promise<void> {
    if (nowMs - this.#checkedMs < 1000 * this.#context.config.sliceSeconds) return
    await this.#context.recheck(nowMs)
    this.#checkedMs = nowMs
  }

  async #renew(nowMs: number): Promise<void> {
    if (this.#tasks.size === 0) return
    await this.#context.recheck(nowMs)
    this.#checkedMs = nowMs
    for (const { account, counter } of [...this.#tasks.values()]) {
      await account.renew(counter, nowMs)
    }
  }

  #stopIdleTimer(): void {
    if (this.#idle !== undefined) clearTimeout(this.#idle)
  }

  #watchIdle(): void {
    this.#stopIdleTimer()
    if (this.#tasks.size > 0 || this.#relay.isOver) return
    const idleMs = IDLE_SLICES * this.#context.config.sliceSeconds * 1000
    this.#idle = setTimeout(() => this.#relay.close(1000, 'idle'), idleMs)
  }
}
