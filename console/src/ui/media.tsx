import { texts } from '../texts/texts.ts'

/** Whether a URL contains its data, so that showing it asks no other server. */
export function isLocal(url: string): boolean {
  return /^(?:data|blob):/.test(url)
}

/**
 * An image, audio or video that a user attached or a model generated; there are no captions for it. A remote one is not
 * loaded, since its server would learn of it.
 */
export function Media(props: { kind: 'image' | 'audio' | 'video'; url: string; name: string }) {
  const { kind, url, name } = props
  const { play } = texts()
  const label = name || play[kind]
  if (!isLocal(url)) {
    const { host = '', protocol = '' } = URL.parse(url) ?? {}
    const isWeb = /^https?:$/.test(protocol)
    return (
      <a
        class="image-not-loaded"
        {...(isWeb && { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' })}
      >
        {play.notLoaded(play[kind], host || url)}
      </a>
    )
  }
  if (kind === 'image') return <img class="thumbnail" src={url} alt={label} />
  // biome-ignore lint/a11y/useMediaCaption: attached by its viewer, without captions
  if (kind === 'audio') return <audio controls src={url} aria-label={label} />
  // biome-ignore lint/a11y/useMediaCaption: attached by its viewer, without captions
  return <video controls src={url} aria-label={label} />
}
