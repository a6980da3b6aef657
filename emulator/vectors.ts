import { digest } from './digest.ts'

/** No embedding model of DashScope has more; without an end to it, a request could ask for more than memory holds. */
const LARGEST_DIMENSION = 4096

/**
 * Takes a text and a dimension; returns a vector of length 1 that is the same for the same text, with six decimals.
 * It stands for nothing: like texts are no nearer to each other than unlike ones.
 */
export function vectorOf(text: string, dimension: number): number[] {
  let state = digest(text)
  const raw = Array.from({ length: Math.min(dimension, LARGEST_DIMENSION) }, () => {
    // xorshift32 (Marsaglia 2003): enough of a spread for numbers that only have to differ.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 31 - 1
  })
  const length = Math.hypot(...raw) || 1
  return raw.map((value) => Math.round((value / length) * 1e6) / 1e6)
}

/** Takes a vector; returns its little-endian float32 bytes in Base64, as OpenAI's `encoding_format: "base64"` asks. */
export function vectorInBase64(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true)
  let bytes = ''
  for (let offset = 0; offset < view.byteLength; offset++) bytes += String.fromCharCode(view.getUint8(offset))
  return btoa(bytes)
}

/** Takes an embedding model's name; returns the dimension it uses when none is asked for. */
export function defaultDimension(model: string): number {
  return /-v[12]$/.test(model) ? 1536 : 1024
}

/** Takes an embedding model's name; returns how many texts one request may hold. */
export function batchLimit(model: string): number {
  return /-v[12]$/.test(model) ? 25 : 10
}
