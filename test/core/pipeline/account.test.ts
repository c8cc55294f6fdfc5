import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf, classifyBuiltIn } from '../../../core/failure/index.ts'
import { failureSchema, type Classification, type FailureInput } from '../../../core/model/failure.ts'
import { accountTrouble } from '../../../core/pipeline/account.ts'

const test = suite('trouble with the account of a builder')
const now = Date.parse('2026-03-01T12:00:00Z')

function trouble(output: string, more: Partial<FailureInput> = {}, answer: Partial<Classification> = {}, withheld: string[] = [], passed: string[] = []) {
  const failure = failureSchema.parse({ stage: 'build', class: 'builder_error', message: 'sh exited with code 1', output, causes: causesOf(output, {}), ...more })
  return accountTrouble({ failure, classification: { ...classifyBuiltIn(failure), ...answer } }, { now, withheld, passes: (name) => passed.includes(name) })
}

const codexLimit = "You've hit your usage limit. Upgrade to Pro or try again in 3 hours 4 minutes."
const overloaded = 'API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
const refused = 'API Error: 401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}'

test('a usage limit, with the time at which it is over where the tool tells it', () => {
  assert.equal(trouble(codexLimit), { type: 'limit', limit: { reason: 'Codex reached its usage limit; it resets 3 hours 4 minutes', until: Date.parse('2026-03-01T15:04:00Z') } })
  assert.equal(trouble(overloaded), { type: 'limit', limit: { reason: 'Claude Code: Overloaded' } })
  assert.is(trouble('API Error: Connection error.')?.type, 'limit', "the model's service is away")
  assert.is(trouble(codexLimit, { stage: 'guard', class: 'builder_no_change' })?.type, 'limit', 'a clean exit is no success')
})

test('what a builder names itself is believed', () => {
  assert.is(trouble('', { class: 'rate_limit' })?.type, 'limit')
  assert.is(trouble('', { class: 'network' })?.type, 'limit')
  assert.equal(trouble('', { class: 'auth', message: 'the token has expired' }), { type: 'refused', detail: "the token has expired; renew the builder's key or login" })
  const credits = 'status 429: Your prepayment credits are depleted.'
  assert.equal(trouble('', { class: 'auth', message: credits }), { type: 'refused', detail: `${credits}; add credit to the account, or let the builder use another one` })
})

test('of an unknown program only its last words count', () => {
  assert.is(trouble('working\nError: 429 Too Many Requests')?.type, 'limit')
  assert.is(trouble(`Error: 429 Too Many Requests\n${'going on\n'.repeat(30)}`), undefined)
})

test('who waited for a limit in silence until its time was over was at the limit', () => {
  const timeout = (output: string, more: Partial<FailureInput> = {}) => trouble(output, { class: 'timeout', message: 'builder command printed nothing for too long', ...more })
  assert.equal(timeout(codexLimit), { type: 'limit', limit: { reason: 'Codex reached its usage limit; it resets 3 hours 4 minutes (builder command printed nothing for too long)', until: Date.parse('2026-03-01T15:04:00Z') } })
  assert.is(timeout(`${overloaded}\n  ⎿  Retrying in 39 seconds… (attempt 10/10)`)?.type, 'limit')
  assert.equal(timeout('reading src/a.ts\nrate limited (429), waiting 600 seconds'), { type: 'limit', limit: { reason: 'rate limited (429), waiting 600 seconds (builder command printed nothing for too long)', until: now + 600_000 } })
  assert.equal(timeout('rate limited (429), retrying in 2 seconds'), { type: 'limit', limit: { reason: 'rate limited (429), retrying in 2 seconds (builder command printed nothing for too long)' } })
  assert.is(timeout('stream error: exceeded retry limit, last status: 429 Too Many Requests; retrying 2/5 in 401ms…\nstill here\n')?.type, 'limit')
  assert.is(timeout('Error: 429 Too Many Requests\n')?.type, 'limit')

  assert.is(timeout(''), undefined)
  assert.is(timeout('reading src/a.ts\nthinking'), undefined)
  assert.is(timeout(`${overloaded}\n${'editing a file\n'.repeat(8)}`), undefined, 'it got past it')
  assert.is(timeout('rate limited (429), retrying\nreading\nediting\ntesting'), undefined)
  assert.is(timeout('Error: 429 Too Many Requests\nnext'), undefined)
  assert.is(timeout('npm error code E429\nnpm error 429 Too Many Requests - GET https://registry.example/a'), undefined, 'another service')
  assert.is(timeout(refused), undefined)
  assert.is(timeout(codexLimit, { stage: 'checks' }), undefined, 'a check that printed it')
})

test('limits of other services, failures of checks and limits that the work is about are none', () => {
  assert.is(trouble('curl: (6) Could not resolve host: example.com'), undefined)
  assert.is(trouble('npm error code E429\nnpm error 429 Too Many Requests'), undefined)
  assert.is(trouble(codexLimit, { stage: 'checks', class: 'builder_error' }), undefined)
  assert.is(trouble('AssertionError: 1 !== 2'), undefined)
  assert.is(trouble(''), undefined)
})

test('a classifier of the project may say that it is a limit, and what it says to do otherwise is done', () => {
  const ours = { classifier: 'ours', class: 'rate_limit' }
  assert.is(trouble('the quota of our gateway is used up', {}, { ...ours, action: { type: 'retry', after: '60s' } })?.type, 'limit')
  assert.is(trouble('the quota of our gateway is used up', {}, { ...ours, action: { type: 'defer', until: now + 1 } }), undefined)
  assert.is(trouble(codexLimit, {}, { ...ours, class: 'ours', action: { type: 'fail' } }), undefined)
})

test('a refusal names the key, the login or the credit', () => {
  const detail = (output: string, withheld: string[] = [], passed: string[] = []) => {
    const found = trouble(output, {}, {}, withheld, passed)
    return found?.type === 'refused' ? found.detail : undefined
  }
  assert.is(detail(refused), 'Claude Code: invalid x-api-key; run `claude` and type /login, or set ANTHROPIC_API_KEY and name it in env.pass')
  assert.is(detail(refused, ['ANTHROPIC_API_KEY']), "Claude Code: invalid x-api-key; ANTHROPIC_API_KEY is set but withheld from builders: name it in the config, env: { pass: ['ANTHROPIC_API_KEY'] }")
  assert.is(detail(refused, [], ['ANTHROPIC_API_KEY']), 'Claude Code: invalid x-api-key; run `claude` and type /login, or set ANTHROPIC_API_KEY', 'its builder gets it unasked')
  const openai = "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check your plan and billing details.', 'type': 'insufficient_quota', 'param': None, 'code': 'insufficient_quota'}}"
  assert.is(detail(openai), 'openai: You exceeded your current quota, please check your plan and billing details.; add credit to the account, or let the builder use another one')
  assert.is(detail('ERROR: Quota exceeded. Check your plan and billing details.'), 'Codex: Quota exceeded. Check your plan and billing details.; add credit to the account, or let the builder use another one')
  // By the minute: that is over soon.
  assert.is(trouble('[API Error: 429 {"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. Please retry in 34.07s.","status":"RESOURCE_EXHAUSTED"}}]')?.type, 'limit')
  assert.is(detail('Credit balance is too low'), 'Claude Code: Credit balance is too low; add credit to the account, or let the builder use another one')
  assert.match(detail('ERROR: Your access token could not be refreshed. Please log out and sign in again.') ?? '', 'run `codex login`')
})

test.run()
