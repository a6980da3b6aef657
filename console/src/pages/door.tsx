import { useState } from 'preact/hooks'
import { signInAsOperator, signInWithKey } from '../state/arrival.ts'
import { endedBecause, isRemembered, operator } from '../state/credentials.ts'
import { texts } from '../texts/texts.ts'
import { Choice, Failure, SecretField } from '../ui/controls.tsx'
import { useAsk } from '../ui/use-ask.ts'

/** `GET /edge/health`, which reports whether operators can sign in by Cloudflare Access. */
interface Health {
  access?: boolean
}

type Who = 'client' | 'operator'

/** The length of a client key; a shorter one was truncated while copying. */
const KEY_CHARACTERS = 42

/** Asks for the credential of a page. */
export function Door({ page }: { page: { isForOperator: boolean; needsKey?: boolean } }) {
  const { door } = texts()
  const [who, setWho] = useState<Who>(page.isForOperator ? 'operator' : 'client')
  const [secret, setSecret] = useState('')
  const [mayChange, setMayChange] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const problem = who === 'client' ? problemOf(secret) : undefined
  const health = useAsk<Health>(who === 'operator' ? '/edge/health' : undefined).data

  const open = async (signIn: () => Promise<void>) => {
    setBusy(true)
    setFailure(undefined)
    try {
      await signIn()
    } catch (thrown) {
      setFailure(thrown)
      setBusy(false)
    }
  }
  const asOperator = (adminToken: string) => signInAsOperator(adminToken, mayChange ? 'all' : 'read')
  const submit = (event: Event) => {
    event.preventDefault()
    void open(() => (who === 'client' ? signInWithKey(secret.trim()) : asOperator(secret.trim())))
  }

  return (
    <form class="door card" onSubmit={submit} autocomplete="off">
      <h1>{door.title}</h1>
      <p class="muted">{door.intro}</p>
      {endedBecause.value ? (
        <p class="notice" role="status">
          {door.ended}
        </p>
      ) : null}
      {page.isForOperator && !operator.value ? <p class="notice">{door.needsOperator}</p> : null}
      {page.needsKey && operator.value ? <p class="notice">{door.needsKey}</p> : null}
      <Choice
        label={door.title}
        value={who}
        options={[
          ['client', door.clientKey],
          ['operator', door.operator],
        ]}
        onChange={(value) => {
          setWho(value)
          setSecret('')
          setFailure(undefined)
        }}
      />
      <SecretField
        key={who}
        label={who === 'client' ? door.clientKey : door.adminToken}
        hint={who === 'client' ? door.clientKeyHint : door.adminTokenHint}
        value={secret}
        onInput={setSecret}
        {...(problem && { problem })}
      />
      {who === 'operator' ? (
        <label class="check">
          <input
            type="checkbox"
            checked={mayChange}
            onChange={(event) => setMayChange(event.currentTarget.checked)}
          />
          <span>
            {door.scope} <small class="muted">{door.scopeHint}</small>
          </span>
        </label>
      ) : null}
      <label class="check">
        <input
          type="checkbox"
          checked={isRemembered.value}
          onChange={(event) => {
            isRemembered.value = event.currentTarget.checked
          }}
        />
        <span>
          {door.remember} <small class="muted">{door.rememberHint}</small>
        </span>
      </label>
      {failure ? <Failure failure={failure} /> : null}
      {health?.access && who === 'operator' ? (
        <button type="button" class="primary" disabled={isBusy} onClick={() => open(() => asOperator(''))}>
          {door.access}
        </button>
      ) : null}
      <button
        type="submit"
        class="primary"
        disabled={secret.trim() === '' || problem !== undefined || isBusy}
      >
        {isBusy ? door.opening : door.open}
      </button>
    </form>
  )
}

function problemOf(secret: string): string | undefined {
  const key = secret.trim()
  const { door } = texts()
  if (key === '' || 'dse_'.startsWith(key) || 'dst_'.startsWith(key)) return undefined
  if (!/^ds[et]_/.test(key)) return door.wrongPrefix
  return key.startsWith('dse_') && key.length < KEY_CHARACTERS ? door.cutShort : undefined
}
