/** Two numbers with an operator between them, and no digits, dots or slashes around that would make it a date. */
const EXPRESSION = /(?<![\d./-])(\d+(?:\.\d+)?)\s*([-+*/×÷])\s*(\d+(?:\.\d+)?)(?![-/]?\d|\.\d|-)/

/** The first calculation in a text with its result (`12*7 = 84`); undefined if there is none. */
export function solve(text: string): string | undefined {
  const solution = solutionOf(text)
  return solution && `${solution.expression} = ${solution.value}`
}

/** The first calculation in a text and its value; undefined if there is none. */
export function solutionOf(text: string): { expression: string; value: number } | undefined {
  const [expression, left, operator, right] = EXPRESSION.exec(text) ?? []
  if (expression === undefined) return undefined
  return { expression, value: calculate(Number(left), operator ?? '', Number(right)) }
}

function calculate(left: number, operator: string, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
    case '×':
      return left * right
    default:
      return left / right
  }
}
