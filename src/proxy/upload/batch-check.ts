import { MAX_BATCH_LINE_BYTES } from '../../dashscope/batch.ts'
import type { OwnedKind } from '../../dashscope/ownable.ts'
import { addUsage, NO_USAGE, type Usage } from '../../dashscope/usage.ts'
import { GatewayError } from '../../errors.ts'
import { LineSplitter } from '../../lib/lines.ts'
import { type CheckedLine, checkLine, type LineRules } from './batch-line.ts'

/** What the lines of a batch file may use together. */
export interface BatchSums {
  lines: number
  /** The model of the first line; DashScope wants one model in a file. */
  model: string
  usage: Usage
  /** Nanos at the batch price; undefined if a line has no known price. */
  money: number | undefined
  /** The end user that all lines name; undefined if they name none, or several. */
  user?: string
}

/** Something of the account that a line names, and the first line that does. */
export interface LineName {
  kind: OwnedKind
  id: string
  line: number
}

/** Checks the lines of a batch file while it passes, and adds up what they may use. */
export class BatchCheck {
  readonly #lines = new LineSplitter()
  readonly #rules: LineRules
  /** Whether lines may be changed, so that a line is held until it is complete. */
  readonly rewrites: boolean
  #sums: BatchSums = { lines: 0, model: '', usage: NO_USAGE, money: 0 }
  #number = 0
  /** The end user of the first line. */
  #first: Pick<CheckedLine, 'user'> | undefined
  /** By kind and id. */
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

  /** What lines have named since the last call, each once. */
  takeNamed(): LineName[] {
    const named = [...this.#named.values()]
    this.#named.clear()
    return named
  }

  /**
   * Takes the next bytes of the file.
   *
   * @returns what goes upstream: the same bytes or, if lines may be changed, the lines that are complete.
   * @throws GatewayError for a line that may not go upstream.
   */
  push(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    const checked = this.#lines.push(bytes).map((line) => this.#check(line))
    if (this.#lines.pendingBytes > MAX_BATCH_LINE_BYTES) throw tooLong(this.#number + 1)
    return this.rewrites ? checked : [bytes]
  }

  /** To be called after the last bytes; returns and throws as `push`. */
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
  return new GatewayError(
    'invalid',
    `Line ${number}: longer than 6 MB, the most that a line of a batch may have.`,
  )
}
