/**
 * Keeps a value as the youngest of a memory, and lets the oldest go where it holds too many: callers choose most names, and
 * an isolate's memory must end somewhere. A map hands its keys out in the order they came in.
 *
 * @param most how many the memory may hold.
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
