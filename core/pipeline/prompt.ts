import { mkdirSync, writeFileSync } from 'node:fs'
import { resumedNote } from '../builders/resume.ts'
import { estimateTokens, renderPrompt, type HistorySection, type PromptInput } from '../context/index.ts'
import type { Builder } from '../model/builder.ts'
import type { Classification } from '../model/failure.ts'
import { oneLine } from '../model/one-line.ts'
import type { AttemptRecord } from '../store/store.ts'
import { patchStat } from '../workspace/index.ts'
import { tell, type Attempt } from './attempt.ts'
import type { Baseline, OnBase } from './baseline.ts'
import { madeSince } from './beside.ts'
import type { Preparations } from './before-phase.ts'
import { timeFor } from './build.ts'
import { readContextFiles } from './context-files.ts'
import { fail, next, type Step } from './ending.ts'
import { historyOf, isOf, writeHistoryPack } from './history-pack.ts'
import { lessonsFor, scopeHeads } from './learn.ts'
import type { ResolvedPaths } from './paths.ts'
import type { PlacedStubs } from './stub-stage.ts'
import { threadBefore } from './thread.ts'

/** Phases whose work a prompt tells of. */
const mostHistory = 20
/** Failures of a phase before its latest one of which a prompt tells. */
const mostEarlier = 5

/**
 * Writes the prompt of an attempt, within its budget: also with what stands above it where a conversation is gone on with; one for which there is no room is
 * begun anew. A phase whose goal and scope alone are above the budget fails before any token is spent.
 */
export async function writePrompt(attempt: Attempt, builder: Builder, paths: ResolvedPaths, preparations: Preparations, baseline: Baseline, stubs: PlacedStubs): Promise<Step<undefined>> {
  const { engine } = attempt
  const rules = engine.config.context
  // Before it is measured: what takes the place of a secret may be longer.
  const input = engine.redactAll(await gatherPrompt(attempt, paths, preparations, baseline, stubs))
  const thread = threadBefore(attempt, builder)
  const resumed = thread === undefined ? undefined : renderPrompt(input, engine.template, rules, estimateTokens(resumedNote))
  if (thread !== undefined && resumed?.type === 'fits') attempt.thread = thread
  const fitted = resumed?.type === 'fits' ? resumed : renderPrompt(input, engine.template, rules)
  if (fitted.type === 'too-large') {
    const message = `what its prompt cannot do without (goal, scope, deliverables, checks) takes some ${fitted.tokens} tokens, and context.maxTokens is ${rules.maxTokens}`
    return fail({ stage: 'build', class: 'config_error', message, problems: [{ code: 'prompt-too-large', message: `${message}: raise it, or split the phase` }] }, false)
  }
  mkdirSync(attempt.paths.dir, { recursive: true })
  writeFileSync(attempt.paths.prompt, fitted.text)
  attempt.prompt = fitted.facts
  tell(attempt, { type: 'prompt-written', ...fitted.facts })
  return next(undefined)
}

