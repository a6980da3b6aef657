const MARK = 'With the emulator it prints: '
/** Stands for anything in an expectation: ids, token counts and what a reader needn't see. */
const ANYTHING = '…'

/** Takes an example's source; returns what its comment says it prints, or undefined when the comment is missing. */
export function expectationIn(source: string): string | undefined {
  const line = source.split('\n').find((candidate) => candidate.includes(MARK))
  return line?.slice(line.indexOf(MARK) + MARK.length).trim()
}

/** Takes an expectation and all that an example printed; tells whether they agree, space around them aside. */
export function meets(expectation: string, printed: string): boolean {
  const literals = expectation.split(ANYTHING).map(escaped)
  return new RegExp(`^${literals.join('[^]*')}$`).test(printed.trim())
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
