import type { Rig } from '../harness/use-gateway.ts'
import { send, type WireResponse } from '../harness/wire.ts'

export const FILES = '/compatible-mode/v1/files'
export const BOUNDARY = 'edge-boundary'

/** One part of a form as it is on the wire. */
export function part(name: string, content: string, filename?: string): string {
  const file =
    filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: application/octet-stream`
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`
}

/** A form of parts. */
export function form(...parts: string[]): string {
  return `${parts.join('')}--${BOUNDARY}--\r\n`
}

/** A line of a batch file. */
export function line(id: string, more: Record<string, unknown> = {}, model = 'qwen-plus'): string {
  const body = { model, messages: [{ role: 'user', content: 'hi' }], ...more }
  return `${JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body })}\n`
}

/** Uploads a form in pieces, or whole with its length. */
export function uploadForm(
  rig: Pick<Rig, 'gateway'>,
  key: string,
  body: string | readonly string[],
): Promise<WireResponse> {
  return send(rig.gateway.address, {
    method: 'POST',
    path: FILES,
    headers: { authorization: `Bearer ${key}`, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body,
  })
}
