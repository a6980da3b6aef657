import { describe, expect, it } from 'vitest'
import { gitlabUpload, isGithubUpload, picturesIn } from '../../../src/hooks/events/picture-links.ts'

const A = 'https://github.com/user-attachments/assets/0bec7adc-52c5-432f-bca7-c9a3186649b4'
const B = 'https://github.com/o/r/assets/1826685/24e5782e-2045'

describe('the pictures of a comment', () => {
  it('Pictures are found in Markdown and HTML, in their order and each once.', () => {
    const text = `See <img width="10" alt="Image" src="${B}" />\n![a "b"](${A}) and ![again](<${A}> "title")`
    expect(picturesIn(text, isGithubUpload)).toEqual([
      { name: '', source: B },
      { name: 'again', source: A },
    ])
  })

  it.each([
    ['a picture on another host', '![x](https://evil.example/user-attachments/assets/1)'],
    ['a host that begins like GitHub', '![x](https://github.com.evil.example/user-attachments/assets/1)'],
    ['a user name in the address', '![x](https://github.com@evil.example/user-attachments/assets/1)'],
    ['another page of GitHub', '![x](https://github.com/settings/tokens)'],
    ['a path that climbs', `![x](https://github.com/o/r/assets/../../../settings)`],
    ['plain http', `![x](${A.replace('https', 'http')})`],
    ['a link', `[x](${A})`],
    ['code that is never closed', `![${'['.repeat(50_000)}`],
    ['a tag that is never closed', '<img '.repeat(20_000)],
  ])('Pictures do not include %s.', (_, text) => {
    expect(picturesIn(text, isGithubUpload)).toEqual([])
  })

  it.each([
    [
      '/uploads/66dbcd21ec5d24ed6ea225176098d52b/dk.png',
      { secret: '66dbcd21ec5d24ed6ea225176098d52b', file: 'dk.png' },
    ],
    [
      'https://gitlab.com/-/project/5/uploads/66dbcd21ec5d24ed6ea225176098d52b/a%20b.png',
      { secret: '66dbcd21ec5d24ed6ea225176098d52b', file: 'a%20b.png' },
    ],
    ['/uploads/66dbcd21ec5d24ed6ea225176098d52b/../x', undefined],
    ['/uploads/66dbcd21ec5d24ed6ea225176098d52b/..', undefined],
    ['/uploads/short/dk.png', undefined],
    ['https://evil.example/x.png', undefined],
  ])('An upload to GitLab is read from %s.', (address, expected) => {
    expect(gitlabUpload(address)).toEqual(expected)
  })
})
