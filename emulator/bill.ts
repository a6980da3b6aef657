import type { Account } from './accounts.ts'
import { statusOf, taskUsage } from './native/task-state.ts'
import type { Usage } from './tokens.ts'

/** The bill of an account for one model. Seconds of video are listed by resolution, such as `720P`. */
export interface BillRow {
  model: string
  usage: Usage
  video: { [resolution: string]: number }
}

/**
 * The bill of an account, one row per model: the calls in its log as far as their responses were sent, the successful
 * tasks, and the completed lines of batches.
 */
export function billOf(account: Account, now: number): BillRow[] {
  const rows = new Map<string, BillRow>()
  const add = (model: string, usage: Usage, resolution?: string): void => {
    const row = rows.get(model) ?? {
      model,
      usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
      video: {},
    }
    row.usage = sumOf(row.usage, usage)
    if (resolution !== undefined) {
      row.video[resolution] = (row.video[resolution] ?? 0) + (usage.video_seconds ?? 0)
    }
    rows.set(model, row)
  }
  for (const { model, usage } of account.calls) if (usage !== undefined) add(model, usage)
  for (const task of account.tasks.values()) {
    if (statusOf(task, now) === 'SUCCEEDED') add(task.model, taskUsage(task), task.resolution)
  }
  for (const { result } of account.batches.values()) {
    for (const { model, usage } of result?.billed ?? []) add(model, usage)
  }
  return [...rows.values()]
}

/** The sum of two usages in every unit. */
export function sumOf(one: Usage, other: Usage): Usage {
  const sum: Usage = { ...one }
  for (const [unit, count] of Object.entries(other) as [keyof Usage, number][]) {
    sum[unit] = (sum[unit] ?? 0) + count
  }
  return sum
}
