// One of several processes that claim and complete everything they can; prints what it claimed as JSON.
import { createRunLayout } from '../../../core/layout/layout.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { openStore } from '../../../core/store/open.ts'
import { claimRequest, ending } from './support.ts'

const [runsDir = '', name = ''] = process.argv.slice(2)
const runtime = systemRuntime()
const layout = createRunLayout({ runsDir, project: 'p' })
const store = await openStore({ layout, configDir: runsDir, project: 'p', runtime, isAlive: () => true, create: true })
const owner = { host: runtime.host, pid: runtime.pid, startTime: name }
const claims: { run: string; phase: string; token: number }[] = []
for (;;) {
  const queued = await store.phases({ states: ['QUEUED'] })
  if (queued.length === 0) break
  for (const phase of queued) {
    const result = await store.claim(claimRequest(owner, phase.run, phase.id))
    if (result.type !== 'claimed') continue
    claims.push({ run: phase.run, phase: phase.id, token: result.claim.fencingToken })
    await store.setStage(result.claim, 'build')
    await store.finish(result.claim, ending('complete', 'COMPLETE'))
  }
}
await store.close()
process.stdout.write(JSON.stringify(claims))
