import { UserError } from '../../errors.ts'
import type { RepairFinding, RepairKind } from '../../model/repair.ts'
import { plural } from '../../reporters/format.ts'
import type { Repository } from '../../workspace/workspace.ts'
import type { CliContext } from '../context.ts'
import { withStore } from '../project.ts'
import type { LoadedProject } from '../project.ts'
import { fail, ok, warn } from './finding.ts'
import type { Finding } from './finding.ts'

/** Which store it is, whether it is whole, and what a crash or a hand has left behind. */
export async function examineStore(context: CliContext, project: LoadedProject, repository: Repository | undefined): Promise<Finding[]> {
  try {
    const findings = await withStore(project, async (store) => {
      const { kind, location, id, schemaVersion } = store.identity
      const problems = await store.verify()
      if (problems.length > 0) return [fail('store', `${location} is damaged: ${problems[0]}`, 'move it away and run again; branches, receipts and logs are kept')]
      const { findRepairs } = await import('../../project/repair/find.ts')
      return [ok('store', `${kind} ${location}, id ${id}, schema ${schemaVersion}`), ...leftOvers(await findRepairs({ ...project, runtime: context.runtime, store, repository }))]
    })
    if (findings) return findings
    const { findOpenDrafts } = await import('../../project/repair/find-on-disk.ts')
    return [ok('store', 'none yet, made by the first run'), ...linesOf(findOpenDrafts({ ...project, runtime: context.runtime }))]
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return [fail('store', error.message, error.fix ?? null)]
  }
}

/** How many of a kind are named. */
const mostNamed = 3
const what: Readonly<Record<RepairKind, readonly [one: string, many: string]>> = {
  'open-attempt': ['attempt left by a crash', 'attempts left by a crash'], 'open-draft': ['draft was cut off', 'drafts were cut off'], 'dead-lease': ['run held by nobody', 'runs held by nobody'], 'stuck-phase': ['phase that nobody executes', 'phases that nobody executes'],
  'unrecorded-commit': ['commit that is not on record', 'commits that are not on record'], 'missing-folder': ['folder of a run is gone', 'folders of runs are gone'], 'gone-worktree': ['worktree is gone', 'worktrees are gone'],
  'stray-ref': ['ref belongs to no run', 'refs belong to no run'], 'open-session': ['session is dead', 'sessions are dead'], 'half-written': ['file was half written', 'files were half written'],
  'dead-lock': ['lock was left by a git that died', 'locks were left by gits that died'], 'open-repair': ['repair was cut off', 'repairs were cut off'], 'stale-queue': ['queue does not move', 'queues do not move'],
}

/** A line for each kind; what the next run recovers by itself has a line always. */
function leftOvers(found: readonly RepairFinding[]): Finding[] {
  const lines = linesOf(found)
  return lines.some((line) => line.name === 'leases') ? lines : [ok('leases', 'none left over'), ...lines]
}

function linesOf(found: readonly RepairFinding[]): Finding[] {
  return [...Map.groupBy(found, (one) => one.kind)].map(([kind, all]) => {
    const named = all.slice(0, mostNamed).map((one) => `${one.subject}: ${one.problem}`).join('; ')
    const more = all.length > mostNamed ? `; and ${all.length - mostNamed} more` : ''
    const count = plural(all.length, ...what[kind])
    const fix = all.some((one) => one.change !== null) ? `${untilRepaired(kind, all)}\`autopack doctor --repair\`` : [...new Set(all.slice(0, mostNamed).map((one) => one.fix))].join('; ')
    return warn(kind === 'open-attempt' ? 'leases' : kind, `${count}: ${named}${more}`, fix)
  })
}

/** What happens without a repair, in front of the command for it. */
function untilRepaired(kind: RepairKind, all: readonly RepairFinding[]): string {
  switch (kind) {
    case 'open-attempt': return 'the next `autopack run` recovers it, or '
    case 'open-session': {
      const { subject } = all.at(-1)!
      const [it, has] = all.length === 1 ? ['it', 'it has'] : ['they', 'they have']
      return `nothing has to be done: the next run or drain recovers what ${it} had left open, and begins a session of its own. To go on with ${subject} as it was started, add \`--resume ${subject}\`; to put on record that ${has} ended: `
    }
    default: return ''
  }
}
