import { expect, inject, it } from 'vitest'

const MP3_FRAME_BYTES = 104

async function resultIn(ending: string): Promise<Buffer> {
  const response = await fetch(`${inject('emulatorAddress')}/emulator/results/0.${ending}`)
  return Buffer.from(await response.arrayBuffer())
}

it('A WAV file names its real length.', async () => {
  const file = await resultIn('wav')
  expect(file.readUInt32LE(4)).toBe(file.byteLength - 8)
  expect(file.readUInt32LE(40)).toBe(file.byteLength - 44)
})

it('A file of samples is the WAV file without its header.', async () => {
  expect((await resultIn('pcm')).equals((await resultIn('wav')).subarray(44))).toBe(true)
})

it('An MP3 file consists of whole MPEG frames.', async () => {
  const file = await resultIn('mp3')
  const count = file.byteLength / MP3_FRAME_BYTES
  expect(Number.isInteger(count)).toBe(true)
  const heads = Array.from({ length: count }, (_, at) => file.readUInt32BE(at * MP3_FRAME_BYTES))
  expect(new Set(heads)).toEqual(new Set([0xfffb10c4]))
})
