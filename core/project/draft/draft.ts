import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { planJsonSchema } from '../../config/json-schema.ts'
import type { PlanFile } from '../../config/plan-file.ts'
import { draftBuilderError, draftFailedError, formatUserError, notesTooLargeError, type UserError } from '../../errors.ts'
import { writeAtomic } from '../../layout/atomic.ts'
import { timeStamp } from '../../layout/stamp.ts'
import type { Builder } from '../../model/builder.ts'
import type { Usage } from '../../model/usage.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { findBuilder } from '../../pipeline/builder-of.ts'
import { keptByOthers } from '../../pipeline/kept-by-others.ts'
import { builderAvailability } from '../../pipeline/run-builder.ts'
import { setupOf } from '../../pipeline/workspace-stage.ts'
import { acquireWorkspace, removeWorktree, resolveBase, type Workspace } from '../../workspace/index.ts'
import { buildDraft, sumOf, type Drafted } from './build.ts'
import { checkDraft, tryChecks } from './check.ts'
import { recordDraft, recoverDrafts } from './record.ts'
import { renderDraftPrompt } from './prompt.ts'
import { draftText } from './text.ts'

export interface DraftRequest {
  notes: string
  /** How messages call them. */
  notesName: string
  /** Of the run that is planned. */
  id: string
  builder: string | undefined
  /** Where the plan would go, relative to the config's folder. */
  target: string
  /** Run the checks of the draft on the base. */
  tries: boolean
  /** A temporary folder of this process, for whoever comes after a crash. */
  scratch?: string
  /** How messages call a file. */
  nameFile(file: string): string
  tell(line: string): void
  signal: AbortSignal
}

export interface Draft {
  plan: PlanFile | undefined
  /** What the builder wrote, kept here. */
  file: string
  text: string
  builder: string
  rounds: number
  usage: Usage
  /** What is still wrong with it after the second round. */
  errors: UserError[]
  notes: string[]
}

const mostRounds = 2

/** Has a builder draft a plan in a worktree that is thrown away, checks it, and hands what is wrong back once. Runs nothing of the draft unasked, and writes no plan. */
export async function draftPlan(engine: Engine, request: DraftRequest): Promise<Draft> {
  for (const line of await recoverDrafts(engine)) request.tell(line)
  const builder = await chooseBuilder(engine, request.builder)
  const { repository, worktrees, runtime, layout } = engine
  const id = `${timeStamp(runtime.now())}-${runtime.randomHex(3)}`
  const paths = layout.draft(id)
  mkdirSync(paths.dir, { recursive: true })
  // Without the names of dialect and schema: agents take them for references that they cannot look up.
  const { $schema: _dialect, $id: _id, ...schema } = planJsonSchema()
  await writeAtomic(paths.schema, `${JSON.stringify(schema, undefined, 2)}\n`, { derived: true })
  // No run key starts with an `@`, and the process number keeps two apart.
  const name = `@plan-${runtime.pid}`
  const place = worktrees.worktree({ key: name })
  const indexFile = worktrees.indexFile(name)
  const branch = `autopack/plan-${runtime.pid}`
  const record = recordDraft(engine, id, paths, { branch, worktree: place, indexFile, ...(request.scratch !== undefined && { scratch: request.scratch }) })
  const recorded: Engine = { ...engine, exec: record.exec }
  try {
    const base = await resolveBase(repository, 'HEAD')
    const setup = request.tries ? setupOf(engine, paths.setupLog) : undefined
    const workspace = await acquireWorkspace({
      repository, path: place, indexFile, branch, base: base.commit, exec: recorded.exec, env: engine.environment().env, signal: request.signal, ...(setup && { setup }),
    })
    return await inRounds(recorded, request, { builder, workspace, id, paths })
  } finally {
    // What cannot be removed now is for `gc`: it must not hide what came of the work.
    await removeWorktree(repository, place, indexFile).catch(() => undefined)
    record.close()
  }
}

interface Drafting { builder: Builder; workspace: Workspace; id: string; paths: ReturnType<Engine['layout']['draft']> }

