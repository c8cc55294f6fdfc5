import { branchOf } from '../../pipeline/run-base.ts'
import { reviewRef } from '../../pipeline/review-ref.ts'
import { checkoutsOf, deleteRef, fenceOf, isElsewhere, refsBelow } from '../../workspace/index.ts'
import { ago, type Candidate, type GcContext } from './contract.ts'

/** However young everything else may be that goes: a machine may sleep for a weekend with a process in the middle of its work. */
const leastFenceMs = 7 * 86_400_000

/** Branches of runs that are in another branch, and refs that were kept when a branch was written anew or a review decided. */
export async function findRefs(context: GcContext): Promise<Candidate[]> {
  const { engine, rules, runs, now } = context
  const { repository, layout, config } = engine
  const project = layout.keyFor(config.project)
  const found: Candidate[] = []
  const branches = new Map([...runs.values()].map((run) => [`refs/heads/${branchOf(engine, run.record)}`, run]))
  for (const { ref, commit, at } of await refsBelow(repository, `refs/heads/autopack/${project}/`)) {
    const run = branches.get(ref)
    if (!run?.complete || run.busy !== undefined || now - Math.max(at, run.lastAt) < rules.olderThanMs || !(await isElsewhere(repository, [commit]))) continue
    if ((await checkoutsOf(repository, ref.slice('refs/heads/'.length))).length > 0) continue
    found.push({ kind: 'branch', subject: run.record.id, place: ref, bytes: 0, reason: 'another branch has all of it', run: run.record, remove: () => gone(deleteRef(repository, { ref, commit })) })
  }
  const waiting = new Set([...runs.values()].flatMap((run) => run.phases.filter((phase) => phase.state === 'REVIEW' || phase.state === 'EXECUTING' || phase.state === 'QUEUED').map((phase) => reviewRef(engine, { run: run.record, phase }))))
  for (const { ref, commit, at } of [...(await refsBelow(repository, `refs/autopack/kept/${project}/`)), ...(await refsBelow(repository, `refs/autopack/review/${project}/`))]) {
    if (waiting.has(ref) || now - at < rules.olderThanMs) continue
    const saved = await isElsewhere(repository, [commit])
    found.push({
      kind: 'kept-ref', subject: ref.replace(/^refs\/autopack\//, ''), place: ref, bytes: 0, reason: `from ${ago(context, at)}${saved ? ', and another branch has it' : ''}`,
      ...(!saved && { only: 'no other branch has its commits', commits: async () => [commit] }),
      remove: () => gone(deleteRef(repository, { ref, commit })),
    })
  }
  return [...found, ...(await fences(context))]
}

/** Refs that keep a process off whose attempt or landing was taken over; one that has not come back for so long never will. */
async function fences({ engine, rules, now }: GcContext): Promise<Candidate[]> {
  const ended = [
    ...(await engine.store.attempts({})).map((attempt) => ({ ...attempt, name: `${attempt.run}/${attempt.phase} ${attempt.number}` })),
    ...(await engine.store.landings()).map((landing) => ({ ...landing, name: `landing ${landing.number} of ${landing.run}` })),
  ]
  const ofOld = new Map(ended.flatMap((one) => (one.endedAt !== undefined && now - one.endedAt >= Math.max(rules.olderThanMs, leastFenceMs) ? [[fenceOf(one.id), { name: one.name, endedAt: one.endedAt }] as const] : [])))
  return (await refsBelow(engine.repository, 'refs/autopack/fenced/')).flatMap(({ ref, commit }) => {
    const over = ofOld.get(ref)
    if (!over) return []
    return [{
      kind: 'fence' as const, subject: over.name, place: ref, bytes: 0, reason: `of what was taken over ${ago({ now }, over.endedAt)}`,
      remove: () => gone(deleteRef(engine.repository, { ref, commit })),
    }]
  })
}

async function gone(deleted: Promise<boolean>): Promise<void> {
  if (!(await deleted)) throw new Error('it was moved meanwhile')
}
