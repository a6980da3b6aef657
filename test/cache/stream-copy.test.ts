import { expect, it } from 'vitest'
import { copyStream, MAX_KEPT_STREAM_BYTES } from '../../src/cache/stream-copy.ts'
import { compact } from '../../src/upstream/response.ts'
import type { StreamEnding } from '../../src/upstream/watcher.ts'

function copied(chunks: readonly Uint8Array[], ending: StreamEnding): Promise<Uint8Array | undefined> {
  const { watcher, whole } = copyStream(() => undefined)
  for (const chunk of chunks) watcher.see(chunk)
  watcher.ended(ending)
  return whole
}

it('A stream that ended is copied whole.', async () => {
  expect(await copied([new Uint8Array([1, 2]), new Uint8Array([3])], 'complete')).toEqual(
    new Uint8Array([1, 2, 3]),
  )
})

it('Only the seen piece of a buffer is kept.', async () => {
  const pieces = Array.from({ length: 10 }, (_, at) =>
    new Uint8Array(new ArrayBuffer(4096), 0, at + 1).fill(at),
  )
  const seen: Uint8Array[] = []
  for (const piece of pieces) {
    const kept = compact(piece)
    expect(kept.buffer.byteLength).toBe(piece.byteLength)
    seen.push(kept)
  }
  expect(await copied(pieces, 'complete')).toEqual(new Uint8Array(seen.flatMap((piece) => [...piece])))
})

it.each(['left', 'broken'] as const)(
  'P4: A stream that did not end properly is not copied: %s',
  async (ending) => {
    expect(await copied([new Uint8Array([1])], ending)).toBeUndefined()
  },
)

it('A stream that is too long is released at once, and what follows is not kept.', async () => {
  const most = new Uint8Array(MAX_KEPT_STREAM_BYTES)
  expect(await copied([most], 'complete')).toHaveLength(MAX_KEPT_STREAM_BYTES)
  expect(await copied([most, new Uint8Array(1)], 'complete')).toBeUndefined()
  expect(await copied([most, new Uint8Array(1), new Uint8Array(1)], 'complete')).toBeUndefined()
})
