import type { Reply } from '../../play/reply.ts'
import { sentHeaders } from '../../play/wire.ts'
import { formatNumber, texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { CopyButton } from '../../ui/controls.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { download } from '../../ui/download.ts'

/** Maximum rows of the table; the download has all of them. */
const MAX_ROWS = 500

/** Shown instead of the credential, since the view may be copied and shown to others. */
const MASKED_KEY = '••••••••'

/** The wire: request, response headers, and every event with its time. */
export function RawDialog({ reply, onClose }: { reply: Reply; onClose: () => void }) {
  const { play, common } = texts()
  const { events, request } = reply
  const whole = () => events.map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`).join('')
  return (
    <Dialog title={play.rawEvents} isWide onClose={onClose}>
      <div class="row">
        <CopyButton text={whole} />
        <button type="button" class="quiet" onClick={() => download('events.txt', 'text/plain', whole())}>
          {common.download}
        </button>
      </div>
      <div class="pairs">
        <section>
          <h3>{play.requestHead}</h3>
          <CodeBlock
            text={`POST ${request.path}\n${lines(Object.entries(sentHeaders(request, MASKED_KEY)))}`}
          />
        </section>
        <section>
          <h3>{play.responseHead}</h3>
          <CodeBlock text={lines(reply.headers.value ?? [])} />
        </section>
      </div>
      <h3>{play.requestBody}</h3>
      <CodeBlock text={JSON.stringify(request.body, shorten, 2)} />
      <table>
        <thead>
          <tr>
            <th class="number">{play.columnTime}</th>
            <th>{play.columnEvent}</th>
            <th>{play.columnData}</th>
            <th class="number">{play.columnSize}</th>
          </tr>
        </thead>
        <tbody>
          {events.slice(0, MAX_ROWS).map(({ atMs, event, data }, position) => (
            <tr key={position}>
              <td class="number">{formatNumber(Math.round(atMs))}</td>
              <td>{event}</td>
              <td class="wire">{data}</td>
              <td class="number">{formatNumber(data.length)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  )
}

function lines(headers: Iterable<readonly [string, string]>): string {
  return Array.from(headers, ([name, value]) => `${name}: ${value}`).join('\n')
}

/** Shortens images in base64, which may have megabytes. */
export function shorten(_: string, value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('data:') && value.length > 200
    ? `${value.slice(0, 80)}…`
    : value
}
