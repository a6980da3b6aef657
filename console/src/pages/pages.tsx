import type { ComponentType } from 'preact'
import { useEffect, useErrorBoundary, useState } from 'preact/hooks'
import { clientKey, operator } from '../state/credentials.ts'
import type { Texts } from '../texts/en/index.ts'
import { texts } from '../texts/texts.ts'
import { Door } from './door.tsx'

export type PageName = keyof Texts['frame']['pages']

export interface PageEntry {
  name: PageName
  /** Only for the operator. */
  isForOperator: boolean
  /** Needs no credential. */
  isOpen?: boolean
  /** Works only with a client key. */
  needsKey?: boolean
  load: () => Promise<ComponentType>
}

const later = () => import('./later.ts')

/** Every page, in the order of the navigation. The playground is a separate script, and the other pages share one. */
export const PAGES: readonly PageEntry[] = [
  {
    name: 'play',
    isForOperator: false,
    needsKey: true,
    load: async () => (await import('./play/play.tsx')).Play,
  },
  { name: 'usage', isForOperator: false, needsKey: true, load: async () => (await later()).Usage },
  { name: 'overview', isForOperator: true, load: async () => (await later()).Overview },
  { name: 'keys', isForOperator: true, load: async () => (await later()).Keys },
  { name: 'requests', isForOperator: false, load: async () => (await later()).Requests },
  { name: 'jobs', isForOperator: false, load: async () => (await later()).Jobs },
  { name: 'hooks', isForOperator: false, load: async () => (await later()).Hooks },
  { name: 'doctor', isForOperator: true, load: async () => (await later()).Doctor },
  { name: 'api', isForOperator: false, isOpen: true, load: async () => (await later()).Api },
]

/** A page, or the sign-in form if its credential is missing. */
export function Page({ page }: { page: PageEntry }) {
  const isAllowed =
    page.isOpen ||
    (page.isForOperator ? operator.value !== undefined : false) ||
    (page.needsKey
      ? clientKey.value !== undefined
      : clientKey.value !== undefined || operator.value !== undefined)
  if (!isAllowed) return <Door page={page} />
  return <Guarded key={page.name} page={page} />
}

/** If rendering a page fails, an error is shown in its place; the layout and the other pages still work. */
function Guarded({ page }: { page: PageEntry }) {
  const [error, reset] = useErrorBoundary()
  const { frame, common } = texts()
  if (error === undefined) return <Loaded page={page} />
  return (
    <div class="failure" role="alert">
      <p>
        {frame.failed} <code>{error instanceof Error ? error.message : String(error)}</code>
      </p>
      <button type="button" onClick={reset}>
        {common.retry}
      </button>
    </div>
  )
}

function Loaded({ page }: { page: PageEntry }) {
  const [loaded, setLoaded] = useState<{ Component?: ComponentType; isGone: boolean }>({ isGone: false })
  useEffect(() => {
    page
      .load()
      .then((Component) => setLoaded({ Component, isGone: false }))
      .catch(() => setLoaded({ isGone: true }))
  }, [page])
  const { frame, common } = texts()
  if (loaded.isGone) {
    return (
      <div class="failure" role="alert">
        <p>{frame.newVersion}</p>
        <button type="button" onClick={() => location.reload()}>
          {frame.reload}
        </button>
      </div>
    )
  }
  const { Component } = loaded
  return Component ? <Component /> : <p aria-busy="true">{common.loading}</p>
}
