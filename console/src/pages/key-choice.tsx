import type { KeyRecord } from '../gateway/shapes.ts'
import { operator } from '../state/credentials.ts'
import { route, setQuery } from '../state/route.ts'
import { texts } from '../texts/texts.ts'
import { Field } from '../ui/controls.tsx'
import { useAsk } from '../ui/use-ask.ts'

/** All keys, if the operator is signed in. */
export function useKeys(): readonly KeyRecord[] {
  const path = operator.value ? '/edge/keys' : undefined
  return useAsk<{ keys: KeyRecord[] }>(path, 'operator').data?.keys ?? []
}

/**
 * The selection of a key, stored in the URL.
 *
 * @param props.none the label without a key: "all keys", or "—" if a page shows one key at a time.
 */
export function KeyChoice({ keys, none }: { keys: readonly KeyRecord[]; none: string }) {
  const { overview } = texts()
  return (
    <Field label={overview.key}>
      {(id) => (
        <select
          id={id}
          value={route.value.query.get('key') ?? ''}
          onChange={(event) => setQuery({ key: event.currentTarget.value })}
        >
          <option value="">{none}</option>
          {keys.map(({ id: key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
