/** A report over 400 days and 8 models, as the API gives it. */
export function yearOfUsage() {
  const today = Date.now()
  const measures = { cache_hits: 1, refused: 0, broken: 0, unpriced: 0, saved_money: 0 }
  const rows = Array.from({ length: 400 * 8 }, (_, index) => ({
    day: new Date(today - Math.floor(index / 8) * 86_400_000).toISOString().slice(0, 10),
    model: `model-${index % 8}`,
    requests: (index * 37) % 1000,
    input_tokens: (index * 91) % 100_000,
    output_tokens: (index * 53) % 50_000,
    money: ((index * 13) % 100) / 10,
    ...measures,
  }))
  const total = { requests: 1, input_tokens: 1, output_tokens: 1, money: 1, ...measures }
  return { from: '', to: '', currency: 'CNY', group_by: ['day', 'model'], rows, total }
}
