import { currentBreaker } from './buckets.ts'
import { knowledgeBrokenError, knowledgeProjectError } from '../errors.ts'
import { writeJsonSync } from '../layout/atomic.ts'
import type { RunLayout } from '../layout/layout.ts'
import { joinKnowledge, readLearned } from '../learning/index.ts'
import { iso } from '../model/iso.ts'
import type { ClosedBucket, Knowledge } from '../model/knowledge.ts'
import { knowledgeSchema } from '../model/knowledge.ts'
import type { LearnedRules } from '../model/learning.ts'
import { learnedRulesSchema } from '../model/learning-schema.ts'
import type { Store } from '../store/store.ts'

interface Knowing { store: Store; layout: RunLayout; config: { project: string } }

const nothing = (project: string): Knowledge => ({ version: 1, project, rules: [], flakes: [], buckets: [] })

/** What the project has learned, and what was imported: rules, tests that pass and fail by turns, faults that are over. */
export async function gatherKnowledge({ store, layout, config }: Knowing): Promise<Knowledge> {
  const rules = readLearned(layout.learnedRules, learnedRulesSchema)
  if (rules.type === 'broken' || rules.type === 'newer') throw knowledgeBrokenError(layout.learnedRules, rules.type === 'broken' ? rules.problem : `version ${rules.version}`)
  const own: Knowledge = {
    version: 1, project: config.project, rules: rules.type === 'read' ? rules.value.rules : [], flakes: (await store.allFlakes()).map(({ lastAt, ...flake }) => ({ ...flake, lastAt: iso(lastAt) })),
    buckets: await closedBuckets(store),
  }
  return joinKnowledge(own, readKnowledge(layout.knowledge, config.project) ?? nothing(config.project))
}

/** A file of knowledge about this project; undefined where there is none. Throws UserError for one that is broken, or another project's. */
export function readKnowledge(file: string, project: string): Knowledge | undefined {
  const found = readLearned(file, knowledgeSchema)
  switch (found.type) {
    case 'missing': return undefined
    case 'broken': throw knowledgeBrokenError(file, found.problem)
    case 'newer': throw knowledgeBrokenError(file, `version ${found.version}, of a newer Autopack`)
    case 'read':
      if (found.value.project !== project) throw knowledgeProjectError(file, found.value.project, project)
      return found.value
  }
}

/**
 * Takes in what others know: rules join those of the project, flakes those of the store, and faults that are over are kept beside them. Nothing is parked, opened or
 * closed by it. Twice is as once.
 */
export async function takeKnowledge({ store, layout, config }: Knowing, others: readonly Knowledge[]): Promise<void> {
  const joined = others.reduce(joinKnowledge, nothing(config.project))
  await store.mergeFlakes(joined.flakes.map(({ lastAt, ...flake }) => ({ ...flake, lastAt: Date.parse(lastAt) })))
  await store.exclusively(() => {
    const kept = readKnowledge(layout.knowledge, config.project) ?? nothing(config.project)
    writeJsonSync(layout.knowledge, { ...nothing(config.project), buckets: joinKnowledge(kept, { ...joined, rules: [], flakes: [] }).buckets })
    if (joined.rules.length > 0) putRules(layout.learnedRules, config.project, joined)
  })
}

/** In the order of the file, which people edit; what is new comes last. */
function putRules(file: string, project: string, others: Knowledge): void {
  const found = readLearned(file, learnedRulesSchema)
  if (found.type === 'broken' || found.type === 'newer') throw knowledgeBrokenError(file, found.type === 'broken' ? found.problem : `version ${found.version}`)
  const before: LearnedRules = found.type === 'read' ? found.value : { version: 1, project, rules: [], candidates: [] }
  const joined = new Map(joinKnowledge({ ...nothing(project), rules: before.rules }, others).rules.map((rule) => [rule.id, rule]))
  const rules = [...before.rules.map((rule) => joined.get(rule.id)!), ...others.rules.filter((rule) => !before.rules.some((one) => one.id === rule.id)).map((rule) => joined.get(rule.id)!)]
  writeJsonSync(file, { ...before, rules, candidates: before.candidates.filter((candidate) => !joined.has(candidate.id)) })
}

/** Buckets of the store that have no member any more, of causes that were sure. */
async function closedBuckets(store: Store): Promise<ClosedBucket[]> {
  const { buckets } = await currentBreaker(store)
  const events = await store.breakerEvents({})
  const byFingerprint = Map.groupBy(events.flatMap((event) => (event.type === 'attempt' && event.found && event.found.confidence !== 'low' ? [{ ...event, found: event.found }] : [])), (event) => event.found.fingerprint)
  const found: ClosedBucket[] = []
  for (const [fingerprint, failures] of byFingerprint) {
    if ((buckets.get(fingerprint)?.members.length ?? 0) > 0) continue
    const last = failures.at(-1)!
    const hand = events.findLast((event) => event.type === 'close' && event.fingerprint === fingerprint && event.at >= last.at)
    const past = events.find((event) => event.type === 'attempt' && event.at >= last.at && event.seq > last.seq && failures.some((one) => one.run === event.run && one.phase === event.phase))
    found.push({
      fingerprint, class: last.found.class, title: last.found.title, blame: last.found.blame, firstSeen: iso(failures[0]!.at), lastSeen: iso(last.at),
      phases: failures.map((one) => ({ run: one.run, phase: one.phase, at: iso(one.at) })),
      closed: hand?.type === 'close' ? { at: iso(hand.at), by: hand.by, reason: hand.reason } : { at: iso(past?.at ?? last.at), by: null, reason: null },
    })
  }
  return found
}
