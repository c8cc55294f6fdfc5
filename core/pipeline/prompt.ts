import { maximalEarlierPhases, type PromptInput } from '../context/index.ts'
import type { Classification } from '../model/failure.ts'
import type { Attempt } from './attempt.ts'
import type { Baseline } from './baseline.ts'
import type { Preparations } from './before-phase.ts'
import { lessonsFor, scopeHeads } from './learn.ts'
import type { ResolvedPaths } from './paths.ts'
import type { PlacedStubs } from './stub-stage.ts'

/** Puts together what the prompt is made of: the plan, what plugins added, what the baseline showed, and what came before. */
export async function gatherPrompt(attempt: Attempt, paths: ResolvedPaths, preparations: Preparations, baseline: Baseline, stubs: PlacedStubs, timeoutMs: number): Promise<PromptInput> {
  const { engine, claim } = attempt
  const spec = claim.phase.spec
  const attempts = claim.number > 1 ? await engine.store.attempts({ run: claim.run.id, phase: spec.id }) : []
  const previous = attempts.filter((one) => one.number < claim.number && one.classification).sort((left, right) => right.number - left.number)[0]
  const latest = claim.number > 1 ? (await engine.store.reviews({ run: claim.run.id, phase: spec.id })).at(-1)?.decision : undefined
  const learned = await lessonsFor(attempt, { scope: scopeHeads(paths.scope.write), checks: baseline.checks.map((check) => check.spec.name), previous: previous?.classification })
  const done = await engine.store.lastPhases(claim.run.id, ['COMPLETE'], maximalEarlierPhases)
  return {
    run: { id: claim.run.id, ...(claim.run.goal !== undefined && { goal: claim.run.goal }) },
    phase: spec, attempt: claim.number, prefix: engine.repository.prefix, scope: paths.scope, protect: engine.protect,
    deliverables: paths.deliverables.map((path) => path.relative), stubs: stubs.paths,
    checks: baseline.checks.map((check) => ({
      name: check.spec.name, command: check.argv.join(' '), against: check.against,
      failingOnBase: check.against === 'none' ? [] : (baseline.results.get(check.spec.name)?.result.report?.tests ?? []).filter((test) => test.status === 'failed' || test.status === 'error').map((test) => test.id),
    })),
    hints: preparations.hints, learned, blocks: preparations.blocks,
    ...(previous?.classification && {
      previousFailure: {
        class: previous.classification.class, title: previous.classification.title,
        ...withoutEchoes(previous.classification, (previous.failure?.problems ?? []).map((problem) => problem.message)),
      },
    }),
    ...(latest?.type === 'more' && latest.comments.trim() !== '' && { reviewComments: `${latest.by}: ${latest.comments.trim()}` }),
    earlier: done.map((phase) => ({ id: phase.id, goal: phase.spec.goal, files: [] })),
    timeoutMs,
  }
}

/** What the title says already is not said again: every line of the prompt is paid for. */
function withoutEchoes(classification: Classification, messages: readonly string[]): { problems: string[]; evidence: string[] } {
  const problems = messages.filter((message) => message !== classification.title)
  return { problems, evidence: classification.evidence.filter((line) => line !== classification.title && !problems.includes(line)) }
}
