import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { migrateMeter } from '../../../src/meter/object/migrations.ts'

type Storage = Pick<DurableObjectStorage, 'sql' | 'transactionSync'>

/** The storage of a Durable Object in Node's SQLite, as far as a table needs it. */
export function memoryStorage(): Storage {
  const database = new DatabaseSync(':memory:')
  const writes = new Map<string, StatementSync>()
  const exec = (statement: string, ...bindings: SQLInputValue[]) => {
    if (bindings.length === 0 && !/^\s*(SELECT|WITH|EXPLAIN)/.test(statement)) {
      database.exec(statement)
      return cursorOf([], 0)
    }
    if (/^\s*(?:SELECT|EXPLAIN)|RETURNING/.test(statement)) {
      const prepared = database.prepare(statement)
      const raw = () => {
        prepared.setReturnArrays(true)
        return prepared.iterate(...bindings)
      }
      return { ...cursorOf(prepared.all(...bindings) as Record<string, unknown>[], 0), raw }
    }
    // Preparing a statement takes longer than most writes.
    const prepared = writes.get(statement) ?? database.prepare(statement)
    writes.set(statement, prepared)
    return cursorOf([], Number(prepared.run(...bindings).changes))
  }
  const transactionSync = <T>(work: () => T): T => {
    database.exec('BEGIN')
    try {
      const result = work()
      database.exec('COMMIT')
      return result
    } catch (thrown) {
      database.exec('ROLLBACK')
      throw thrown
    }
  }
  return { sql: { exec } as unknown as SqlStorage, transactionSync }
}

/** The same with the tables of today. */
export function migratedStorage(): Storage {
  const storage = memoryStorage()
  migrateMeter(storage)
  return storage
}

function cursorOf(rows: Record<string, unknown>[], rowsWritten: number) {
  return {
    rowsWritten,
    one: () => rows[0],
    toArray: () => rows,
    [Symbol.iterator]: () => rows[Symbol.iterator](),
  }
}
