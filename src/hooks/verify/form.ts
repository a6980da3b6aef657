import { askSiteverify } from '../../auth/turnstile.ts'
import type { Config } from '../../config.ts'
import { misconfigured } from '../../errors.ts'
import { equalTexts } from '../../lib/hmac.ts'
import { parseObject } from '../../lib/json/object.ts'
import { bytesOf, textOf } from '../../lib/json/utf8.ts'
import { matchesOrigin } from '../../policy/origins.ts'
import { INVALID, type SignedRequest, type Verified } from './verified.ts'

/** The pages of a form, and where its sender is redirected. */
export interface FormSettings {
  /** Origins of the pages with the form. */
  origins: readonly string[]
  /** The page that a browser is redirected to; null: the response is JSON. */
  redirect: string | null
}

/** The field that Turnstile's widget adds to a form. */
const TURNSTILE_FIELD = 'cf-turnstile-response'

/**
 * Verifies a form: on a page by Turnstile; from a server by the secret in the hook's URL, which pages must not
 * contain. The response of the widget is removed from the event.
 *
 * @throws GatewayError `unavailable` if Turnstile fails, `internal` without TURNSTILE_SECRET.
 */
export async function verifyForm(
  { url, header, body }: SignedRequest,
  { secret, turnstile }: { secret?: string; turnstile?: string },
  form: FormSettings | null,
  config: Pick<Config, 'turnstileSecret' | 'turnstileVerifyUrl'>,
): Promise<Verified> {
  if (turnstile === undefined) {
    const sent = url.searchParams.getAll('secret')
    if (secret === undefined || sent.length !== 1) return INVALID
    return (await equalTexts(sent[0] ?? '', secret)) ? { kind: 'event', body } : INVALID
  }
  const { response, rest } = takeResponse(body, header('content-type') ?? '')
  if (response === '') return INVALID
  if (config.turnstileSecret === undefined) throw misconfigured('the form', 'needs TURNSTILE_SECRET')
  const verdict = await askSiteverify({
    url: config.turnstileVerifyUrl,
    secret: config.turnstileSecret,
    response,
    address: header('cf-connecting-ip') ?? null,
  })
  return verdict.success === true && isOnPage(verdict.hostname, form)
    ? { kind: 'event', body: rest }
    : INVALID
}

/** A sitekey works on any page that its owner allows, so the host must be one of the hook's. */
function isOnPage(hostname: unknown, form: FormSettings | null): boolean {
  if (typeof hostname !== 'string' || !form) return false
  return ['https', 'http'].some((scheme) => matchesOrigin(form.origins, `${scheme}://${hostname}`))
}

/** Removes the response of the widget from the fields. */
function takeResponse(
  body: Uint8Array<ArrayBuffer>,
  type: string,
): { response: string; rest: Uint8Array<ArrayBuffer> } {
  if (isFormType(type)) {
    const fields = new URLSearchParams(textOf(body))
    const response = fields.get(TURNSTILE_FIELD) ?? ''
    fields.delete(TURNSTILE_FIELD)
    return { response, rest: bytesOf(fields.toString()) }
  }
  const { [TURNSTILE_FIELD]: response, ...rest } = parseObject(textOf(body)) ?? {}
  return { response: typeof response === 'string' ? response : '', rest: bytesOf(JSON.stringify(rest)) }
}

/** Whether a media type is one that browsers send for `<form>`. */
export function isFormType(type: string | undefined): boolean {
  return type?.startsWith('application/x-www-form-urlencoded') ?? false
}
