import type { AcquireRequest, Workspace } from '../workspace/index.ts'
import { UserError } from '../errors.ts'
import { isInside } from '../layout/worktrees.ts'
import { commandLine } from '../model/command-text.ts'
import type { Stage } from '../model/phase.ts'
import type { Claim } from '../store/store.ts'
import { inStage, tell, type Attempt } from './attempt.ts'
import { sharedBranch, type RunAtWork } from './beside.ts'
import { stopReason } from './build.ts'
import type { Engine } from './engine.ts'
import { setupFailures } from './setup-failures.ts'
import { end, fail, next, type Ending, type Step } from './ending.ts'
import { attemptEnvironment } from './environment.ts'
import { mergeInto } from './merge-base.ts'
import { rebaseRun } from './rebase.ts'
import { sparsePlaces } from './sparse.ts'
import { baseOf, branchErrors, branchOf, type RunBase } from './run-base.ts'

/** Opens the run's worktree at the base, set up and clean. A setup that fails ends the phase before anything is spent. */
export async function openWorkspace(attempt: Attempt): Promise<Step<Workspace>> {
  const { engine, claim } = attempt
  const { repository, store, worktrees } = engine
  return await inStage(attempt, 'workspace', async () => {
    const found = await (attempt.beside ? findBaseBeside(attempt, attempt.beside) : findBase(attempt))
    if (found.type === 'end') return found
    const base = await mergeInto(attempt, found.value)
    const place = await placeOf(engine, claim, attempt.beside)
    // What the run starts from stays on record once its branch has grown.
    if (base.from === 'ref') await store.setRunBase(claim.run.id, base.commit)
    await store.setBase(claim, base.commit, place)
    const sparse = await sparsePlaces(attempt, base.commit)
    const setup = setupOf(engine, attempt.paths.setupLog)
    try {
      return next(await engine.acquire({
        repository, path: place, indexFile: worktrees.indexOf(place), ...(sparse && { sparse }),
        branch: branchOf(engine, claim.run), base: base.commit, baseTree: base.tree, ...(base.tip !== undefined && { branchTip: base.tip }),
        exec: engine.exec, signal: attempt.signal, ...(attempt.beside && { shared: sharedBranch(attempt.beside, claim.phase.id) }),
        env: attemptEnvironment(attempt, { projectRoot: place, repositoryRoot: place }).env, ...(setup && { setup: { ...setup, around: (work) => toldSetup(attempt, work), failures: setupFailures(attempt) } }),
      }))
    } catch (error) {
      return endOfSetup(attempt, error, { stage: 'workspace', charged: false })
    }
  })
}

/** The run's worktree: the usual place, or where it goes on since somebody else may still write there; where others of the run are at work, a further one. */
async function placeOf({ store, worktrees }: Engine, { run, attemptId }: Claim, beside: RunAtWork | undefined): Promise<string> {
  const usual = worktrees.worktree(run)
  // A worktree of another `workspace.dir` is not gone on with.
  const known = (await store.worktrees({ run: run.id })).map(({ path: place }) => place).filter((place) => place === usual || isInside(place, worktrees.dir))
  const taken = new Set(beside?.places.values())
  const warm = known.includes(usual) && !taken.has(usual) ? usual : known.find((place) => !taken.has(place))
  const place = warm ?? freePlace(new Set([...known, ...taken]))
  beside?.places.set(attemptId, place)
  return place

  /** Whatever was put aside has its successor among those in use: by their number, none is named again that somebody may still write to. */
  function freePlace(used: ReadonlySet<string>): string {
    if (used.size === 0) return usual
    let number = used.size + 1
    while (used.has(worktrees.besideWorktree(run, number))) number++
    return worktrees.besideWorktree(run, number)
  }
}

/** Where an attempt starts beside others: where this process has brought the branch, or where they started. Nobody looks at the branch, or rebases it, while a builder may be at it. */
async function findBaseBeside(attempt: Attempt, beside: RunAtWork): Promise<Step<RunBase>> {
  return await beside.opening(async () => {
    const [first] = beside.bases.values()
    const latest = beside.made.at(-1)
    const known = first && (latest ? { commit: latest.commit, tree: latest.tree, from: 'branch' as const, tip: latest.commit, strange: 0 } : { ...first, strange: 0 })
    const found = known ? next(known) : await findBase(attempt)
    if (found.type === 'end') return found
    if (!known) {
      beside.made.length = 0
      beside.tip = found.value.tip
    }
    beside.bases.set(attempt.claim.attemptId, found.value)
    return found
  })
}

/** Where the attempt starts; the branch is brought up to date first, if that was asked for. What is wrong with the branch is wrong for every phase of the run. */
async function findBase(attempt: Attempt): Promise<Step<RunBase>> {
  const { engine, claim } = attempt
  try {
    const base = await baseOf(engine, claim.run)
    if (base.strange > 0) {
      const message = `${branchOf(engine, claim.run)} holds ${base.strange === 1 ? 'a commit' : `${base.strange} commits`} that Autopack did not make; the run goes on from there`
      engine.emit({ type: 'notice', level: 'info', run: claim.run.id, message })
    }
    return attempt.request.rebase && base.from === 'branch' ? await rebaseRun(attempt, base) : next(base)
  } catch (error) {
    if (!(error instanceof UserError) || !branchErrors.has(error.code)) throw error
    attempt.runBlocked = error.message
    return fail({ stage: 'workspace', class: 'patch_failed', message: error.message, output: error.fix ?? '' }, false)
  }
}

/** Tells that the setup runs, and how long it took last time: it may take longer than all else. */
async function toldSetup(attempt: Attempt, work: () => Promise<void>): Promise<void> {
  const { config, store, runtime } = attempt.engine
  const key = 'setup'
  const lastMs = attempt.durations.get(key) ?? (await store.lastDuration(key))
  const detail = config.workspace.setup.map(commandLine).join(' && ')
  tell(attempt, { type: 'stage-started', stage: 'workspace', detail, ...(lastMs !== undefined && { lastMs }) })
  const started = runtime.monotonic()
  await work()
  attempt.durations.set(key, runtime.monotonic() - started)
}

const setupErrors = new Set(['setup-failed', 'setup-escapes', 'setup-folder-missing'])

/** What becomes of an attempt whose tree cannot be set up: that is the project's fault, or of a builder that changed what setup reads, and not the machine's. Throws what is anything else. */
export function endOfSetup(attempt: Attempt, error: unknown, failure: { stage: Stage; charged: boolean }): { type: 'end'; ending: Ending } {
  if (!(error instanceof UserError) || !setupErrors.has(error.code)) throw error
  // Its command was ended by the stop.
  if (attempt.signal.aborted) return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
  // Of a command that failed, its log is what there is to go by; else all its commands passed, and the config names what they do not make.
  const told = error.code === 'setup-failed' ? (error.where ? { logPath: error.where.file } : { output: error.fix ?? '' }) : { class: 'config_error', output: '', problems: [{ code: error.code, message: `${error.message} (${error.fix})` }] }
  return fail({ stage: failure.stage, message: error.message, ...told }, failure.charged)
}

/** The project's setup as the workspace takes it; undefined where there is none. */
export function setupOf(engine: Engine, logPath: string): AcquireRequest['setup'] {
  const { setup, cache, key } = engine.config.workspace
  return setup.length === 0 ? undefined : { setup, cache, key, dir: (name) => engine.worktrees.setupCache(name), logPath, underWay: engine.setups }
}