/** Puts together what the prompt is made of: the plan, what plugins added, what the baseline showed, and what came before. */
async function gatherPrompt(attempt: Attempt, paths: ResolvedPaths, preparations: Preparations, baseline: Baseline, stubs: PlacedStubs): Promise<PromptInput> {
  const { engine, claim } = attempt
  const spec = claim.phase.spec
  const attempts = claim.number > 1 ? await engine.store.attempts({ run: claim.run.id, phase: spec.id }) : []
  const failed = attempts.filter((one) => one.number < claim.number && one.classification).sort((left, right) => right.number - left.number)
  const previous = failed[0]
  const latest = claim.number > 1 ? (await engine.store.reviews({ run: claim.run.id, phase: spec.id })).at(-1)?.decision : undefined
  const learned = await lessonsFor(attempt, { scope: scopeHeads(paths.scope.write), checks: baseline.checks.map((check) => check.spec.name), previous: previous?.classification })
  const history = await (attempt.history ?? engine.afterwards.add(() => historyFor(attempt)))
  const files = await readContextFiles({ workspace: attempt.workspace!, readOnly: paths.scope.readOnly, goal: spec.goal, history, fileTokens: engine.config.context.fileTokens })
  return {
    project: engine.config.project, run: { id: claim.run.id, ...(claim.run.goal !== undefined && { goal: claim.run.goal }) },
    phase: spec, attempt: claim.number, prefix: engine.repository.prefix, ...(attempt.workspace!.sparseKey !== '' && { partial: true }), scope: paths.scope, protect: engine.protect,
    deliverables: paths.deliverables.map((path) => path.relative), stubs: stubs.paths,
    checks: baseline.checks.map((check) => ({ name: check.spec.name, command: check.argv.join(' '), against: check.against, failingOnBase: failingOn(baseline.results.get(check.spec.name)) })),
    hints: preparations.hints, learned, blocks: preparations.blocks,
    ...(previous?.classification && {
      previousFailure: {
        class: previous.classification.class, title: previous.classification.title,
        changed: await patchStat(engine.repository, attempt.runPaths.phase(claim.phase).attempt(previous.number).changesPatch),
        ...withoutEchoes(previous.classification, (previous.failure?.problems ?? []).map((problem) => problem.message)),
        earlier: otherWays(failed),
      },
    }),
    ...(latest?.type === 'more' && latest.comments.trim() !== '' && { reviewComments: `${latest.by}: ${latest.comments.trim()}` }),
    history, files, timeoutMs: timeFor(attempt).timeoutMs,
  }
}

/** What phases of this run have done, from its history pack; of one that cannot be told of, its goal. */
export async function historyFor({ engine, claim, runPaths, beside, workspace }: Attempt): Promise<HistorySection[]> {
  // What was committed beside it since it began does not lie in its worktree.
  const later = new Set(beside && madeSince(beside, workspace!.base).map(({ commit }) => commit))
  const done = (await engine.store.lastPhases(claim.run.id, ['COMPLETE'], mostHistory)).filter(({ commit }) => commit === undefined || !later.has(commit))
  const sectionsOf = () => {
    const pack = historyOf(runPaths)
    return done.map((phase) => pack.find((section) => isOf(section, phase)))
  }
  let sections = sectionsOf()
  if (sections.includes(undefined)) {
    // Recovery ended it, a person accepted it, or somebody deleted the pack.
    await writeHistoryPack(engine, claim.run)
    sections = sectionsOf()
  }
  return await Promise.all(done.map(async (phase, index) => {
    const goal = sections[index] ? undefined : (await engine.store.phase(claim.run.id, phase.id))?.spec.goal
    return sections[index] ?? { phase: phase.id, state: phase.state, attempt: phase.attempts, text: `Goal: ${oneLine(engine.redact((goal ?? '').trim()).split('\n')[0]!, 300)}` }
  }))
}

/** With what a check fails on the base: tests, or the causes in its output where it tells of no tests. */
function failingOn(base: OnBase | undefined): string[] {
  if (!base || base.result.exitCode === 0) return []
  const tests = (base.result.report?.tests ?? []).filter((test) => test.status === 'failed' || test.status === 'error').map((test) => test.id)
  return tests.length > 0 ? tests : base.result.causes.map((cause) => cause.title)
}

/** A builder that starts anew would go into the same trap again: what failed otherwise than the latest attempt, once each. */
function otherWays(failed: readonly AttemptRecord[]): { attempt: number; class: string; title: string }[] {
  const seen = new Set([failed[0]?.classification?.fingerprint])
  return failed.flatMap(({ number, charged, classification }) => {
    if (!classification || !charged || seen.has(classification.fingerprint)) return []
    seen.add(classification.fingerprint)
    return [{ attempt: number, class: classification.class, title: classification.title }]
  }).slice(0, mostEarlier)
}

/** What the title says already is not said again: every line of the prompt is paid for. */
function withoutEchoes(classification: Classification, messages: readonly string[]): { problems: string[]; evidence: string[] } {
  const problems = messages.filter((message) => message !== classification.title)
  return { problems, evidence: classification.evidence.filter((line) => line !== classification.title && !problems.includes(line)) }
}
