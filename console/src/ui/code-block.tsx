/** A block of code or raw text that scrolls by itself. */
export function CodeBlock({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <pre tabIndex={0} class="code">
      {text}
    </pre>
  )
}

/** An image, audio or video that a user attached or a model generated; there are no captions for it. */
export function Media({ kind, url, name }: { kind: 'image' | 'audio' | 'video'; url: string; name: string }) {
  if (kind === 'image') return <img class="thumbnail" src={url} alt={name} />
  // biome-ignore lint/a11y/useMediaCaption: attached by its viewer, without captions
  if (kind === 'audio') return <audio controls src={url} aria-label={name} />
  // biome-ignore lint/a11y/useMediaCaption: attached by its viewer, without captions
  return <video controls src={url} aria-label={name} />
}
