import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { texts } from '../texts/texts.ts'

/**
 * A dialog in front of the page. The browser keeps the focus inside, closes it on Escape and restores the focus.
 *
 * @param props.isWide for tables and code; shown at the side of a wide screen.
 */
export function Dialog(props: {
  title: string
  isWide?: boolean
  onClose: () => void
  children: ComponentChildren
}) {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = element.current
    const before = document.activeElement
    dialog?.showModal()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={element}
      class={props.isWide ? 'wide' : ''}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        props.onClose()
      }}
    >
      <header>
        <h2 id={id}>{props.title}</h2>
        <button type="button" class="quiet" onClick={props.onClose}>
          {texts().common.close}
        </button>
      </header>
      <div class="dialog-body">{props.children}</div>
    </dialog>
  )
}
