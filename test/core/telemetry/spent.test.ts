import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatKnown } from '../../../core/reporters/spent-lines.ts'
import { spentBy } from '../../../core/telemetry/spent.ts'
import type { Usage } from '../../../core/model/usage.ts'

const test = suite('what attempts cost together')

const attempt = (usage: Usage | 'unknown') => ({ usage, builderReached: true, startedAt: 0, endedAt: 1_000 })
const told: Usage = { inputTokens: 1_000, outputTokens: 0, cost: 0.02 }
const estimated: Usage = { ...told, cost: 0.05, costEstimated: true }
const unpriced: Usage = { inputTokens: 500, outputTokens: 0 }

test('is marked where a part of it is an estimate, has no price or is not known', () => {
  const shown = (...usages: (Usage | 'unknown')[]) => formatKnown.cost(spentBy(usages.map(attempt)))
  assert.equal([shown(told, told), shown(told, estimated), shown(told, 'unknown'), shown(estimated, unpriced), shown(unpriced)], ['$0.04', '~$0.07', '≥$0.02', '≥~$0.05', '-'])
  assert.equal([spentBy([attempt(told)]).estimated, spentBy([attempt(told), attempt(estimated)]).estimated], [undefined, 1])
})

test.run()
