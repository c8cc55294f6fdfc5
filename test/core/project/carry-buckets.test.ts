import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fold, noBuckets } from '../../../core/drain/breaker/index.ts'
import type { EventBody } from '../../../core/model/events.ts'
import type { Classification, Failure } from '../../../core/model/failure.ts'
import { carryBuckets } from '../../../core/project/carry-buckets.ts'
import { currentBreaker } from '../../../core/project/buckets.ts'
import { createHooks } from '../../../core/pipeline/facade.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders } from '../store/support.ts'

const test = suite('buckets of an older fingerprint version')
const folders = temporaryFolders()
test.after(() => folders.remove())

const old = 'v0-aaaaaaaaaaaa'
const classification: Classification = { class: 'import_crash', fingerprint: old, confidence: 'high', title: 'it crashes', evidence: [], blame: 'project', action: { type: 'fail' }, classifier: 'built-in' }
const failure = (output: string): Failure => ({ stage: 'checks', message: 'tests failed', output, problems: [], causes: [] })
const traceback = 'Traceback (most recent call last):\n  File "src/shop.py", line 3, in <module>\n    import carriers\nModuleNotFoundError: No module named \'carriers\'\n'

test('what is open stays open under the name that its failures have now, and closes where they cannot be told', async () => {
  for (const [output, into] of [[traceback, 1], ['', 0]] as const) {
    const { store, owner } = await newStore(folders.make())
    for (const run of ['a', 'b', 'c']) await store.importPlan(plan(run, ['one']), `${run}.json`)
    for (const run of ['a', 'b']) await store.finish(claimed(await store.claim(claimRequest(owner(1), run, 'one'))), ending('failed', 'FAILED', { classification, failure: failure(output) }))
    await store.advanceBreaker({ known: noBuckets(), fold })
    const events: EventBody[] = []
    await carryBuckets({ store, hooks: createHooks({ runtime: systemRuntime() }), runtime: systemRuntime(), repository: { prefix: '' } as never, emit: (event) => void events.push(event) })
    const { buckets } = await currentBreaker(store)
    assert.equal([buckets.size, [...buckets.values()].every((bucket) => bucket.opened !== undefined && bucket.fingerprint.startsWith('v1-') && bucket.members.length === 2)], [into, true])
    assert.match(events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])).join(), into === 1 ? /^bucket v0-aaaaaaaaaaaa is of an older version: it is now v1-\w{12}$/ : /closed: its failures cannot be told any more$/)
    await store.close()
  }
})

test.run()
