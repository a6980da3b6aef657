/**
 * Anything that looks like a credential: DashScope keys (`sk-`, temporary `st-`), the gateway's own (`dse_`, `dst_`,
 * `dso_`), webhook secrets (`whsec_`) and signed tokens (`eyJ`).
 */
const CREDENTIAL = /(?<![\w-])(sk-|st-|dse_|dst_|dso_|whsec_|eyJ)[\w.+/=-]{12,}/g

/** A text with each credential cut to its prefix, for logs and error messages. */
export function maskCredentials(text: string): string {
  return text.replace(CREDENTIAL, '$1…')
}
