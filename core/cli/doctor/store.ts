import { UserError } from '../../errors.ts'
import { isAlive } from '../../process/owner.ts'
import { plural } from '../../reporters/format.ts'
import type { CliContext } from '../context.ts'
import { withStore } from '../project.ts'
import type { LoadedProject } from '../project.ts'
import { fail, ok, warn } from './finding.ts'
import type { Finding } from './finding.ts'

/** Which store it is, whether it is whole, and what a crash left in it. */
export async function examineStore(context: CliContext, project: LoadedProject): Promise<Finding[]> {
  try {
    const findings = await withStore(project, async (store) => {
      const { kind, location, id, schemaVersion } = store.identity
      const problems = await store.verify()
      const orphans = await store.orphans((owner) => isAlive(context.runtime, owner))
      return [
        problems.length > 0
          ? fail('store', `${location} is damaged: ${problems[0]}`, 'move it away and run again; branches, receipts and logs are kept')
          : ok('store', `${kind} ${location}, id ${id}, schema ${schemaVersion}`),
        orphans.length > 0
          ? warn('leases', `${plural(orphans.length, 'attempt')} left by a crash: ${orphans.map((one) => `${one.run}/${one.phase}`).join(', ')}`, 'the next `autopack run` recovers them')
          : ok('leases', 'none left over'),
      ]
    })
    return findings ?? [ok('store', 'none yet, made by the first run')]
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return [fail('store', error.message, error.fix ?? null)]
  }
}
