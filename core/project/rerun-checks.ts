import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { runCheck } from '../checks/index.ts'
import type { CheckResult } from '../model/check.ts'
import type { Receipt } from '../model/receipt.ts'
import { planChecks } from '../pipeline/checks.ts'
import { checkTimeout } from '../pipeline/run-check.ts'
import { namesOfAttempt } from '../pipeline/environment.ts'
import { setupOf } from '../pipeline/workspace-stage.ts'
import { acquireWorkspace, filesPresent } from '../workspace/index.ts'
import { createEngine } from './engine.ts'
import type { ProjectParts } from './parts.ts'
import { endScratchTrees, recordScratch, removeScratch } from './scratch-trees.ts'

/** What running the checks of a receipt once more showed: one sentence each. */
export interface Rerun {
  confirmed: string[]
  problems: string[]
  unknown: string[]
}

/** Runs the checks of a receipt again on the tree that was judged, in a worktree of their own, and compares how they end. Keeps nothing. */
export async function rerunChecks(parts: ProjectParts, receipt: Receipt): Promise<Rerun> {
  const outcome: Rerun = { confirmed: [], problems: [], unknown: [] }
  const { base, candidate } = receipt
  if (!base || !candidate) return { ...outcome, unknown: ['the attempt got to no tree that checks could judge'] }
  const phase = await parts.store.phase(receipt.run, receipt.phase)
  const [run] = await parts.store.runs({ ids: [receipt.run] })
  const planned = phase ? planChecks(parts.config, phase.spec) : []
  const engine = createEngine(parts, () => undefined)
  const { runtime, repository } = engine
  await endScratchTrees(engine)
  const folder = await mkdtemp(path.join(runtime.temporaryDir, 'autopack-verify-'))
  const tree = await recordScratch(engine, 'verify', folder)
  try {
    const setup = setupOf(engine, path.join(folder, 'setup.log'))
    const { env } = engine.environment()
    const workspace = await acquireWorkspace({
      ...tree, repository, base: base.commit, exec: engine.exec, env: { ...env, ...tree.env }, signal: new AbortController().signal, ...(setup && { setup }),
    })
    // As the attempt had it: what stands in the receipt, not what the plan or a plugin would say today.
    const { prefix } = repository
    const files = (await filesPresent(repository, base.tree, candidate.tree)).filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length))
    // But for its folder: what a check writes there must not end up beside the receipt.
    const prompt = phase && run ? engine.layout.run(run).phase(phase).attempt(receipt.attempt).prompt : path.join(folder, 'prompt.md')
    const named = namesOfAttempt(receipt, { dir: folder, prompt, usage: path.join(folder, 'usage.jsonl'), summary: path.join(folder, 'summary.md') }, workspace.path)
    for (const recorded of receipt.checks) {
      const check = planned.find((one) => one.spec.name === recorded.name)
      if (!check) {
        outcome.unknown.push(`check ${recorded.name} is not in the project any more`)
        continue
      }
      await workspace.materialise(candidate.tree)
      workspace.touched()
      const result = await runCheck({
        spec: check.spec, formats: engine.provisions.checkFormats, workspaceDir: workspace.path, projectDir: workspace.projectDir, tree: candidate.tree,
        run: receipt.run, phase: receipt.phase, attempt: receipt.attempt, args: recorded.args ?? [], files, env: { ...env, ...named, ...tree.env },
        logPath: path.join(folder, 'check.log'), reportPath: path.join(folder, 'report.xml'),
        timeoutMs: checkTimeout(check.spec), exec: engine.exec,
      })
      compare(recorded, result, outcome)
    }
  } finally {
    // A worktree that could not be made cannot be removed either: the error that matters is the first.
    await removeScratch(engine, tree).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  }
  return outcome
}

function compare(recorded: Receipt['checks'][number], now: CheckResult, outcome: Rerun): void {
  const how = (one: { ended: string; exitCode: number | null }) => (one.ended === 'exit' ? `exit code ${one.exitCode}` : one.ended)
  if (how(now) === how(recorded)) outcome.confirmed.push(`check ${recorded.name} ends the same way again: ${how(now)}`)
  else outcome.problems.push(`check ${recorded.name} ended with ${how(now)}, recorded ${how(recorded)}`)
}
