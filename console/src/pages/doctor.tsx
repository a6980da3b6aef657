import type { Finding } from '../gateway/shapes.ts'
import { formatTime, texts } from '../texts/texts.ts'
import { ShowAsked } from '../ui/asked.tsx'
import { useAsk } from '../ui/use-ask.ts'

interface Health {
  status: string
  checked_at: string
  findings: Finding[]
}

const MARKS = { ok: '✓', warning: '!', error: '✗' } as const

/** The findings of the deep health check, as `npm run edge doctor` prints them. */
export function Doctor() {
  const { doctor } = texts()
  const asked = useAsk<Health>('/edge/health?deep=1', 'operator')
  return (
    <div class="stack">
      <div class="row">
        <h1 class="grow">{doctor.title}</h1>
        <button type="button" disabled={asked.isAsking} onClick={asked.reload}>
          {asked.isAsking ? doctor.checking : doctor.again}
        </button>
      </div>
      <p class="hint">{doctor.note}</p>
      <ShowAsked asked={asked}>
        {({ findings, checked_at }) => (
          <>
            <p role="status">
              {findings.every(({ ok, fix }) => ok && !fix) ? doctor.well : null}{' '}
              {doctor.checked(formatTime(checked_at))}
            </p>
            <ul class="findings">
              {findings.map((finding) => (
                <FindingView key={finding.check + finding.says} finding={finding} />
              ))}
            </ul>
          </>
        )}
      </ShowAsked>
    </div>
  )
}

function FindingView({ finding }: { finding: Finding }) {
  const { doctor } = texts()
  const level = finding.ok ? (finding.fix ? 'warning' : 'ok') : 'error'
  return (
    <li class={`card finding ${level}`}>
      <span class="mark" role="img" aria-label={doctor[level]}>
        {MARKS[level]}
      </span>
      <div>
        <strong>{finding.check}</strong>
        <p>{finding.says}</p>
        {finding.fix ? <p class="fix">→ {finding.fix}</p> : null}
      </div>
    </li>
  )
}
