import { describe, expect, it } from 'vitest'
import { readGeneric } from '../../../src/hooks/events/generic.ts'
import { readGithub } from '../../../src/hooks/events/github.ts'
import { readGitlab } from '../../../src/hooks/events/gitlab.ts'
import { essence, payload } from './payload.ts'

const github = (event: string, body: object) =>
  readGithub(payload(body, { 'x-github-event': event, 'x-github-delivery': 'delivery-1' }))

const comment = {
  action: 'created',
  comment: { id: 7, body: 'What does this do?', html_url: 'https://github.com/o/r/issues/3#c7' },
  issue: { number: 3, title: 'A question' },
  repository: { full_name: 'o/r' },
  sender: { login: 'octocat', type: 'User' },
}

describe('GitHub', () => {
  it('A new comment on GitHub is read.', () => {
    const reading = github('issue_comment', comment)
    expect(essence(reading)).toEqual({
      id: 'delivery-1',
      kind: 'github',
      type: 'issue_comment.created',
      text: 'What does this do?',
      user: { id: 'octocat', name: 'octocat', bot: false },
      chat: { id: 'o/r#3', type: 'issue', name: 'A question' },
      thread: null,
      reply_to: '7',
      quoted: null,
      images: [],
      files: [],
      url: 'https://github.com/o/r/issues/3#c7',
    })
    expect(reading).toMatchObject({ dedupe: ['delivery-1', 'hash'] })
  })

  it('A new pull request is read as its title and description.', () => {
    const reading = github('pull_request', {
      ...comment,
      action: 'opened',
      pull_request: { number: 4, title: 'Fix it', body: 'As discussed.' },
    })
    expect(essence(reading)).toMatchObject({
      text: 'Fix it\n\nAs discussed.',
      chat: { id: 'o/r#4', type: 'pr' },
    })
  })

  it.each([
    ['a ping', 'ping', { zen: 'Keep it simple.' }],
    ['an edited comment', 'issue_comment', { ...comment, action: 'edited' }],
    ['a bot', 'issue_comment', { ...comment, sender: { login: 'ci', type: 'Bot' } }],
    ['our own reply', 'issue_comment', { ...comment, comment: { body: 'Yes.\n\n<!-- dashscope-edge -->' } }],
    ['a push', 'push', { ref: 'refs/heads/main' }],
  ])('Acceptance test 16: On GitHub, %s is ignored.', (_, event, body) => {
    expect(github(event, body).kind).toBe('ignored')
  })

  it('Fields of unexpected types do not cause a failure.', () => {
    for (const body of ['[]', '"x"', 'null', '{', '']) {
      expect(readGithub(payload(body, { 'x-github-event': 'issues' })).kind).toBe('malformed')
    }
    const odd = { action: 'created', comment: { id: {}, body: 5 }, issue: 'x', repository: [], sender: null }
    expect(essence(github('issue_comment', odd))).toMatchObject({ text: '', chat: { id: '#' } })
  })
})

describe('GitLab', () => {
  const note = {
    object_kind: 'note',
    user: { username: 'root', name: 'Administrator' },
    project: { id: 5 },
    object_attributes: {
      id: 9,
      note: 'Please explain.',
      action: 'create',
      discussion_id: 'd1',
      url: 'https://gitlab.example/n9',
    },
    merge_request: { iid: 2, title: 'Change' },
  }

  it('A comment on a merge request is read.', () => {
    expect(essence(readGitlab(payload(note, { 'webhook-id': 'w1' })))).toMatchObject({
      id: 'w1',
      type: 'note.create',
      text: 'Please explain.',
      user: { id: 'root', name: 'Administrator' },
      chat: { id: '5!2', type: 'pr', name: 'Change' },
      thread: 'd1',
      reply_to: '9',
    })
  })

  it('Acceptance test 16: System notes and updates are ignored.', () => {
    const { object_attributes } = note
    for (const change of [{ system: true }, { action: 'update' }]) {
      const body = { ...note, object_attributes: { ...object_attributes, ...change } }
      expect(readGitlab(payload(body)).kind).toBe('ignored')
    }
  })
})

describe('other senders', () => {
  it('An event of Stripe is identified by its id.', () => {
    const reading = readGeneric(payload({ id: 'evt_1', type: 'invoice.paid' }), 'stripe')
    expect(reading).toMatchObject({
      dedupe: ['evt_1'],
      event: { type: 'invoice.paid', raw: { id: 'evt_1' } },
    })
  })

  it('A form is read without its Turnstile response.', () => {
    const form = payload('text=hello&email=a%40b.c&cf-turnstile-response=x', {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(readGeneric(form, 'form')).toMatchObject({
      event: { text: 'hello', user: { id: 'a@b.c' }, raw: { text: 'hello', email: 'a@b.c' } },
      dedupeSeconds: 60,
    })
  })

  it('Any other text is identified by its hash or by the header that the hook names.', () => {
    expect(readGeneric(payload('plain'), 'hmac')).toMatchObject({
      dedupe: ['hash'],
      event: { text: 'plain', raw: 'plain' },
    })
    expect(readGeneric(payload('plain', { 'x-id': '9' }), 'hmac', 'x-id')).toMatchObject({ dedupe: ['9'] })
  })
})
