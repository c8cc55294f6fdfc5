import { userInfo } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { PhaseReview, PluginApi, PluginCommand } from '../../core/index.ts'
import type { ReviewCriteria } from './criteria.ts'
import { reviewDecidedError, reviewNotWaitingError, reviewUsageError } from './errors.ts'
import { decisions, researchOf, syncReview, syncReviews, workflowIn } from './files.ts'
import type { DecisionOutput, ReviewListOutput, ReviewOutput, ReviewShowOutput } from './outputs.ts'
import { decisionLines, listLines, showLines } from './text.ts'

interface Call extends Pick<Parameters<PluginCommand['run']>[0], 'args' | 'json' | 'print' | 'api'> { criteria: ReviewCriteria }

/** Runs one call of `autopack review`; returns its exit code. @throws UserError. */
export async function runReview(call: Call): Promise<number> {
  const [verb = 'list', ...args] = call.args.length > 0 && !call.args[0]!.startsWith('-') ? call.args : ['list', ...call.args]
  switch (verb) {
    case 'list': return await list(call, parse(args, { all: { type: 'boolean' } }, 0, 1))
    case 'show': return await show(call, parse(args, {}, 2, 2))
    case 'approve': case 'reject': case 'more': return await decide(call, verb, parse(args, { comments: { type: 'string' }, reviewer: { type: 'string' } }, 2, 2))
    default: throw reviewUsageError(`there is no \`autopack review ${verb}\``, 'list, show, approve, reject or more; see `autopack review --help`')
  }
}

interface Parsed { values: Readonly<Record<string, string | boolean | undefined>>; positionals: readonly string[] }

function parse(args: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>, least: number, most: number): Parsed {
  let parsed: Parsed
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw reviewUsageError((error as Error).message.split('. ')[0]!.replace(/^U/, 'u'), 'see `autopack review --help`')
  }
  const { length } = parsed.positionals
  if (length < least) throw reviewUsageError(length === 0 ? 'which phase? Neither run nor phase is named' : `which phase of ${parsed.positionals[0]}?`, '`autopack review list` names what waits')
  if (length > most) throw reviewUsageError(`too many arguments: ${parsed.positionals.slice(most).join(' ')}`, 'put a text of several words into quotes')
  return parsed
}

async function list({ api, json, print, criteria }: Call, { values, positionals: [run] }: Parsed): Promise<number> {
  const reviews = await api.phases.reviews({ ...(run !== undefined && { run }), ...(values['all'] !== true && { waiting: true }) })
  const output: ReviewListOutput = { project: api.config.project, reviews: reviews.map((review) => outputOf(review, criteria)) }
  if (json) print(JSON.stringify(output, undefined, 2))
  else for (const line of listLines(output.reviews, values['all'] === true)) print(line)
  return 0
}

/** The review that is meant by a run and a phase: the latest of it. */
async function findReview(api: PluginApi, run: string, phase: string): Promise<PhaseReview> {
  const review = (await api.phases.reviews({ run, phase })).at(-1)
  if (review) return review
  // Says which name is wrong, where one is.
  await api.phases.reviewPlace({ run, phase, attempt: 1 })
  throw reviewNotWaitingError(run, phase, 'nobody asked for one')
}

async function show({ api, json, print, criteria }: Call, { positionals: [run = '', phase = ''] }: Parsed): Promise<number> {
  const review = await findReview(api, run, phase)
  const research = researchOf(review)
  const output: ReviewShowOutput = { project: api.config.project, review: outputOf(review, criteria), research: research ?? null, requests: review.requests }
  if (json) print(JSON.stringify(output, undefined, 2))
  else for (const line of showLines(output)) print(line)
  return 0
}

async function decide(call: Call, verb: 'approve' | 'reject' | 'more', { values, positionals: [run = '', phase = ''] }: Parsed): Promise<number> {
  const { api, json, print, criteria } = call
  const comments = textOf(values['comments'])
  const by = textOf(values['reviewer']) || whoAmI()
  if (verb === 'more' && comments === '') throw reviewUsageError('what is missing? The next attempt reads it in its prompt', `say it with --comments: autopack review more ${run} ${phase} --comments "…"`)
  const before = await findReview(api, run, phase)
  refuseDecidedFile(before, verb, criteria)
  const outcome = await api.phases.decide({ run, phase, decision: verb, by, comments })
  if (outcome.type === 'not-waiting') throw reviewNotWaitingError(run, phase, `it is ${outcome.state}`)
  const after = await findReview(api, run, phase)
  if (outcome.type === 'already-decided') {
    syncReviews({ api, criteria }, [after])
    throw reviewDecidedError(`${run}/${phase}`, decisions[outcome.decision], outcome.by, outcome.at, outcome.state === 'QUEUED' ? `it is queued; \`autopack run ${run}\` goes on` : `it is ${outcome.state}: see \`autopack show ${run} ${phase}\``)
  }
  // Of an approved phase there may be a later attempt by now; the review is the one that was looked at.
  const decided = (await api.phases.reviews({ run, phase })).find((one) => one.attempt === before.attempt) ?? after
  syncReview({ api, criteria }, decided)
  const output: DecisionOutput = {
    project: api.config.project, run, phase, decision: decisions[verb], reviewer: by, comments, state: outcome.state,
    commit: outcome.commit ?? null, class: outcome.class ?? null, title: outcome.title ?? null, reason: outcome.reason ?? null,
    file: path.join(decided.dir, `${decided.id}.json`),
  }
  if (json) print(JSON.stringify(output, undefined, 2))
  else for (const line of decisionLines(output)) print(line)
  return verb === 'approve' && outcome.state === 'FAILED' ? 1 : 0
}

/** Somebody decided in the file alone, by the class: that decision stands, and can be carried out, but not turned round. */
function refuseDecidedFile(review: PhaseReview, verb: 'approve' | 'reject' | 'more', criteria: ReviewCriteria): void {
  const workflow = workflowIn(review.dir, criteria)
  if (review.decision || !workflow.hasReview(review.id)) return
  const { result } = workflow.getReview(review.id)
  if (!result || result.decision === decisions[verb]) return
  const same = Object.entries(decisions).find(([, decision]) => decision === result.decision)?.[0] ?? 'approve'
  throw reviewDecidedError(`${review.run}/${review.phase}`, result.decision, result.reviewer, result.timestamp, `carry that out with \`autopack review ${same} ${review.run} ${review.phase}\``)
}

const textOf = (value: string | boolean | undefined): string => (typeof value === 'string' ? value.trim() : '')

function whoAmI(): string {
  try {
    return userInfo().username
  } catch {
    // A user without an entry, as in some containers.
    return 'unknown'
  }
}

function outputOf(review: PhaseReview, criteria: ReviewCriteria): ReviewOutput {
  const research = researchOf(review)
  const suggestion = research && workflowIn(undefined, criteria).autoReview(research)
  return {
    run: review.run, phase: review.phase, attempt: review.attempt, state: review.state, goal: review.goal, commit: review.commit, requestedAt: review.requestedAt,
    reasons: review.requests.map((one) => one.reason),
    confidence: research?.confidence ?? null, findings: research?.findings.length ?? null, recommendations: research?.recommendations.length ?? null,
    suggestion: suggestion ? { decision: suggestion.decision, comments: suggestion.comments } : null,
    decision: review.decision ? { decision: decisions[review.decision.type], reviewer: review.decision.by, comments: review.decision.comments, at: review.decision.at } : null,
    file: path.join(review.dir, `${review.id}.json`),
  }
}
