/** A piece of what a person sends. */
export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'image' | 'audio' | 'video'; name: string; url: string }
  /** A document that was uploaded; models that read files know it by this id. */
  | { kind: 'file'; name: string; fileId: string }

/** A function that the model wants to be called. */
export interface ToolCall {
  id: string
  name: string
  /** JSON as the model wrote it. */
  arguments: string
}

/** A turn of a conversation in a form from which each dialect is made. */
export type Message =
  | { role: 'user'; parts: Part[] }
  | { role: 'assistant'; text: string; thinking: string; calls: ToolCall[] }
  | { role: 'tool'; callId: string; name: string; text: string }

/** The texts of a message, without what is attached to it. */
export function textOf(message: Message): string {
  if (message.role !== 'user') return message.text
  return message.parts
    .filter((part) => part.kind === 'text')
    .map(({ text }) => text)
    .join('\n')
}

/** The documents of a conversation, each once. */
export function fileIdsOf(messages: readonly Message[]): string[] {
  const ids = messages.flatMap((message) =>
    message.role === 'user'
      ? message.parts.flatMap((part) => (part.kind === 'file' ? [part.fileId] : []))
      : [],
  )
  return [...new Set(ids)]
}

/** Whether a conversation needs a model that sees or hears. */
export function hasMedia(messages: readonly Message[]): boolean {
  return messages.some(
    (message) =>
      message.role === 'user' && message.parts.some(({ kind }) => kind !== 'text' && kind !== 'file'),
  )
}
