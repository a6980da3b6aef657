import { useState } from 'preact/hooks'
import { signInAsOperator } from '../../state/arrival.ts'
import { operator } from '../../state/credentials.ts'
import { texts } from '../../texts/texts.ts'
import { Failure, SecretField } from '../../ui/controls.tsx'

/** Whether the operator's session may change things. */
export function mayWrite(): boolean {
  return operator.value?.scope === 'all'
}

/** Asks for ADMIN_TOKEN again if a session is read-only. */
export function WriteAccess() {
  const { keys, door } = texts()
  const [token, setToken] = useState('')
  const [failure, setFailure] = useState<unknown>()
  if (mayWrite()) return null
  const allow = async (event: Event) => {
    event.preventDefault()
    try {
      await signInAsOperator(token.trim(), 'all')
    } catch (thrown) {
      setFailure(thrown)
    }
  }
  return (
    <details class="notice">
      <summary>{keys.readOnly}</summary>
      <form class="stack" onSubmit={allow}>
        <SecretField label={door.adminToken} hint={door.adminTokenHint} value={token} onInput={setToken} />
        {failure ? <Failure failure={failure} /> : null}
        <button type="submit" disabled={token.trim() === ''}>
          {keys.allow}
        </button>
      </form>
    </details>
  )
}
