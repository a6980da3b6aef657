import { MAX_BATCH_LINE_BYTES } from '../../dashscope/batch.ts'
import type { OwnedKind } from '../../dashscope/ownable.ts'
import { addUsage, NO_USAGE, type Usage } from '../../dashscope/usage.ts'
import { GatewayError } from '../../errors.ts'
import { LineSplitter } from '../../lib/lines.ts'
import { type CheckedLine, checkLine, type LineRules } from './batch-line.ts'

/** The sums over the lines of a batch file. */
export interface BatchSums {
  lines: number
  /** The model of the first line; DashScope requires one model per file. */
  model: string
  usage: Usage
  /** In nanos, at the batch price; undefined if a line has no known price. */
  money: number | undefined
  /** The end user in all lines; undefined if there is none or several. */
  user?: string
}

/** An account-wide object that lines refer to, and the first line that does. */
export interface LineName {
  kind: OwnedKind
  id: string
  line: number
}

/** Checks the lines of a batch file while it is forwarded, and adds up their estimated usage. */
export class BatchCheck {
  readonly #lines = new LineSplitter()
  readonly #rules: LineRules
  /** Whether lines may be changed, so that each line is buffered until it is complete. */
  readonly rewrites: boolean
  #sums: BatchSums = { lines: 0, model: '', usage: NO_USAGE, money: 0 }
  #number = 0
  /** The end user of the first line. */
  #first: Pick<CheckedLine, 'user'> | undefined
  /** Objects that lines refer to, by kind and id. */
  #named = new Map<string, LineName>()
  /** Whether a line was changed: an alias is replaced by its model. */
  hasChanged = false

  constructor(rules: LineRules) {
    this.#rules = rules
    this.rewrites = rules.principal.policy.aliases !== undefined
  }

  get sums(): BatchSums {
    return this.#sums
  }

  /** The objects that lines have referred to since the last call, without duplicates. */
  takeNamed(): LineName[] {
    const named = [...this.#named.values()]
    this.#named.clear()
    return named
  }

  /**
   * Takes the next bytes of the file.
   *
   * @returns the bytes to send upstream: the same bytes or, if lines may be changed, the complete lines.
   * @throws GatewayError for an invalid or refused line.
   */
  push(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    const checked = this.#lines.push(bytes).map((line) => this.#check(line))
    if (this.#lines.pendingBytes > MAX_BATCH_LINE_BYTES) throw tooLong(this.#number + 1)
    return this.rewrites ? checked : [bytes]
  }

  /** Must be called after the last bytes; returns and throws like `push`. */
  end(): Uint8Array<ArrayBuffer>[] {
    const last = this.#lines.end()
    const checked = last ? [this.#check(last)] : []
    return this.rewrites ? checked : []
  }

  #check(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    this.#number += 1
    if (bytes.byteLength > MAX_BATCH_LINE_BYTES) throw tooLong(this.#number)
    const line = checkLine(bytes, this.#number, this.#rules, this.#first)
    if (!line) return bytes
    this.#add(line)
    if (line.bytes !== bytes) this.hasChanged = true
    return line.bytes
  }

  #add({ model, usage, money, user, namedIds }: CheckedLine): void {
    const { lines, model: first, usage: sum, money: total } = this.#sums
    this.#first ??= { user }
    const isOne = user !== undefined && user === (lines === 0 ? user : this.#sums.user)
    this.#sums = {
      ...(isOne && { user }),
      lines: lines + 1,
      model: first || model,
      usage: addUsage(sum, usage),
      money: total === undefined || money === undefined ? undefined : total + money,
    }
    for (const [kind, ids] of namedIds) {
      for (const id of ids) {
        const name = `${kind} ${id}`
        if (!this.#named.has(name)) this.#named.set(name, { kind, id, line: this.#number })
      }
    }
  }
}

function tooLong(number: number): GatewayError {
  return new GatewayError('invalid', `Line ${number}: longer than 6 MB, the maximum for a line of a batch.`)
}
