import { fingerprintOf } from '../../failure/index.ts'
import { shellQuote } from '../../model/command-text.ts'
import type { LandConflict, LandOutput } from '../../model/landing.ts'
import { planChecks } from '../../pipeline/checks.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { baseOf } from '../../pipeline/run-base.ts'
import type { LandingEnd, LandingMove, LandingRecord } from '../../store/landing-record.ts'
import type { PhaseRecord, RunRecord } from '../../store/store.ts'
import { commitsBetween, countAhead, diffStat, resolveBase } from '../../workspace/index.ts'
import { checkLanding } from './check.ts'
import { integrate, type Integration } from './integrate.ts'
import type { LandOptions } from './land.ts'
import { moveBranchOfRun, moveTarget } from './move.ts'
import type { Remote } from './remote.ts'
import { addResolvePhase } from './resolve.ts'

export interface LandContext {
  engine: Engine
  options: LandOptions
  run: RunRecord
  /** Those whose work lands. */
  phases: readonly PhaseRecord[]
  /** Those that are not there yet. */
  partial: string[]
  branch: string
  target: string
  /** Where to push, in the place of moving the target. */
  remote: Remote | undefined
  /** The checkout that is on the target. */
  checkout: string | undefined
  /** Undefined: a dry run. */
  landing: LandingRecord | undefined
  signal: AbortSignal
  abort(reason: Error): void
  /** How the landing goes on record. */
  end?(end: Omit<LandingEnd, 'json'>): void
}

/** What is known before anything is done; and all there is to say where the target has the work already. */
export function nothingToLand(known: Pick<LandOutput, 'run' | 'branch' | 'target' | 'from' | 'partial' | 'checkout'>): LandOutput {
  return { ...known, outcome: 'up-to-date', strategy: null, to: null, commits: [], checks: [], failure: null, conflicts: [], request: null, resolvePhase: null, warnings: [], dir: null, next: [] }
}

/** One try, from where the branches are now. Throws TargetMoved where they are elsewhere at its end. */
export async function once(context: LandContext): Promise<LandOutput> {
  const { engine, options, run, branch, target, remote, landing } = context
  const { repository, store, layout } = engine
  const { tell } = options
  const onto = await resolveBase(repository, remote ? await remote.tipOf(target) : `refs/heads/${target}`)
  const work = await baseOf(engine, run)
  const paths = landing && layout.run(run).landing(landing.number)
  const output = nothingToLand({
    run: run.id, branch, target, from: onto.commit, partial: context.partial, checkout: context.checkout === undefined ? null : { folder: context.checkout, updated: false },
  })
  context.end?.({ outcome: 'up-to-date' })
  // Merged by somebody, and the branch deleted.
  if (work.from !== 'branch') return output
  const sides = { run, branch, tip: work.commit, target, onto: onto.commit }
  let integrated = await integrate(repository, sides)
  if (integrated.type === 'up-to-date') return output
  if (remote && integrated.type === 'integrated') integrated = { ...integrated, integration: await remote.keepPushed(repository, branch, sides, integrated.integration) }
  if (paths) output.dir = paths.dir
  if (integrated.type === 'conflict') return await conflicted(context, output, integrated)

  const { integration } = integrated
  Object.assign(output, { strategy: integration.strategy, to: integration.to, commits: await toldCommits(context, integration, onto.commit) })
  const own = await ownCommits(context, onto.commit, work.commit)
  tell('plan', `${await planText(context, integration, sides)}${foreignText(own.foreign)}`)
  if (integration.reason !== undefined) tell('', integration.reason)
  // What a phase was committed with is what was judged, as long as nothing else came in between; and a part of the tree was not the whole.
  const judged = !engine.config.workspace.sparse && integration.strategy === 'fast-forward' && own.foreign === 0 && own.asJudged && !(await holdsMerge(context, onto.commit, work.commit))
  const accepted = context.phases.filter((phase) => phase.spec.checks.length > 0)
  const known = [...planChecks(engine.config, { checks: [] }).map(({ spec }) => ({ name: spec.name, phase: null })), ...accepted.flatMap((phase) => phase.spec.checks.map((check) => ({ name: check.name, phase: phase.id })))]
  if (known.length === 0) tell('checks', 'none: neither the project nor a phase of the run has any')
  else if (judged) tell('checks', `none: ${target} has not moved, so that this is what the checks of the last phase judged`)
  if (!landing) return { ...output, outcome: 'planned', checks: (judged ? [] : known).map((check) => ({ ...check, verdict: 'planned' as const, reason: '' })) }
  if (!judged) {
    const verdict = await checkLanding({ engine, landing, run, phases: accepted, onto, before: { tree: work.tree }, after: { tree: integration.tree }, runPaths: layout.run(run), paths: paths!, signal: context.signal, abort: context.abort })
    Object.assign(output, { checks: verdict.checks, warnings: verdict.warnings, failure: verdict.failure })
    if (verdict.type === 'interrupted' || context.signal.aborted) {
      context.end?.({ outcome: 'abandoned' })
      return { ...output, outcome: 'interrupted' }
    }
    if (verdict.type === 'failed') {
      context.end?.({ outcome: 'checks-failed' })
      return { ...output, outcome: 'checks-failed', next: [{ command: landCommand(context), why: `again, once it is mended on ${target} or on ${branch}` }] }
    }
  }

  const move: LandingMove = { target: { branch: target, from: onto.commit }, branch: { name: branch, from: work.commit }, to: integration.to, commits: integration.commits, ...(context.checkout !== undefined && { checkout: context.checkout }) }
  await store.planLanding(landing, move)
  const base = integration.strategy === 'rebase' ? { base: onto.commit } : {}
  if (remote) {
    await moveBranchOfRun(engine, landing, move)
    // From here on the run's branch is as it is pushed, whatever the remote says.
    context.end?.({ outcome: 'abandoned', commits: integration.commits, ...base })
    const request = await remote.push({ run, phases: context.phases, branch, to: integration.to, logPath: paths!.requestLog })
    context.end?.({ outcome: 'pushed', commits: integration.commits, ...base })
    return { ...output, outcome: 'pushed', request }
  }
  await moveTarget(engine, landing, move, context.checkout)
  context.end?.({ outcome: 'landed', commits: integration.commits, ...base })
  const { files, added, removed } = await diffStat(repository, onto.tree, integration.tree)
  tell('changed', `${files} ${files === 1 ? 'file' : 'files'} +${added} -${removed}`)
  return { ...output, outcome: 'landed', checkout: context.checkout === undefined ? null : { folder: context.checkout, updated: true } }
}

