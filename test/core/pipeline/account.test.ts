import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf, classifyBuiltIn } from '../../../core/failure/index.ts'
import { failureSchema, type Classification, type FailureInput } from '../../../core/model/failure.ts'
import { accountTrouble } from '../../../core/pipeline/account.ts'

const test = suite('trouble with the account of a builder')
const now = Date.parse('2026-03-01T12:00:00Z')

function trouble(output: string, more: Partial<FailureInput> = {}, answer: Partial<Classification> = {}, withheld: string[] = []) {
  const failure = failureSchema.parse({ stage: 'build', class: 'builder_error', message: 'sh exited with code 1', output, causes: causesOf(output, {}), ...more })
  return accountTrouble({ failure, classification: { ...classifyBuiltIn(failure), ...answer } }, { now, withheld })
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
})

test('of an unknown program only its last words count', () => {
  assert.is(trouble('working\nError: 429 Too Many Requests')?.type, 'limit')
  assert.is(trouble(`Error: 429 Too Many Requests\n${'going on\n'.repeat(30)}`), undefined)
})

test('limits of other services, failures of checks and limits that the work is about are none', () => {
  assert.is(trouble('curl: (6) Could not resolve host: example.com'), undefined)
  assert.is(trouble('npm error code E429\nnpm error 429 Too Many Requests'), undefined)
  assert.is(trouble(codexLimit, { stage: 'checks', class: 'builder_error' }), undefined)
  assert.is(trouble(codexLimit, { class: 'timeout' }), undefined)
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
  const detail = (output: string, withheld: string[] = []) => {
    const found = trouble(output, {}, {}, withheld)
    return found?.type === 'refused' ? found.detail : undefined
  }
  assert.is(detail(refused), 'Claude Code: invalid x-api-key; run `claude` and type /login, or set ANTHROPIC_API_KEY and name it in env.pass')
  assert.is(detail(refused, ['ANTHROPIC_API_KEY']), "Claude Code: invalid x-api-key; ANTHROPIC_API_KEY is set but withheld from builders: name it in the config, env: { pass: ['ANTHROPIC_API_KEY'] }")
  assert.is(detail('Credit balance is too low'), 'Claude Code: Credit balance is too low; add credit to the account, or let the builder use another one')
  assert.match(detail('ERROR: Your access token could not be refreshed. Please log out and sign in again.') ?? '', 'run `codex login`')
})

test.run()
