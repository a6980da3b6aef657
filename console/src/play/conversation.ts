/** A part of a user's message. */
export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'image' | 'audio' | 'video'; name: string; url: string }
  /** A document that was uploaded; models that read files refer to it by this id. */
  | { kind: 'file'; name: string; fileId: string }

/** A function call requested by the model. */
export interface ToolCall {
  id: string
  name: string
  /** The JSON text written by the model. */
  arguments: string
}

/** A message of a conversation, independent of the dialect. */
export type Message =
  | { role: 'user'; parts: Part[] }
  | { role: 'assistant'; text: string; thinking: string; calls: ToolCall[] }
  | { role: 'tool'; callId: string; name: string; text: string }

/** The text of a message, without attachments. */
export function textOf(message: Message): string {
  if (message.role !== 'user') return message.text
  return message.parts
    .filter((part) => part.kind === 'text')
    .map(({ text }) => text)
    .join('\n')
}

/** The documents of a conversation, without duplicates. */
export function fileIdsOf(messages: readonly Message[]): string[] {
  const ids = messages.flatMap((message) =>
    message.role === 'user'
      ? message.parts.flatMap((part) => (part.kind === 'file' ? [part.fileId] : []))
      : [],
  )
  return [...new Set(ids)]
}

/** Whether a conversation needs a model with image or audio input. */
export function hasMedia(messages: readonly Message[]): boolean {
  return messages.some(
    (message) =>
      message.role === 'user' && message.parts.some(({ kind }) => kind !== 'text' && kind !== 'file'),
  )
}