async function conflicted(context: LandContext, output: LandOutput, { files, at }: { files: LandConflict[]; at: { commit: string; subject: string } | undefined }): Promise<LandOutput> {
  const { run, target, branch, options, landing } = context
  context.end?.({ outcome: 'conflict' })
  const where = files.map((file) => file.path).join(', ')
  const title = `${run.id} and ${target} both changed ${where}`
  const failure: LandOutput['failure'] = {
    class: 'patch_failed', fingerprint: fingerprintOf({ class: 'patch_failed', tool: 'land', template: `${run.family}\0${target}\0${where}` }), title, blame: 'run', log: null,
    evidence: at === undefined ? [] : [`${at.commit.slice(0, 12)} ${at.subject}`],
  }
  const result: LandOutput = { ...output, outcome: 'conflict', conflicts: files, failure }
  if (options.resolve && landing) {
    const phase = await addResolvePhase(context, files)
    return { ...result, resolvePhase: phase, next: [{ command: `autopack run ${shellQuote(run.id)}`, why: `the builder resolves it, in the phase ${phase}` }, { command: landCommand(context), why: 'afterwards' }] }
  }
  return {
    ...result,
    next: [
      { command: `${landCommand(context)} --resolve`, why: 'hand it to the builder, as a phase of the run' },
      { command: `git switch ${shellQuote(branch)} && git merge ${shellQuote(target)}`, why: 'resolve it yourself, commit, leave the branch again, and land' },
    ],
  }
}

const landCommand = ({ run, options }: LandContext): string =>
  `autopack land ${shellQuote(run.id)}${options.into === undefined ? '' : ` --into ${shellQuote(options.into)}`}${options.partial ? ' --partial' : ''}${options.updateCheckout ? ' --update-checkout' : ''}`

async function toldCommits({ engine }: LandContext, integration: Integration, onto: string): Promise<LandOutput['commits']> {
  const was = new Map(integration.commits.map(([old, now]) => [now, old]))
  const commits = await commitsBetween(engine.repository, onto, integration.to)
  return commits.map(({ commit, phase, subject }) => ({ commit, was: was.get(commit) === commit ? null : was.get(commit) ?? null, phase: phase ?? null, subject }))
}

/**
 * `foreign`: how many of the commits that are to land no phase of the run made, such as those of a branch that the run began on, or was landed in before.
 * `asJudged`: whether the tip is as the checks of its phase saw it, and was not written anew since.
 */
async function ownCommits({ engine: { store, repository }, run }: LandContext, onto: string, tip: string): Promise<{ foreign: number; asJudged: boolean }> {
  const made = new Set((await store.attempts({ run: run.id })).flatMap(({ commit }) => commit ?? []))
  // Where they are since the branch was written anew.
  const now = new Set((await store.phases({ run: run.id })).flatMap(({ commit }) => commit ?? []))
  const { stdout } = await repository.git({ cwd: repository.root, args: ['rev-list', '--no-merges', tip, `^${onto}`, '--'], reading: true })
  const commits = stdout.toString('latin1').split('\n').filter(Boolean)
  return { foreign: commits.filter((commit) => !made.has(commit) && !now.has(commit)).length, asJudged: made.has(tip) }
}

const foreignText = (count: number): string => (count === 0 ? '' : count === 1 ? '; 1 of them was made by no phase of the run' : `; ${count} of them were made by no phase of the run`)

async function holdsMerge({ engine }: LandContext, onto: string, tip: string): Promise<boolean> {
  const { stdout } = await engine.repository.git({ cwd: engine.repository.root, args: ['rev-list', '--merges', '--max-count=1', tip, `^${onto}`, '--'], reading: true })
  return stdout.length > 0
}

async function planText({ engine, target }: LandContext, integration: Integration, sides: { tip: string; onto: string }): Promise<string> {
  const { repository } = engine
  const [ours, theirs] = await Promise.all([countAhead(repository, sides.tip, sides.onto), countAhead(repository, sides.onto, sides.tip)])
  const commits = `${ours} ${ours === 1 ? 'commit' : 'commits'}`
  const onto = `${target} (${sides.onto.slice(0, 12)})`
  switch (integration.strategy) {
    case 'fast-forward': return `${commits} on top of ${onto}, as they are`
    case 'rebase': return `${commits} written anew on top of ${onto}, which has ${theirs} more`
    case 'merge': return `${commits} merged into ${onto}, which has ${theirs} more`
  }
}
