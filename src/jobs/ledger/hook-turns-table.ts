/** A conversation that is not continued is deleted after this, whatever the hook's settings. */
const TURN_LIFETIME_MS = 7 * 86_400_000

/** A question of a user in a chat, and the answer of the model. */
export interface StoredTurn {
  question: string
  answer: string
}

/** The last turns of a conversation, oldest first. */
export function readTurns(
  sql: SqlStorage,
  hook: string,
  conversation: string,
  most: number,
  sinceMs: number,
): StoredTurn[] {
  return sql
    .exec(
      `SELECT question, answer FROM hook_turns WHERE hook = ? AND conversation = ? AND at_ms >= ?
       ORDER BY sequence DESC LIMIT ?`,
      hook,
      conversation,
      sinceMs,
      most,
    )
    .toArray()
    .map((row) => ({ question: String(row.question), answer: String(row.answer) }))
    .toReversed()
}

/** Adds a turn to a conversation. */
export function insertTurn(
  sql: SqlStorage,
  hook: string,
  conversation: string,
  turn: StoredTurn,
  nowMs: number,
): void {
  const insert = 'INSERT INTO hook_turns (hook, conversation, at_ms, question, answer) VALUES (?, ?, ?, ?, ?)'
  sql.exec(insert, hook, conversation, nowMs, turn.question, turn.answer)
}

/** Deletes turns of conversations that were not continued. */
export function pruneTurns(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM hook_turns WHERE at_ms < ?', nowMs - TURN_LIFETIME_MS)
}
