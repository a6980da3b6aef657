import { expect, test } from 'vitest'
import { report } from '../../examples/runner/report.ts'

test('Results are aligned, notes are kept to one line, and totals are counted.', () => {
  const text = report([
    { language: 'curl', example: 'curl/text.sh', outcome: 'passed', note: '' },
    { language: 'PHP', example: 'php/text.php', outcome: 'skipped', note: 'It needs PHP.' },
    { language: 'Go', example: 'go/text.go', outcome: 'failed', note: 'It does not compile.\ntext.go:3' },
  ])
  expect(text.split('\n')).toEqual([
    'curl  curl/text.sh  passed',
    'PHP   php/text.php  skipped  It needs PHP.',
    'Go    go/text.go    failed  It does not compile.',
    '',
    '1 passed, 1 failed, 1 skipped',
  ])
})
