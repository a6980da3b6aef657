/**
 * Anything that looks like a credential: DashScope keys (`sk-`, temporary `st-`), the gateway's own (`dse_`, `dst_`,
 * `dso_`), webhook secrets (`whsec_`) and signed tokens (`eyJ`). It begins a word, or follows an escape of JSON. What
 * precedes it is checked after the prefix was found: each line of the log is searched, and most hold none.
 */
const PREFIX = String.raw`(sk-|st-|dse_|dst_|dso_|whsec_|eyJ)(?:(?<=(?<![\w-])\1)|(?<=\\(?:[bfnrt]|u[\da-fA-F]{4})\1))`
const CREDENTIAL = new RegExp(`${PREFIX}[\\w.+/=-]{12,}`, 'g')

/** The beginning of a credential at the end of a text, too short for {@link CREDENTIAL}. */
const BEGUN_CREDENTIAL = new RegExp(`${PREFIX}[\\w.+/=-]{0,11}$`)

/** What may be the rest of a credential at the beginning of a text. */
const REST_OF_CREDENTIAL = /^[\w.+/=-]+/

/** A text with each credential cut to its prefix, for logs and error messages. */
export function maskCredentials(text: string): string {
  return text.replace(CREDENTIAL, '$1…')
}

/** The same for a text of which the beginning or the end was cut off, maybe within a credential. */
export function maskCutCredentials(text: string, missing: 'beginning' | 'end'): string {
  if (missing === 'beginning') return maskCredentials(text.replace(REST_OF_CREDENTIAL, ''))
  return maskCredentials(text).replace(BEGUN_CREDENTIAL, '$1…')
}
