/** Amounts are whole cents: sums stay exact. */

export function format(cents, currency = 'EUR') {
  const whole = Math.floor(cents / 100)
  const part = String(cents % 100).padStart(2, '0')
  return `${currency} ${whole}.${part}`
}

export function sum(amounts) {
  return amounts.reduce((total, amount) => total + amount, 0)
}
