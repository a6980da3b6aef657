/** Words to avoid, and what to write instead. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bwho(?:so)?ever\b/i, 'the noun: a caller, a client, an operator'],
  [/\bsomebody\b/i, 'the noun: a caller, another user'],
  [/\b[Nn]obody\b/, 'no caller, no client, nothing'],
  [/\bno one's\b/i, 'the noun'],
  [/(?<!there )\b(?:is|are|was|were) none\b/i, '"there is no …" or "is not a …"'],
  [/\bthat is no (?!longer|more|other|less)\w+/i, '"that is not a …"'],
  [/\blest\b/i, '"so that … not"'],
  [/\bwhence\b|\bthereof\b|\bwherein\b|\bthereby\b|\bthitherto\b|\bhitherto\b/i, 'where, of it, in which'],
  [/\bstands? (?:in(?! for\b)|at|behind|beside|on|under|above)\b/i, 'is in, is at, means'],
  [/\bhangs? on\b/i, 'depends on'],
  [/\blets? go\b/i, 'releases, evicts'],
  [/\bcomes? to its end\b/i, 'ends'],
  [/\b(?:is|are|was|were|be|been) told\b/i, 'gets, is reported, is sent'],
  [/\btold (?:to|by|as)\b/i, 'reported, chosen'],
  [/\bbeside\b/i, 'with, next to, in addition to'],
  [/\bbehind (?:it|its|which)\b/i, 'after'],
  [/\bmeans nothing here\b/i, '"is not an option" or "is not allowed here"'],
  [/\bin the clothes of\b/i, 'an error sent as …'],
  [/\bof its own accord\b|\bon its own account\b/i, 'by itself'],
  [/\bno more than a blink\b|\bby chance alone\b/i, 'the number'],
  [/\bMend\b/, 'Fix'],
  [/\bunseemly\b/i, 'invalid'],
  [/\ball the same\b/i, 'anyway, still'],
  [/\bstands? (?:twice|once|directly|as it)\b/i, 'is repeated, occurs'],
  [/\bnothing but\b/i, 'only'],
  [/\balso (?:where|when|if)\b/i, 'even if, even when'],
  [/\b(?:[Uu]ndefined|[Aa]bsent|null) where\b/, '"undefined if …"'],
]

/** Whether a file contains prose of this project: not recordings, generated results, or the list itself. */
export function isChecked(file: string): boolean {
  if (
    /^(?:scripts\/words\.ts|test\/scripts\/words\.test\.ts|test\/recordings\/|test\/seeds\/|LICENSE|docs\/zh\/|tools\/bench\/peers\/result)/.test(
      file,
    )
  ) {
    return false
  }
  return (
    /\.(?:ts|tsx|js|mjs|md|css|html|toml|yml|sh)$/.test(file) || file === '.env.example' || file === '.ci/run'
  )
}

export interface Finding {
  line: number
  words: string
  instead: string
}

/** The words to avoid in a text, with their line, counted from 1. */
export function findWords(text: string): Finding[] {
  return text.split('\n').flatMap((content, at) =>
    WORDS.flatMap(([pattern, instead]) => {
      const words = pattern.exec(content)?.[0]
      return words === undefined ? [] : [{ line: at + 1, words, instead }]
    }),
  )
}

/** Titles that are sentences begin with a capital letter, a name, a number or a value of a table. */
const SENTENCE_START = /^(?:(?:[\w, ]+: )?(?:[A-Z0-9"“%$/.{}]|[a-z]+[A-Z_-])|%)/

/** They end with a full stop, or with a value of a table. */
const SENTENCE_END = /(?:[.?…]|%[sdijo]["”)]?|\$\w+|\))$/

/** A title as the first argument of a test or of a table of tests. */
const TITLE = /(?:^\s*(?:it|test)(?:\.\w+)?\(|\]\s*\)\()\s*(['"`])(.+?)\1,/

/** Titles of tests that are not complete sentences, with their line, counted from 1. */
export function findFragments(text: string): Finding[] {
  return text.split('\n').flatMap((content, at) => {
    const title = TITLE.exec(content)?.[2]
    if (title === undefined || (SENTENCE_START.test(title) && SENTENCE_END.test(title))) return []
    return [
      { line: at + 1, words: title, instead: 'a sentence that begins with its subject and ends with "."' },
    ]
  })
}
