import type { Attachment } from './event.ts'

/** `![alternative text](URL "title")`; the bounds prevent quadratic backtracking on hostile texts. */
const MARKDOWN = /!\[([^\]\n]{0,200})\]\(\s{0,9}<?([^\s()<>]{1,2000})/g

/** `<img … src="URL">`, which GitHub writes for an uploaded image with its size. */
const HTML = /<img\s[^<>]{0,1000}?\bsrc=["']([^"'<>\s]{1,2000})["']/gi

/**
 * The images in a Markdown comment, in order and without duplicates.
 *
 * @param isOwn whether a URL is on the platform itself. Images on other hosts are skipped: authors of comments must
 *   not choose what the gateway fetches.
 */
export function picturesIn(markdown: string, isOwn: (address: string) => boolean): Attachment[] {
  const found = [
    ...Array.from(markdown.matchAll(MARKDOWN), ({ index, 1: name = '', 2: source = '' }) => ({
      index,
      name,
      source,
    })),
    ...Array.from(markdown.matchAll(HTML), ({ index, 1: source = '' }) => ({ index, name: '', source })),
  ].toSorted((one, other) => one.index - other.index)
  const pictures = new Map<string, Attachment>()
  for (const { name, source } of found) if (isOwn(source)) pictures.set(source, { name, source })
  return [...pictures.values()]
}

/** Whether a URL is an upload to GitHub, which redirects to a signed URL of GitHub's storage. */
export function isGithubUpload(address: string): boolean {
  const upload =
    /^https:\/\/(?:github\.com\/(?:user-attachments|[\w.-]+\/[\w.-]+)\/assets\/[\w/-]+|user-images\.githubusercontent\.com\/[\w./-]+)$/
  return upload.test(address) && !address.includes('..')
}

/** An upload to GitLab ("Project Markdown uploads"): the secret and the file name in its URL. */
export function gitlabUpload(address: string): { secret: string; file: string } | undefined {
  const [, secret, file] = /\/uploads\/([0-9a-f]{32})\/([^/?#\\]{1,255})$/.exec(address) ?? []
  return secret === undefined || file === undefined || file === '..' ? undefined : { secret, file }
}
