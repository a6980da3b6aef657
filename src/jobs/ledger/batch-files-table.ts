import type { Usage } from '../../dashscope/usage.ts'

/** A batch file whose lines were checked during the upload. */
export interface BatchFile {
  /** DashScope's id. */
  file: string
  /** Identifies the policy rules that its lines have passed. */
  rules: string
  lines: number
  model: string
  /** The estimated usage of all lines; `money` in nanos, undefined if a line has no known price. */
  usage: Usage
  money: number | undefined
  /** The end user in its lines. */
  user?: string
}

/** The table of checked files. They do not expire at DashScope, so their rows stay until they are deleted there. */
export function createBatchFiles(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE batch_files (file TEXT PRIMARY KEY, facts TEXT NOT NULL, created_ms INTEGER NOT NULL) WITHOUT ROWID`,
  )
}

export function insertBatchFile(sql: SqlStorage, file: BatchFile, nowMs: number): void {
  const insert = 'INSERT OR REPLACE INTO batch_files VALUES (?, ?, ?)'
  sql.exec(insert, file.file, JSON.stringify(file), nowMs)
}

export function readBatchFile(sql: SqlStorage, file: string): BatchFile | undefined {
  const [row] = sql.exec('SELECT facts FROM batch_files WHERE file = ?', file).toArray()
  return row && (JSON.parse(String(row.facts)) as BatchFile)
}

export function deleteBatchFile(sql: SqlStorage, file: string): void {
  sql.exec('DELETE FROM batch_files WHERE file = ?', file)
}
