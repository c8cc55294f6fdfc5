import type { z } from 'zod'
import { writeJsonSync } from '../layout/atomic.ts'
import { chooseLessons, lessonsOf, nextMarker, putAside, readLearned, takeIn } from '../learning/index.ts'
import type { LearnedRules, RunHint, RunHints } from '../model/learning.ts'
import { learnedRulesSchema, rulesUpdatedSchema, runHintsSchema } from '../model/learning-schema.ts'
import { isAccepted } from '../model/phase.ts'
import type { RunRecord } from '../store/store.ts'
import { filesOfCommit } from '../workspace/index.ts'
import { tell, type Attempt } from './attempt.ts'
import type { Engine } from './engine.ts'
import { patternHead } from './pattern-head.ts'

/** Hints that a run keeps, the latest. */
const mostHints = 200

/** The folders and files that a write scope is about; none where it is everything. */
export function scopeHeads(scope: readonly string[]): string[] {
  const heads = scope.filter((glob) => !glob.startsWith('!')).map(patternHead)
  return heads.includes('') ? [] : heads
}

/** As the resolver would, without asking git: it only decides what is shown, and in which order. */
function inRepository(path: string, prefix: string): string {
  const plain = path.replace(/^\.\//, '')
  return plain.startsWith(prefix) ? plain : prefix + plain
}

/**
 * Records what the phases of a run have taught that passed after they had failed, and what of that other runs have had too. Looks at every phase that nobody
 * has looked at, so that what a crash cut off is caught up with. Never fails what it is called for: what goes wrong is a notice.
 */
export async function learnFrom(engine: Engine, run: RunRecord): Promise<void> {
  if (!engine.config.learning.on) return
  try {
    const paths = engine.layout.run(run)
    const before = readLearned(paths.ruleHints, runHintsSchema)
    const seen = new Set(before.type === 'read' ? before.value.seen : [])
    const at = new Date(engine.runtime.now()).toISOString()
    const passed = (await engine.store.phases({ run: run.id, states: ['COMPLETE'] })).filter((phase) => phase.attempts > 1 && !seen.has(phase.id) && !isAccepted(phase))
    const hints: RunHint[] = []
    for (const phase of passed) {
      const attempts = await engine.store.attempts({ run: run.id, phase: phase.id })
      const touched = phase.commit === undefined ? [] : await filesOfCommit(engine.repository, phase.commit)
      hints.push(...lessonsOf({ phase: phase.id, attempts, touched, scope: scopeHeads(phase.spec.scope.paths.map((path) => inRepository(path, engine.repository.prefix))), at, redact: engine.redact }))
    }
    if (passed.length > 0) await engine.store.exclusively(() => put(engine, run, { phases: passed.map((phase) => phase.id), hints, at }))
  } catch (error) {
    engine.emit({ type: 'notice', level: 'warning', run: run.id, message: `what was learned could not be written: ${error instanceof Error ? error.message : String(error)}` })
  }
}

/** While nobody else writes: the files are read again, added to, and each replaced as a whole. The hints come last, for they say what need not be done again. */
function put(engine: Engine, run: RunRecord, learned: { phases: string[]; hints: RunHint[]; at: string }): void {
  const { layout, config } = engine
  const { ruleHints } = layout.run(run)
  const hints = readOrPutAside(engine, ruleHints, runHintsSchema, noHints(run))
  const rules = readOrPutAside(engine, layout.learnedRules, learnedRulesSchema, noRules(config.project))
  const marker = readOrPutAside(engine, layout.rulesUpdated, rulesUpdatedSchema, undefined)
  if (hints === 'newer') return
  const fresh = learned.hints.filter((hint) => !hints.seen.includes(hint.phase))
  if (rules !== 'newer' && fresh.length > 0) {
    const { known } = takeIn(rules, run.id, fresh, config.learning, learned.at)
    writeJsonSync(layout.learnedRules, known)
    const next = marker === 'newer' ? undefined : nextMarker(marker, known)
    if (next) {
      writeJsonSync(layout.rulesUpdated, next)
      for (const rule of next.rules) engine.emit({ type: 'notice', level: 'info', run: run.id, message: `learned: ${rule.title} (${rule.id}), now a rule of the project` })
    }
  }
  writeJsonSync(ruleHints, { ...hints, seen: [...new Set([...hints.seen, ...learned.phases])], hints: [...hints.hints, ...fresh].slice(-mostHints) })
}

const noHints = (run: RunRecord): RunHints => ({ version: 1, run: run.id, seen: [], hints: [] })
const noRules = (project: string): LearnedRules => ({ version: 1, project, rules: [], candidates: [] })

function readOrPutAside<Schema extends z.ZodType, Missing>(engine: Engine, file: string, schema: Schema, missing: Missing): z.output<Schema> | Missing | 'newer' {
  const found = readLearned(file, schema)
  const warn = (message: string) => engine.emit({ type: 'notice', level: 'warning', message })
  switch (found.type) {
    case 'missing': return missing
    case 'read': return found.value
    case 'newer':
      warn(`${file} was written by a newer Autopack (version ${found.version}) and is left alone: nothing is learned into it`)
      return 'newer'
    case 'broken':
      warn(`${file} cannot be read (${found.problem}): it is kept as ${putAside(file, (count) => engine.layout.aside(file, count))}, and begun anew`)
      return missing
  }
}

/** What earlier attempts have taught that concerns this one: lines for its prompt. */
export async function lessonsFor(attempt: Attempt, situation: Parameters<typeof chooseLessons>[2]): Promise<string[]> {
  const { engine, claim } = attempt
  const { on, inPrompt } = engine.config.learning
  if (!on || inPrompt === 0) return []
  const { ruleHints } = engine.layout.run(claim.run)
  let [hints, rules] = [readLearned(ruleHints, runHintsSchema), readLearned(engine.layout.learnedRules, learnedRulesSchema)]
  if (hints.type === 'broken' || rules.type === 'broken') {
    // Read again while nobody writes: what was broken may have been put aside and begun anew meanwhile.
    await engine.store.exclusively(() => {
      readOrPutAside(engine, ruleHints, runHintsSchema, undefined)
      readOrPutAside(engine, engine.layout.learnedRules, learnedRulesSchema, undefined)
    })
    hints = readLearned(ruleHints, runHintsSchema)
    rules = readLearned(engine.layout.learnedRules, learnedRulesSchema)
  }
  const { lines, left } = chooseLessons(hints.type === 'read' ? hints.value.hints : [], rules.type === 'read' ? rules.value.rules : [], situation, inPrompt)
  if (left.length > 0) tell(attempt, { type: 'progress', line: `learned: ${lines.length} of ${lines.length + left.length} hints and rules that apply are in the prompt; left out: ${left.join(', ')}` })
  return lines
}
