import assert from 'node:assert/strict'
import { test } from 'node:test'
import { subtotal, total } from '../src/invoice.js'

const invoice = {
  lines: [
    { text: 'Desk', quantity: 1, price: 24900, vat: 19 },
    { text: 'Book', quantity: 2, price: 1500, vat: 7 },
  ],
}

test('adds up the lines', () => {
  assert.equal(subtotal(invoice), 27900)
})

test('adds VAT to the total', () => {
  assert.equal(total(invoice), 32841)
})

test('an empty invoice costs nothing', () => {
  assert.equal(total({ lines: [] }), 0)
})
