/** A row may have at most 2 MB (Durable Objects limits); a blob of 1 MiB leaves room for the rest of the row. */
const PIECE_BYTES = 1024 * 1024

/** The request of a job, or the response of its last run. */
export type Part = 'request' | 'response'

/** Stores a body in pieces, replacing the previous one. */
export function writeBody(sql: SqlStorage, job: string, part: Part, bytes: Uint8Array): void {
  deleteBody(sql, job, part)
  appendBody(sql, job, part, bytes)
}

/** Adds bytes to a body that arrives in several calls. */
export function appendBody(sql: SqlStorage, job: string, part: Part, bytes: Uint8Array): void {
  let piece = Number(
    sql.exec('SELECT count(*) AS pieces FROM bodies WHERE job = ? AND part = ?', job, part).one().pieces,
  )
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    const slice = bytes.slice(at, at + PIECE_BYTES)
    sql.exec('INSERT INTO bodies VALUES (?, ?, ?, ?)', job, part, piece, slice.buffer)
    piece += 1
  }
}

/** A stored body; empty if there is none. */
export function readBody(sql: SqlStorage, job: string, part: Part): Uint8Array<ArrayBuffer> {
  const select = 'SELECT bytes FROM bodies WHERE job = ? AND part = ? ORDER BY piece'
  const pieces = sql.exec<{ bytes: ArrayBuffer }>(select, job, part).toArray()
  const all = new Uint8Array(pieces.reduce((size, { bytes }) => size + bytes.byteLength, 0))
  let at = 0
  for (const { bytes } of pieces) {
    all.set(new Uint8Array(bytes), at)
    at += bytes.byteLength
  }
  return all
}

/** Deletes one part of a job's bodies, or both. */
export function deleteBody(sql: SqlStorage, job: string, part?: Part): void {
  if (part) sql.exec('DELETE FROM bodies WHERE job = ? AND part = ?', job, part)
  else sql.exec('DELETE FROM bodies WHERE job = ?', job)
}
