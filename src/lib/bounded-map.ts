/**
 * Sets an entry in a bounded map and evicts the oldest one when it is full. Callers choose most names, so every map
 * needs a limit. Maps iterate in insertion order.
 *
 * @param most the maximum number of entries.
 */
export function setBounded<Value>(
  memory: Map<string, Value>,
  name: string,
  value: Value,
  most: number,
): void {
  memory.delete(name)
  memory.set(name, value)
  if (memory.size <= most) return
  const oldest = memory.keys().next()
  if (!oldest.done) memory.delete(oldest.value)
}
