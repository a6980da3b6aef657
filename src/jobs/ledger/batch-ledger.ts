import { type BatchFile, insertBatchFile, readBatchFile } from './batch-files-table.ts'
import { HookLedger } from './hook-ledger.ts'

/** The part of a ledger that has to do with batches: files of requests that were checked. */
export class BatchLedger extends HookLedger {
  /** Records a file of requests whose lines were checked while it was uploaded. */
  keepBatchFile(file: BatchFile): void {
    this.change((nowMs) => insertBatchFile(this.sql, file, nowMs))
  }

  batchFile(file: string): BatchFile | undefined {
    return readBatchFile(this.sql, file)
  }
}
