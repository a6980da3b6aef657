const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/**
 * A duration for an error message: `1 second`, `90 seconds`, `12 hours 54 minutes`.
 *
 * @param seconds rounded up.
 * @returns at most two units; up to two minutes in seconds.
 */
export function durationText(seconds: number): string {
  let rest = Math.ceil(seconds)
  if (rest <= 120) return counted(rest, 'second')
  const parts: string[] = []
  for (const [unit, size] of UNITS) {
    const amount = Math.floor(rest / size)
    if (amount === 0 && parts.length === 0) continue
    if (amount > 0) parts.push(counted(amount, unit))
    rest -= amount * size
    if (parts.length === 2) break
  }
  return parts.join(' ')
}

function counted(amount: number, unit: string): string {
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}
