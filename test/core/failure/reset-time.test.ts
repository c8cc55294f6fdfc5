import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readResetTime } from '../../../core/failure/reset-time.ts'

const test = suite('when a limit is over')
const now = Date.parse('2026-03-01T12:00:00Z')
const read = (text: string, at = now) => {
  const time = readResetTime(text, at, 'UTC')
  return time === undefined ? undefined : new Date(time).toISOString().slice(0, 19)
}

for (const [text, expected] of [
  ['Claude AI usage limit reached|1772377200', '2026-03-01T15:00:00'],
  ['"rate_limit_info":{"status":"rejected","resetsAt":1772377200,"rateLimitType":"five_hour"}', '2026-03-01T15:00:00'],
  ['You’ve hit your limit; it resets 2026-03-02T06:00:00Z', '2026-03-02T06:00:00'],
  ["You've hit your session limit · resets 9pm (Europe/Lisbon)", '2026-03-01T21:00:00'],
  ["You've hit your session limit · resets 11:20am (Europe/Berlin)", '2026-03-02T10:20:00'],
  ["You've hit your weekly limit · resets Mar 3, 7:30am (America/Chicago)", '2026-03-03T13:30:00'],
  ["You've hit your session limit · resets 6pm (Asia/Tokyo) · /upgrade to Max", '2026-03-02T09:00:00'],
  ["You've hit your usage limit. Upgrade to Pro or try again in 3 hours 4 minutes.", '2026-03-01T15:04:00'],
  ["You've hit your usage limit. Try again in 1 days 3 hours 22 minutes.", '2026-03-02T15:22:00'],
  ['or try again at 9:12 PM.', '2026-03-01T21:12:00'],
  ['try again at Mar 5th, 2026 9:12 PM.', '2026-03-05T21:12:00'],
  ['Please try again in 4.036s. Visit https://platform.openai.com/account/rate-limits to learn more', '2026-03-01T12:00:04'],
  ['Please retry in 34.0s', '2026-03-01T12:00:34'],
  ['"retryDelay": "90s"', '2026-03-01T12:01:30'],
  ['retry-after: 30', '2026-03-01T12:00:30'],
  ['try again in a moment. If it persists, check https://status.claude.com.', undefined],
  ['resets Mar 3, 2020 7am (UTC)', undefined],
  ['there is nothing to reset', undefined],
  ['resets 40 days', undefined],
] as const) test(text, () => assert.is(read(text), expected))

test('after December comes January', () => assert.is(read('resets Jan 2, 7am (UTC)', Date.parse('2026-12-30T00:00:00Z')), '2027-01-02T07:00:00'))

test('a zone that nobody knows is none', () => assert.is(read('resets 9pm (Middle/Earth)'), '2026-03-01T21:00:00'))

test.run()