async function inRounds(engine: Engine, request: DraftRequest, { builder, workspace, id, paths }: Drafting): Promise<Draft> {
  const draftName = 'autopack-draft.yaml'
  const draftFile = path.join(workspace.projectDir, draftName)
  const { prefix } = engine.repository
  const files = (await workspace.filesAt(workspace.baseTree, prefix === '' ? [] : [prefix.replace(/\/$/, '')])).map((file) => file.slice(prefix.length))
  const rounds: Drafted[] = []
  let before: { draft: string; problems: string } | undefined
  // Of all rounds: what the first one changed is to be known of a plan that the second one mended.
  const changed = new Set<string>()
  for (;;) {
    const number = rounds.length + 1
    const attempt = paths.attempt(number)
    mkdirSync(attempt.dir, { recursive: true })
    const prompt = renderDraftPrompt(engine, engine.redactAll({ notes: request.notes, id: request.id, draftName, files, ...(before && { before }), goesOn: rounds.at(-1)?.thread !== undefined }))
    if (prompt.type === 'too-large') throw notesTooLargeError(request.notesName, prompt.tokens, engine.config.context.maxTokens)
    writeFileSync(attempt.prompt, prompt.text)
    request.tell(number === 1 ? `${builder.name} drafts a plan` : `${builder.name} mends its draft`)
    rmSync(draftFile, { force: true })
    await workspace.beforeBuild(attempt.sharedGit, await keptByOthers(engine, { file: attempt.sharedGit }))
    try {
      rounds.push(await buildDraft(engine, { id, number, builder, workspace, paths: attempt, draftFile, schemaFile: paths.schema, thread: rounds.at(-1)?.thread, spent: sumOf(rounds), signal: request.signal }))
    } finally {
      // Also what one did that failed or was stopped.
      for (const note of await discarded(engine, workspace, builder, prefix + draftName)) changed.add(note)
    }
    const found = draftText(draftFile, rounds.at(-1)!.said)
    if (found.type === 'none') throw draftFailedError(builder.name, found.why, attempt.builderLog)
    const text = engine.redact(found.text)
    await writeAtomic(paths.plan, text)
    await workspace.materialise(workspace.baseTree)
    const name = request.nameFile(paths.plan)
    const checked = await checkDraft(engine, { file: paths.plan, name, id: request.id, workspace, target: request.target })
    const tried = request.tries && checked.plan && checked.errors.length === 0 ? await tryChecks(engine, checked.plan, workspace, paths, request.signal) : { errors: [], notes: [] }
    const errors = [...checked.errors, ...tried.errors]
    if (errors.length === 0 || number === mostRounds) {
      return { plan: checked.plan, file: paths.plan, text: readFileSync(paths.plan, 'utf8'), builder: builder.name, rounds: number, usage: sumOf(rounds)!, errors, notes: [...changed, ...checked.notes, ...tried.notes] }
    }
    // In the prompt, and not in the file: one that hands its plan back otherwise would seem to hand back the old one.
    before = { draft: text, problems: errors.map(formatUserError).join('\n\n') }
  }
}

/** What else it changed, in files or in git, is put back: it was to read. */
async function discarded(engine: Engine, workspace: Workspace, builder: Builder, draft: string): Promise<string[]> {
  const guarded = await workspace.guard({ write: [draft], readOnly: [], protect: engine.protect })
  if (guarded.type === 'clean') return []
  const [first] = guarded.problems
  return [`builder ${builder.name} was to read only: what else it changed was thrown away (${first?.message ?? 'files'}${guarded.problems.length > 1 ? ` and ${guarded.problems.length - 1} more` : ''})`]
}

async function chooseBuilder(engine: Engine, named: string | undefined): Promise<Builder> {
  const { config, provisions } = engine
  const builder = findBuilder(engine, { builder: named })
  if (!builder) throw draftBuilderError(named, [...new Set([...Object.keys(config.builders), ...provisions.builders.keys()])])
  const available = await builderAvailability(builder, { env: engine.environment(builder).env, configDir: config.configDir, prices: config.prices }, engine.runtime)
  if (available.type === 'unavailable') throw available.error
  return builder
}
