import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { UserError } from '../errors.ts'
import { logSize, readWindow } from '../checks/index.ts'
import type { FailureContext } from '../failure/index.ts'
import { argvOf, commandLine } from '../model/command-text.ts'
import { failureSchema, type Failure } from '../model/failure.ts'
import { askClassifiers, causesOfFailure, type AskedClassifiers } from '../pipeline/ask-classifiers.ts'
import type { Engine } from '../pipeline/engine.ts'
import { noPhase } from './classify-output.ts'
import { baseOf, branchErrors } from '../pipeline/run-base.ts'
import { setupOf } from '../pipeline/workspace-stage.ts'
import { acquireWorkspace } from '../workspace/index.ts'
import type { BacklogRun } from '../drain/index.ts'
import { recordScratch, removeScratch } from './scratch-trees.ts'

/** How long one preflight command may take: it is to be cheap, or it is a check. */
const preflightTimeoutMs = 600_000
/** How much of an output's beginning and of its end the classifiers see, in bytes each. */
const outputWindow = 64 * 1024

/** Runs the project's `preflight` commands on the tree that the run starts from, in a worktree of its own. What passed once on a tree is not run again. */
export async function preflight(engine: Engine, run: BacklogRun, signal: AbortSignal): Promise<{ type: 'passed' } | { type: 'failed'; detail: string }> {
  const { config, store, repository, runtime } = engine
  if (config.preflight.length === 0) return { type: 'passed' }
  const base = await baseOf(engine, run.record).catch((error: unknown) => {
    if (error instanceof UserError && branchErrors.has(error.code)) return undefined
    throw error
  })
  // What is wrong with the run's branch is told by its first attempt, which ends the run and not the drain.
  if (!base) return { type: 'passed' }
  const { env } = engine.environment()
  const key = createHash('sha256').update(JSON.stringify(['preflight-1', base.tree, config.preflight, config.workspace, Object.entries(env).sort()])).digest('hex')
  if (await store.baseline(key)) return { type: 'passed' }
  const tree = await recordScratch(engine, 'preflight')
  const logPath = engine.layout.run(run.record).preflightLog
  await rm(logPath, { force: true })
  const setup = setupOf(engine, logPath)
  try {
    const workspace = await acquireWorkspace({ ...tree, repository, base: base.commit, exec: engine.exec, env: { ...env, ...tree.env }, signal, ...(setup && { setup }) })
    for (const command of config.preflight) {
      const begun = await logSize(logPath)
      const result = await engine.exec({ command, cwd: workspace.projectDir, env: { ...env, ...tree.env }, logPath, timeoutMs: preflightTimeoutMs, signal })
      if (result.ended === 'exit' && result.exitCode === 0) continue
      if (result.ended === 'cancelled') return { type: 'failed', detail: 'the preflight was stopped' }
      const context = { workspace: workspace.path, projectRoot: workspace.projectDir, home: runtime.home, temporaryDir: runtime.temporaryDir, run: run.record.id }
      const failure = failureSchema.parse({
        stage: 'preflight', message: result.message ?? `${commandLine(command)} failed`, command: [...argvOf(command)], exitCode: result.exitCode, signal: result.signal,
        output: (await readWindow(logPath, begun, outputWindow)) || result.tail, logPath,
      })
      const { classification, recorded } = await classify(engine, context, failure)
      for (const { message } of recorded) engine.emit({ type: 'notice', level: 'warning', run: run.record.id, message })
      const how = result.ended === 'exit' ? `exit code ${result.exitCode ?? result.signal}` : result.ended
      return { type: 'failed', detail: `${commandLine(command)} on commit ${base.commit.slice(0, 12)}: ${classification.title}${placeOf(failure, classification.title)} (${how}); log: ${logPath}` }
    }
    await store.putBaseline(key, JSON.stringify({ passed: true }))
    return { type: 'passed' }
  } catch (error) {
    // A setup that fails, say.
    if (!(error instanceof UserError)) throw error
    return { type: 'failed', detail: error.fix === undefined ? error.message : `${error.message}; ${error.fix}` }
  } finally {
    await removeScratch(engine, tree)
  }
}

/** ` at file:line` of the cause that a title tells of, where it does not say so itself. */
function placeOf({ causes }: Failure, title: string): string {
  const { file, line } = causes.find((cause) => cause.title === title) ?? causes[0] ?? {}
  if (file === undefined) return ''
  const place = line === undefined ? file : `${file}:${line}`
  return title.includes(place) ? '' : ` at ${place}`
}

/** Asks the project's classifiers as for a failure of a phase, though there is no attempt yet. */
async function classify(engine: Engine, context: FailureContext & { workspace: string; projectRoot: string; run: string }, failure: Failure): Promise<AskedClassifiers> {
  failure.causes = causesOfFailure(failure, context)
  return await askClassifiers(engine.hooks, { ...noPhase, run: context.run, failure, projectRoot: context.projectRoot, repositoryRoot: context.workspace, checks: [] }, context)
}
