import { MultipartFault } from './fault.ts'

/** The parsed headers of a part. */
export interface PartHead {
  name: string
  /** Undefined for a plain field. */
  filename?: string
  /** The media type in lower case, without parameters; undefined if the part has none. */
  type?: string
}

/** Headers that affect how a part is read; each may occur once. */
const DECISIVE = ['content-disposition', 'content-type', 'content-transfer-encoding']

/** RFC 9110 section 5.6.2. */
const HEADER = /^([!#$%&'*+\-.^_`|~\w]+):[ \t]*(.*?)[ \t]*$/

/** Encodings that leave the content as it is; some parsers decode `base64` and `quoted-printable`. */
const PLAIN_ENCODING = /^(?:7bit|8bit|binary)$/i

/**
 * A parameter of Content-Disposition (RFC 7578 section 4.2). Browsers write `%22` for a quote, so there are no
 * escapes.
 */
const PARAMETER = /;[ \t]*([\w-]+\*?)=("[^"]*"|[^\s";]+)[ \t]*/y

/**
 * Parses the headers of a part of a form.
 *
 * Parsers disagree about folded lines, repeated headers and parameters, and escapes. Headers in which they could see
 * different names are refused; clients do not write such headers.
 *
 * @param text the lines without the empty one at the end.
 * @throws MultipartFault with the reason.
 */
export function readPartHead(text: string): PartHead {
  const headers = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const [, name = '', value = ''] = HEADER.exec(line) ?? []
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
    if (name === '' || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
      throw new MultipartFault('The headers of a part of the form are malformed.')
    const key = name.toLowerCase()
    if (headers.has(key) && DECISIVE.includes(key))
      throw new MultipartFault(`A part of the form has the header ${name.slice(0, 40)} twice.`)
    headers.set(key, value)
  }
  const encoding = headers.get('content-transfer-encoding')
  if (encoding !== undefined && !PLAIN_ENCODING.test(encoding))
    throw new MultipartFault('The parts of the form must not have a Content-Transfer-Encoding. Send bytes.')
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1)
  const head = readDisposition(headers.get('content-disposition') ?? '')
  return type === '' ? head : { ...head, type: type.trim().toLowerCase() }
}

function readDisposition(value: string): PartHead {
  const parameters = new Map<string, string>()
  const [type = ''] = value.split(';', 1)
  PARAMETER.lastIndex = type.length
  let end = type.length
  for (let match = PARAMETER.exec(value); match; match = PARAMETER.exec(value)) {
    const [, key = '', quoted = ''] = match
    const name = key.toLowerCase()
    if (parameters.has(name)) throw unreadable()
    parameters.set(name, quoted.replace(/^"|"$/g, ''))
    end = PARAMETER.lastIndex
  }
  const name = parameters.get('name')
  const isPlain = [...parameters.values()].every((each) => !each.endsWith('\\'))
  if (type.trim().toLowerCase() !== 'form-data' || name === undefined || name.includes('\\'))
    throw unreadable()
  if (end !== value.length || !isPlain || parameters.has('name*')) throw unreadable()
  const filename = parameters.get('filename') ?? parameters.get('filename*')
  return filename === undefined ? { name } : { name, filename }
}

function unreadable(): MultipartFault {
  return new MultipartFault(
    'Each part of the form needs one header like: Content-Disposition: form-data; name="purpose"',
  )
}
