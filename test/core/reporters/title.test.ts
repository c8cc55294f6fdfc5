import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AutopackEvent } from '../../../core/model/events.ts'
import { wantsTitle } from '../../../core/cli/choose-reporter.ts'
import { createTitleReporter } from '../../../core/reporters/title.ts'
import { systemRuntime } from '../../../core/runtime.ts'

const test = suite('title of the terminal')

const at = '2026-11-22T10:00:00.000Z'
const of = (phase: string) => ({ at, run: 'r', phase, attempt: 1 })
const ended = (phase: string, outcome: 'complete' | 'failed' | 'retry'): AutopackEvent => ({ ...of(phase), type: 'phase-finished', outcome, usage: 'unknown', durationMs: 1, warnings: [], attemptDir: '/x' })
const titlesIn = (text: string): string[] => [...text.matchAll(/\u001b\]0;([^\u0007]*)\u0007/g)].map((match) => match[1]!)

test('says how far it has come, and gives the old one back', () => {
  let text = ''
  const reporter = createTitleReporter((part) => void (text += part))
  const events: AutopackEvent[] = [
    { at, type: 'drain-started', session: 's', runs: ['r'], phases: 3, caps: {} },
    { ...of('a'), type: 'phase-started', goal: 'g', builder: 'b', attemptDir: '/x' }, { ...of('a'), type: 'progress', line: 'x' }, ended('a', 'complete'),
    { ...of('odd\u0007\u001b]2;x'), type: 'phase-started', goal: 'g', builder: 'b', attemptDir: '/x' }, ended('odd\u0007\u001b]2;x', 'failed'), ended('c', 'retry'),
  ]
  events.forEach((event) => reporter.event(event))
  assert.equal(titlesIn(text), ['autopack 0/3', 'autopack 0/3: a', 'autopack 1/3', 'autopack 1/3: odd ;x', 'autopack 2/3, 1 failed'])
  assert.ok(text.startsWith('\u001b[22;0t'))
  void reporter.close?.()
  void reporter.close?.()
  assert.ok(text.endsWith('1 failed\u0007\u001b]0;\u0007\u001b[23;0t'), JSON.stringify(text.slice(-60)))
})

test('only on a terminal that wants it', () => {
  const wants = (env: Record<string, string>, isTTY = true, json = false) => wantsTitle({ stdout: { isTTY, columns: 80, write: () => undefined }, runtime: { ...systemRuntime(), env }, json })
  assert.equal([wants({}), wants({ TERM: 'xterm' }), wants({ NO_COLOR: '' })], [true, true, true])
  assert.equal([wants({ TERM: 'dumb' }), wants({ NO_COLOR: '1' }), wants({ CI: 'true' }), wants({}, false), wants({}, true, true)], [false, false, false, false, false])
})

test.run()
