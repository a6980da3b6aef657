/**
 * A map that forgets its oldest entry when it is full, so that long test runs and benchmarks do not exhaust the isolate's
 * memory.
 */
export class BoundedMap<Value> extends Map<string, Value> {
  readonly #most: number

  /** @param most the maximum number of entries. */
  constructor(most: number) {
    super()
    this.#most = most
  }

  override set(name: string, value: Value): this {
    super.set(name, value)
    const [oldest] = this.keys()
    if (this.size > this.#most && oldest !== undefined) this.delete(oldest)
    return this
  }
}
