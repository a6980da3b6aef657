import { digest } from './digest.ts'

/** The largest dimension of DashScope's embedding models; without a limit, a request could exhaust memory. */
const LARGEST_DIMENSION = 4096

/**
 * A deterministic vector of length 1 for a text, with six decimals. It has no meaning: similar texts are no nearer to
 * each other than different ones.
 */
export function vectorOf(text: string, dimension: number): number[] {
  let state = digest(text)
  const raw = Array.from({ length: Math.min(dimension, LARGEST_DIMENSION) }, () => {
    // xorshift32 (Marsaglia 2003): random enough for numbers that only have to differ.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 31 - 1
  })
  const length = Math.hypot(...raw) || 1
  return raw.map((value) => Math.round((value / length) * 1e6) / 1e6)
}

/** A vector as little-endian float32 bytes in Base64, for OpenAI's `encoding_format: "base64"`. */
export function vectorInBase64(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true)
  let bytes = ''
  for (let offset = 0; offset < view.byteLength; offset++) bytes += String.fromCharCode(view.getUint8(offset))
  return btoa(bytes)
}

/** The default dimension of an embedding model. */
export function defaultDimension(model: string): number {
  return /-v[12]$/.test(model) ? 1536 : 1024
}

/** The maximum number of texts per request of an embedding model. */
export function batchLimit(model: string): number {
  return /-v[12]$/.test(model) ? 25 : 10
}
