/**
 * A small integer for a text, as the key of a map whose values hold the text itself: two texts may have the same one.
 * With new long texts as keys, V8 would first add each to its table of names, which takes longer and fills the part of
 * its memory that is collected last.
 */
export function fingerprintOf(text: string): number {
  let fingerprint = text.length
  for (let at = 0; at < text.length; at++)
    fingerprint = (Math.imul(fingerprint, 31) + text.charCodeAt(at)) | 0
  // V8 stores integers of 31 bits without an object. The factor, from the golden ratio, spreads the last bit, which is
  // dropped, over the others.
  return Math.imul(fingerprint, 0x9e3779b1) >> 1
}
