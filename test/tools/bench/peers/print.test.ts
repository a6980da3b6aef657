import { expect, it } from 'vitest'
import { markdown, plainText } from '../../../../tools/bench/peers/print.ts'
import { tablesOf } from '../../../../tools/bench/peers/tables.ts'
import { aResult } from './a-result.ts'

it('Each table of the run becomes a Markdown table with numbers aligned right.', () => {
  const text = markdown(aResult())
  expect(text.match(/^\| --- (?:\| ---: )+\|$/gm)).toHaveLength(tablesOf(aResult()).length)
  expect(text).toContain('| Portkey | 500 [450 550] | 1000 [900 1100] |\n')
  expect(text).toMatch(/^!\[[^\]]*\]\(result\.svg\)\n\n- At least 3 times/)
  expect(text).toMatch(/\n- A remark\.\n\nWritten by .*\n$/)
})

it('The terminal gets aligned columns.', () => {
  const [head = '', direct = '', own = ''] = plainText(aResult()).split('\n')
  expect(direct).toMatch(/^direct +9000 \[8100 9900\] +–$/)
  expect(head.indexOf('requests/s') + 'requests/s'.length).toBe(direct.indexOf(']') + 1)
  expect(own).toHaveLength(head.length)
})
