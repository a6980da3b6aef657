/** What is wrong with a multipart body, as a sentence for the one who sent it. */
export class MultipartFault extends Error {
  override name = 'MultipartFault' as const
}
