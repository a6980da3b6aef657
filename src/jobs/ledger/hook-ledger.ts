import {
  type HookEventFilter,
  type HookEventStatus,
  insertHookEvent,
  listHookEvents,
  type NewHookEvent,
  pruneHookEvents,
  readHookEvent,
  type StoredHookEvent,
  settleHookEvent,
  type TakenEvent,
  takeHookEvent,
} from './hook-events-table.ts'
import { handEvent, withdrawEvent } from './hook-messages.ts'
import { insertTurn, pruneTurns, readTurns, type StoredTurn } from './hook-turns-table.ts'
import { MessageLedger } from './message-ledger.ts'
import { pruneReplyStates, selectReplyState, writeReplyState } from './reply-states.ts'

/** How often old events are deleted. */
const PRUNE_MS = 3_600_000

/** The part of a ledger for inbound hooks: deduplicated events, and conversations. */
export class HookLedger extends MessageLedger {
  #prunedMs = 0

  /**
   * Stores an event once, within the limits of its hook. An accepted event gets its job even if the request ends
   * early.
   */
  takeEvent(entry: NewHookEvent): TakenEvent {
    const taken = this.#take(entry)
    if (taken.kind === 'accepted') this.outbox.setAlarm(Date.now())
    return taken
  }

  #take(entry: NewHookEvent): TakenEvent {
    return this.record((nowMs) => {
      if (nowMs - this.#prunedMs > PRUNE_MS) {
        this.#prunedMs = nowMs
        pruneHookEvents(this.sql, nowMs)
        pruneTurns(this.sql, nowMs)
        pruneReplyStates(this.sql, nowMs)
      }
      const taken = takeHookEvent(this.sql, entry, nowMs)
      if (taken.kind === 'accepted') handEvent(this.sql, entry, nowMs)
      return taken
    })
  }

  /** Records an event that is not answered. */
  noteEvent(
    entry: Pick<NewHookEvent, 'id' | 'hook' | 'user' | 'event'>,
    status: HookEventStatus,
    reason: string,
  ): void {
    this.record((nowMs) => insertHookEvent(this.sql, entry, status, reason, nowMs))
  }

  /** Records why an accepted event gets no job. */
  refuseEvent(id: string, status: HookEventStatus, reason: string): void {
    this.change(() => {
      settleHookEvent(this.sql, id, { status, reason })
      withdrawEvent(this.sql, id)
    })
  }

  hookEvents(filter: HookEventFilter): StoredHookEvent[] {
    return listHookEvents(this.sql, filter)
  }

  hookEvent(id: string): StoredHookEvent | undefined {
    return readHookEvent(this.sql, id)
  }

  /** The reply state of a job. */
  replyState(job: string): string | undefined {
    return selectReplyState(this.sql, job)
  }

  keepReplyState(job: string, state: string): void {
    this.record((nowMs) => writeReplyState(this.sql, job, state, nowMs))
  }

  /** The last turns of a conversation, oldest first. */
  turns(hook: string, conversation: string, most: number, sinceMs: number): StoredTurn[] {
    return readTurns(this.sql, hook, conversation, most, sinceMs)
  }

  /** Adds a turn to a conversation. */
  addTurn(hook: string, conversation: string, turn: StoredTurn): void {
    this.record((nowMs) => insertTurn(this.sql, hook, conversation, turn, nowMs))
  }
}
