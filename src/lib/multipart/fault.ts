/** The error for an invalid multipart body; its message is a sentence for the sender. */
export class MultipartFault extends Error {
  override name = 'MultipartFault' as const
}
