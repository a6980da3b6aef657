/** A value and its rank. */
export interface HeapItem<Value> {
  rank: number
  value: Value
}

/** A binary heap: the item with the lowest rank comes first; adding and taking cost O(log n). */
export type Heap<Value> = HeapItem<Value>[]

/** Adds a value. */
export function push<Value>(heap: Heap<Value>, rank: number, value: Value): void {
  let at = heap.push({ rank, value }) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (rankAt(heap, parent) <= rank) return
    swap(heap, at, parent)
    at = parent
  }
}

/** Removes and returns the item with the lowest rank. */
export function pop<Value>(heap: Heap<Value>): HeapItem<Value> | undefined {
  if (heap.length < 2) return heap.pop()
  swap(heap, 0, heap.length - 1)
  const first = heap.pop()
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    const lower = rankAt(heap, right) < rankAt(heap, left) ? right : left
    if (rankAt(heap, lower) >= rankAt(heap, at)) return first
    swap(heap, at, lower)
    at = lower
  }
}

function rankAt<Value>(heap: Heap<Value>, index: number): number {
  return heap[index]?.rank ?? Number.POSITIVE_INFINITY
}

function swap<Value>(heap: Heap<Value>, one: number, other: number): void {
  const [first, second] = [heap[one], heap[other]]
  if (first && second) [heap[one], heap[other]] = [second, first]
}
