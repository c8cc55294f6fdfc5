import { Command } from 'commander'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findCommandName, readGlobalFlags, withoutGlobalFlags } from '../../../core/cli/global-flags.ts'
import { goalPlanFrom } from '../../../core/cli/goal-plan.ts'
import { addRuleFlags, rulesFromFlags } from '../../../core/cli/rule-flags.ts'
import { wantsColor } from '../../../core/cli/context.ts'
import { drainDefaults } from '../../../core/model/drain.ts'
import { drainRulesSchema } from '../../../core/model/drain-schema.ts'

const test = suite('flags')

const parse = (...args: string[]) => {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  addRuleFlags(command)
  return rulesFromFlags(command.parse(args, { from: 'user' }).opts())
}

test('every rule of a drain has its flag in kebab case', () => {
  const kebab = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  for (const [rule, fallback] of Object.entries(drainDefaults) as [string, unknown][]) {
    if (rule === 'skipRunsWithQueued') assert.equal(parse('--no-skip-runs-with-queued'), { skipRunsWithQueued: false })
    else if (rule === 'stopOnFirstFailure') assert.equal(parse(kebab(rule)), { [rule]: true })
    else if (typeof fallback === 'object') {
      for (const scope of ['attempt', 'phase', 'drain']) assert.equal(parse(`${kebab(rule)}-per-${scope}`, '1.5'), { [rule]: { [scope]: 1.5 } })
    } else assert.equal(parse(kebab(rule), '7'), { [rule]: 7 })
  }
  assert.equal(Object.keys(drainDefaults).sort(), Object.keys(drainRulesSchema.shape).sort())
})

test('what was not named is not there, so that the config holds', () => {
  assert.equal(parse(), {})
  assert.equal(parse('--max-tokens-per-drain', '5_000_000', '--max-tokens-per-phase', '10', '--parallel', '2'), { maxTokens: { phase: 10, drain: 5_000_000 }, parallel: 2 })
})

test('a limit is a number above zero, a count a whole one', () => {
  for (const bad of ['0', '-1', 'abc', '1.5', '', '1e3', '5_0']) assert.throws(() => parse('--batch-size', bad), /Expected a whole number above zero/, bad)
  assert.equal(parse('--max-total-minutes', '0.5'), { maxTotalMinutes: 0.5 })
})

test('global options stand before or after the command, and not behind --', () => {
  assert.equal(readGlobalFlags(['-C', 'a', 'status', '--json', '--config=x.ts']), { cwd: 'a', config: 'x.ts', json: true, debug: false, color: undefined })
  assert.is(readGlobalFlags(['x', '--', '--json']).json, false)
  assert.is(findCommandName(['-C', 'status', '--config', 'run', '--debug', 'show', 'x']), 'show')
  assert.is(findCommandName(['--json']), undefined)
  assert.is(readGlobalFlags(['show', 'constructor', '--json']).json, true, 'a run may be called so')
  assert.equal(withoutGlobalFlags(['hello', 'constructor', 'a']), ['constructor', 'a'])
  assert.equal(withoutGlobalFlags(['-C', 'x', 'hello', '--json', 'a', '-Cy', '--loud', '--', '--json']), ['a', '--loud', '--', '--json'])
})

test('flags win over NO_COLOR, that over FORCE_COLOR, that over the terminal', () => {
  assert.is(wantsColor({ flag: true, env: { NO_COLOR: '1' }, isTTY: false }), true)
  assert.is(wantsColor({ flag: undefined, env: { NO_COLOR: '1', FORCE_COLOR: '1' }, isTTY: true }), false)
  assert.is(wantsColor({ flag: undefined, env: { NO_COLOR: '', FORCE_COLOR: '1' }, isTTY: false }), true)
  assert.is(wantsColor({ flag: undefined, env: { FORCE_COLOR: '0' }, isTTY: true }), false)
  assert.is(wantsColor({ flag: undefined, env: { TERM: 'dumb' }, isTTY: true }), false)
  assert.is(wantsColor({ flag: undefined, env: { TERM: 'xterm' }, isTTY: true }), true)
})

test('--goal makes a plan of one phase; a check with shell signs runs in a shell', () => {
  const plan = goalPlanFrom({ goal: 'Do it', scope: ['src/'], deliverable: ['a.ts'], check: ['npm test', 'npm run lint | tee x'] }, Date.UTC(2026, 10, 22, 9, 8, 7))!
  assert.is(plan.id, 'goal-20261122-090807')
  const [phase] = plan.phases
  assert.equal([phase!.goal, phase!.scope.paths, phase!.deliverables], ['Do it', ['src/'], ['a.ts']])
  assert.equal(phase!.checks.map((check) => [check.name, check.run]), [['check-1', ['npm', 'test']], ['check-2', { shell: 'npm run lint | tee x' }]])
  assert.is(goalPlanFrom({}, 0), undefined)
  assert.throws(() => goalPlanFrom({ check: ['x'] }, 0), /--check is about --goal/)
  assert.throws(() => goalPlanFrom({ goal: '' }, 0), /--goal says nothing/)
})

test.run()
