import { useEffect } from 'preact/hooks'
import { textOf } from '../../play/conversation.ts'
import { costOf, estimateTokens, prices, readPrices } from '../../play/cost.ts'
import { sentNumbers } from '../../play/setup.ts'
import { history, setup, thread } from '../../play/thread.ts'
import { formatMoney, texts } from '../../texts/texts.ts'

/** The assumed output without `max_tokens`. */
const ASSUMED_OUTPUT_TOKENS = 500

/** The estimated cost of the next message; nothing if a model has no price. */
export function Estimate({ text }: { text: string }) {
  useEffect(() => void readPrices(), [])
  const { models, system } = setup.value
  const { max_tokens = ASSUMED_OUTPUT_TOKENS, n = 1 } = sentNumbers(setup.value)
  const list = prices.value
  if (!list || text === '') return null
  let sum = 0
  for (const [side, model] of models.entries()) {
    const before = history(thread.value, side).map(textOf).join('\n')
    const usage = {
      input: estimateTokens(`${system}\n${before}\n${text}`),
      output: max_tokens * n,
      cached: 0,
      reasoning: 0,
    }
    const cost = costOf(list, model, usage)
    if (cost === undefined) return null
    sum += cost
  }
  return <span class="muted">{texts().play.estimate(formatMoney(sum, list.currency))}</span>
}
