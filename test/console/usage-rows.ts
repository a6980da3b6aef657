/** A report over 400 days and 8 models, as the API gives it. */
export function yearOfUsage() {
  const today = Date.now()
  const rows = Array.from({ length: 400 * 8 }, (_, index) => ({
    day: new Date(today - Math.floor(index / 8) * 86_400_000).toISOString().slice(0, 10),
    model: `model-${index % 8}`,
    user: `user-${index % 8}`,
    ...measures(index),
  }))
  const total = measures(0)
  for (const row of rows) for (const name of MEASURES) total[name] += row[name]
  return { from: '', to: '', currency: 'CNY', group_by: ['day', 'model'], rows, total }
}

const MEASURES = Object.keys(measures(0)) as (keyof ReturnType<typeof measures>)[]

function measures(index: number) {
  const requests = (index * 37) % 1000
  return {
    requests,
    input_tokens: (index * 91) % 100_000,
    output_tokens: (index * 53) % 50_000,
    money: ((index * 13) % 100) / 10,
    cache_hits: Math.floor(requests / 5),
    saved_money: ((index * 13) % 100) / 50,
    refused: index % 3,
    broken: index % 2,
    unpriced: 0,
  }
}
