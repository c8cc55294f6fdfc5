import assert from 'node:assert/strict'
import { dueDate } from '../../src/reminders.js'

assert.equal(dueDate('2026-03-10'), '2026-04-10')
assert.equal(dueDate('2026-01-31'), '2026-02-28', 'an invoice of 31 January is due on the last day of February')
