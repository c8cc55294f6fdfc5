import type { Command } from 'commander'
import { hasReviewCommand, reviewCommand } from '../../model/command-text.ts'
import { pausedBuilders, pausedText } from '../../model/circuit.ts'
import { isAccepted } from '../../model/phase.ts'
import type { StatusOutput } from '../../model/outputs.ts'
import type { PausedBuilder } from '../../model/paused-builder.ts'
import { padEnd, plainLine, plural, shellQuote, truncate } from '../../reporters/format.ts'
import { formatTable } from '../../reporters/table.ts'
import type { AttemptRecord, PhaseRecord, RunRecord, Store } from '../../store/store.ts'
import type { CliContext } from '../context.ts'
import { readParked, type ParkedOf } from '../parked.ts'
import { readApproved } from '../approved.ts'
import { acceptedText, paintState, stateWidth, stateWord, waitingText } from '../phase-text.ts'
import { loadProject, withStore } from '../project.ts'

export function configure(command: Command): void {
  command.argument('[run]', 'only this run, with every phase')
}

export const isBare = true

export async function run(context: CliContext, [runId]: readonly unknown[]): Promise<number> {
  const project = await loadProject(context)
  let storeText = ''
  const found = await withStore(project, async (store) => {
    storeText = `store ${store.identity.kind} ${store.identity.location}, id ${store.identity.id}`
    const runs = typeof runId === 'string' ? [await (await import('../lookup.ts')).findRun(store, runId)] : await store.runs()
    const phases = await store.phases(typeof runId === 'string' ? { run: runId } : {})
    const paused = pausedBuilders(await store.circuits(), context.runtime.now())
    // Whose process is gone is looked for only where something is said to run: it takes the whole store.
    const orphans = !context.json && phases.some((phase) => phase.state === 'EXECUTING') ? await orphansIn(context, store) : []
    const approved = context.json ? new Set<PhaseRecord>() : await readApproved(store, phases)
    return { runs, phases, paused, orphans, approved, parkedOf: context.json ? nothingParked : await readParked(project, store) }
  })
  const { runs, phases, paused, orphans, approved, parkedOf } = found ?? { runs: [], phases: [], paused: [], orphans: [], approved: new Set<PhaseRecord>(), parkedOf: nothingParked }
  const byRun = Map.groupBy(phases, (phase) => phase.run)
  if (context.json) {
    context.printJson(statusOutput(project.config.project, runs, byRun, paused))
    return 0
  }
  context.print(`${context.style.bold(project.config.project)}  ${context.style.dim(plural(runs.length, 'run'))}`)
  if (storeText !== '') context.print(context.style.dim(storeText))
  for (const one of paused) context.print(context.style.yellow(plainLine(pausedText(one))))
  if (runs.length === 0) context.print(`Nothing has been imported yet. Next: ${context.program} run`)
  for (const one of runs) {
    context.print('')
    context.print(runLines(one, byRun.get(one.id) ?? [], { context, all: runId !== undefined, parkedOf, approved, isGone: (phase) => orphans.some((attempt) => attempt.run === phase.run && attempt.phase === phase.id) }).join('\n'))
  }
  const parked = firstParked(runs, byRun, parkedOf)
  const failed = phases.find((phase) => phase.state === 'FAILED')
  const waiting = phases.filter((phase) => phase.state === 'REVIEW')
  const hasReview = hasReviewCommand(project.config)
  const review = waiting.length > 1 && hasReview ? 'autopack review list' : waiting[0] && reviewCommand(waiting[0].run, waiting[0].id, hasReview)
  const next = [parked && `autopack explain ${parked.fingerprint}`, parked && 'autopack buckets', failed && `autopack show ${shellQuote(failed.run)} ${shellQuote(failed.id)}`, review].filter((command) => command !== undefined)
  next.forEach((command, index) => context.print(`${index === 0 ? `\n${context.style.dim('next')}` : '    '}  ${command.replace(/^autopack/, context.program)}`))
  return 0
}

async function orphansIn(context: CliContext, store: Store): Promise<readonly AttemptRecord[]> {
  const { isAlive } = await import('../../process/owner.ts')
  return await store.orphans((owner) => isAlive(context.runtime, owner))
}

const nothingParked: ParkedOf = () => undefined

function firstParked(runs: readonly RunRecord[], byRun: ReadonlyMap<string, readonly PhaseRecord[]>, parkedOf: ParkedOf) {
  for (const one of runs)
    for (const phase of byRun.get(one.id) ?? []) {
      const parked = parkedOf(one, phase)
      if (parked && parked.state !== 'suspended') return parked
    }
  return undefined
}

function statusOutput(project: string, runs: readonly RunRecord[], byRun: ReadonlyMap<string, readonly PhaseRecord[]>, paused: PausedBuilder[]): StatusOutput {
  return {
    project,
    ...(paused.length > 0 && { pausedBuilders: paused }),
    runs: runs.map((one) => ({
      id: one.id,
      family: one.family,
      state: one.state,
      phases: (byRun.get(one.id) ?? []).map((phase) => ({
        id: phase.id,
        state: phase.state,
        stage: phase.stage ?? null,
        attempts: phase.attempts,
        class: phase.class ?? null,
        fingerprint: phase.fingerprint ?? null,
        title: phase.title ?? null,
      })),
    })),
  }
}

/** The run, and below it its phases: without `all` only those that are not through. */
function runLines(one: RunRecord, phases: readonly PhaseRecord[], options: { context: CliContext; all: boolean; parkedOf: ParkedOf; approved: ReadonlySet<PhaseRecord>; isGone(phase: PhaseRecord): boolean }): string[] {
  const { style, runtime, stdout } = options.context
  const now = runtime.now()
  const through = phases.filter((phase) => phase.state === 'COMPLETE' || phase.state === 'SKIPPED')
  // What was accepted against its verdict is not forgotten.
  const shown = options.all ? phases : phases.filter((phase) => !through.includes(phase) || isAccepted(phase))
  const rows = shown.map((phase) => {
    const parked = options.parkedOf(one, phase)
    const word = stateWord(phase, phases, now, parked)
    const facts = [
      phase.state === 'EXECUTING' ? phase.stage : undefined,
      phase.state === 'EXECUTING' && options.isGone(phase) ? `its process is gone: the next ${options.context.program} run or drain recovers it` : undefined,
      phase.state === 'FAILED' ? phase.class : acceptedText(phase),
      phase.state === 'FAILED' ? phase.fingerprint : undefined,
      phase.attempts > 1 ? plural(phase.attempts, 'attempt') : undefined,
      waitingText(phase, phases, now, parked, options.approved.has(phase)),
    ].filter((fact) => fact !== undefined)
    return [paintState(word, padEnd(word, stateWidth), style), phase.id, style.dim(facts.join(' · '))]
  })
  const table = formatTable(rows, { indent: 2 })
  const lines = shown.flatMap((phase, index) => {
    const title = phase.state === 'FAILED' && phase.title !== undefined ? plainLine(phase.title) : undefined
    return title === undefined ? [table[index]!] : [table[index]!, ' '.repeat(stateWidth + 4) + truncate(title, Math.max(40, stdout.columns - stateWidth - 4))]
  })
  return [`${style.bold(one.id)}  ${paintState(one.state, one.state, style)}${style.dim(` · ${through.length} of ${phases.length} complete`)}`, ...lines]
}
