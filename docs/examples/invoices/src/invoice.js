import { sum } from './money.js'

/** A line: { text, quantity, price (cents), vat (percent) }. */
export function subtotal(invoice) {
  return sum(invoice.lines.map((line) => line.quantity * line.price))
}

export function total(invoice) {
  return sum(invoice.lines.map((line) => Math.round(line.quantity * line.price * (1 + line.vat / 100))))
}
