/** What became of one example; `note` says why it failed or was skipped. */
export interface Result {
  language: string
  example: string
  outcome: 'passed' | 'failed' | 'skipped'
  note: string
}

/** Takes all results; returns the table and, as its last line, the counts. */
export function report(results: readonly Result[]): string {
  const widths = {
    language: Math.max(...results.map(({ language }) => language.length)),
    example: Math.max(...results.map(({ example }) => example.length)),
  }
  const rows = results.map(({ language, example, outcome, note }) =>
    [language.padEnd(widths.language), example.padEnd(widths.example), outcome, firstLine(note)]
      .join('  ')
      .trimEnd(),
  )
  const count = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome).length
  const counts = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`
  return [...rows, '', counts].join('\n')
}

function firstLine(note: string): string {
  return note.split('\n')[0] ?? ''
}
