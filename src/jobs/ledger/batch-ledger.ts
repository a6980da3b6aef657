import { batchStateIn } from '../../dashscope/batch.ts'
import { parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { type BatchFile, insertBatchFile, readBatchFile } from './batch-files-table.ts'
import { endBatch, insertBatch, isUnbilledOutput, type NewBatch } from './batches-table.ts'
import { readEndpoint } from './endpoints-table.ts'
import { HookLedger } from './hook-ledger.ts'

/** The part of a ledger for batches: checked input files, and the batches created from them. */
export class BatchLedger extends HookLedger {
  /** Records a batch file whose lines were checked during the upload. */
  keepBatchFile(file: BatchFile): void {
    this.change((nowMs) => insertBatchFile(this.sql, file, nowMs))
  }

  /** The record of a checked file, and whether the key has the endpoint that receives the final event. */
  batchFile(
    file: string,
    endpoint: string | undefined,
  ): { file: BatchFile | undefined; hasEndpoint: boolean } {
    const hasEndpoint = endpoint === undefined || readEndpoint(this.sql, endpoint) !== undefined
    return { file: readBatchFile(this.sql, file), hasEndpoint }
  }

  /** Records a batch that DashScope has accepted: it is watched until it ends, and then billed. */
  acceptBatch(batch: NewBatch): void {
    this.change((nowMs) => insertBatch(this.sql, batch, nowMs))
  }

  /**
   * Records DashScope's state of batches before it is sent to their owner: from then on, an output file cannot be
   * deleted until its batch is billed.
   */
  batchesSeen(objects: string[]): void {
    this.change((nowMs) => {
      for (const object of objects) {
        const state = batchStateIn(parseObject(object))
        if (state?.ended) endBatch(this.sql, state.id, state, object, nowMs)
      }
    })
  }

  /** Records the end of a watched batch; a body that is not a batch means that DashScope no longer has it. */
  batchEnded(id: string, body: Uint8Array<ArrayBuffer>): void {
    const object = textOf(body)
    const state = batchStateIn(parseObject(object))
    this.change((nowMs) => endBatch(this.sql, id, state, state?.ended ? object : '', nowMs))
  }

  /** Whether a file is the output of a batch that is not billed yet. */
  isUnbilledOutput(file: string): boolean {
    return isUnbilledOutput(this.sql, file)
  }
}
