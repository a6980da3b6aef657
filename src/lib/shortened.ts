/** The maximum number of characters of a caller's text that a message quotes. */
export const MAX_ECHO_CHARACTERS = 64

/** A caller's text for a message: longer ones are cut, and end with an ellipsis. */
export function shortened(text: string): string {
  return text.length > MAX_ECHO_CHARACTERS ? `${text.slice(0, MAX_ECHO_CHARACTERS)}…` : text
}
