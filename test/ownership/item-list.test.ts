import { describe, expect, it } from 'vitest'
import { listOwnItems } from '../../src/ownership/item-list.ts'

/** A list over so many files, of which the named ones have a purpose of their own, and others are gone. */
async function list(
  count: number,
  limit: number,
  { batch = [], gone = [], after = -1 }: { batch?: number[]; gone?: number[]; after?: number } = {},
) {
  let asked = 0
  let atOnce = 0
  let most = 0
  const page = await listOwnItems(after < 0 ? undefined : String(after), limit, {
    items: async (from, size) =>
      Array.from({ length: count }, (_, id) => ({ id: String(id), home: '' })).slice(
        from === undefined ? 0 : Number(from) + 1,
        (from === undefined ? 0 : Number(from) + 1) + size,
      ),
    read: async ({ id }) => {
      asked++
      most = Math.max(most, ++atOnce)
      await Promise.resolve()
      atOnce--
      return gone.includes(Number(id))
        ? undefined
        : { id, purpose: batch.includes(Number(id)) ? 'batch' : 'x' }
    },
    belongs: (file) => batch.length === 0 || file.purpose === 'batch',
  })
  return { ids: page.data.map(({ id }) => Number(id)), hasMore: page.has_more, asked, most }
}

describe('listOwnItems', () => {
  it.each([
    [0, 20, [], false],
    [3, 20, [0, 1, 2], false],
    [3, 3, [0, 1, 2], false],
    [3, 2, [0, 1], true],
  ])('Lists of %i files are read in pages of %i', async (count, limit, ids, hasMore) => {
    expect(await list(count, limit)).toMatchObject({ ids, hasMore, asked: ids.length })
  })

  it('Six items are requested at once.', async () => {
    expect(await list(20, 20)).toMatchObject({ asked: 20, most: 6 })
  })

  it('Files that do not belong to the caller are skipped until the page is full.', async () => {
    expect(await list(50, 2, { batch: [10, 20, 30] })).toMatchObject({ ids: [10, 20], hasMore: true })
    expect(await list(50, 2, { batch: [10, 20, 30], after: 20 })).toMatchObject({ ids: [30], hasMore: false })
  })

  it('Files that are gone are replaced by others.', async () => {
    expect(await list(5, 3, { gone: [0, 2] })).toMatchObject({ ids: [1, 3, 4], hasMore: false })
  })

  it('At most a hundred files are examined, and the list says that there are more.', async () => {
    expect(await list(150, 2, { batch: [5, 120] })).toMatchObject({ ids: [5], hasMore: true, asked: 100 })
    expect(await list(150, 2, { batch: [5, 120], after: 5 })).toMatchObject({
      ids: [],
      hasMore: true,
      asked: 100,
    })
    expect(await list(100, 2, { batch: [99] })).toMatchObject({ ids: [99], hasMore: false, asked: 100 })
  })
})
