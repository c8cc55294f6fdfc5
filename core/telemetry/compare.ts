import { compareText } from '../model/compare-text.ts'
import type { Calls, Comparison } from '../model/comparison.ts'
import type { AttemptTelemetry } from '../model/telemetry.ts'
import { totalTokens } from '../model/usage.ts'
import { createHistory, type Place } from './estimate.ts'
import { sumKnown } from './expected.ts'

/** What is looked at of a drain. */
export interface PastSession {
  id: string
  command: 'run' | 'drain'
  /** Ids; empty: all. */
  runs: readonly string[]
  /** Only some of their phases were asked for. */
  filter?: object
  /** ISO 8601. */
  startedAt: string
  endedAt?: string
  stop?: { reason: string }
}

/** A phase as the plan has it, whether it was ever tried or not. */
export interface PlannedPhase {
  run: string
  family: string
  phase: string
  needs: readonly string[]
  /** Epoch milliseconds. */
  importedAt: number
}

export interface LoopRules {
  /** Attempts at a phase in a row. */
  attemptsPerPhase: number
  /** Phases that a drain takes. */
  batch: number
}

/** The loop of the waste benchmark. */
export const plainLoop: LoopRules = { attemptsPerPhase: 5, batch: 30 }

type Tried = Place & { attempts: AttemptTelemetry[] }

/**
 * What a plain retry loop would have spent in the place of a project's drains: in each of them it calls the builder for every phase that was tried, and, in a
 * drain of the backlog, for every one that had failed before and was not done, until it passes or its attempts are used up. That it passes where it did
 * is taken for granted, and so is that it fails as often before that; it never looks at the base, so that what failed before the builder costs a call.
 * What a drain parked and nobody had tried yet the loop would have tried too. What would have come of it nobody knows, so that is told apart: as if each had
 * failed like those that parked it, at the cost of its run, family or project. `attempts`: all that ended, the oldest first.
 */
export function compareWithRetry(attempts: readonly AttemptTelemetry[], sessions: readonly PastSession[], phases: readonly PlannedPhase[] = [], rules: LoopRules = plainLoop): Comparison {
  const history = createHistory(attempts)
  const bySession = Map.groupBy(attempts, (attempt) => attempt.session)
  const known = new Set(sessions.map((session) => session.id))
  const lost = [...bySession].filter(([id]) => !known.has(id)).map(([id, of]): PastSession => ({ id, command: 'run', runs: [], startedAt: new Date(of[0]!.startedAt).toISOString() }))
  const inOrder = [...sessions, ...lost].toSorted((left, right) => compareText(left.startedAt, right.startedAt))
  const open = new Map<string, Tried>()
  const loop = noCalls()
  const parked = { ...noCalls(), phases: 0 }
  const parkedPhases = new Set<string>()
  const parkedIn = parkedBefore(phases, attempts)
  const call = ({ run, family, phase }: Place, count: number, of: Calls = loop): void => {
    const { tokens, cost, durationMs = 0 } = history.expect({ run, family, phase }) ?? {}
    of.calls += count
    of.durationMs += count * durationMs
    if (tokens !== undefined && count > 0) of.tokens = (of.tokens ?? 0) + count * tokens
    if (cost !== undefined && count > 0) of.cost = (of.cost ?? 0) + count * cost
  }
  for (const session of inOrder) {
    const tried = phasesOf(bySession.get(session.id) ?? [])
    const waiting = session.command === 'run' || session.filter ? [] : [...open].filter(([key, { run }]) => !tried.has(key) && (session.runs.length === 0 || session.runs.includes(run)))
    const again = waiting.slice(0, Math.max(0, rules.batch - tried.size))
    for (const [, one] of again) call(one, rules.attemptsPerPhase)
    const room = session.command === 'run' ? Infinity : Math.max(0, rules.batch - tried.size - again.length)
    for (const one of parkedIn(session).slice(0, room)) {
      call(one, rules.attemptsPerPhase, parked)
      parkedPhases.add(keyOf(one))
    }
    for (const [key, one] of tried) {
      const end = endOf(one.attempts)
      call(one, end.type === 'failed' ? rules.attemptsPerPhase : Math.min(end.calls, rules.attemptsPerPhase))
      if (end.type === 'done') open.delete(key)
      else if (end.type === 'failed') open.set(key, one)
    }
  }
  return { policy: 'retry', attemptsPerPhase: rules.attemptsPerPhase, sessions: inOrder.length, spent: spentOf(attempts), loop, parked: { ...parked, phases: parkedPhases.size } }
}

const noCalls = (): Calls => ({ calls: 0, tokens: null, cost: null, durationMs: 0 })
const keyOf = ({ run, phase }: Pick<Place, 'run' | 'phase'>): string => JSON.stringify([run, phase])

/**
 * The phases that a session left untried because they were parked: it ended with nothing else left to do, nobody had tried them until then, and what they
 * need was done.
 */
function parkedBefore(phases: readonly PlannedPhase[], attempts: readonly AttemptTelemetry[]): (session: PastSession) => PlannedPhase[] {
  const begun = new Map<string, number>()
  const done = new Map<string, number>()
  for (const attempt of attempts) {
    const key = keyOf(attempt)
    begun.set(key, Math.min(begun.get(key) ?? Infinity, attempt.startedAt))
    if (attempt.outcome === 'complete' || attempt.outcome === 'skipped') done.set(key, attempt.endedAt)
  }
  return ({ stop, filter, runs, startedAt, endedAt }) => {
    if (stop?.reason !== 'fingerprint_repeat' || filter) return []
    const [from, until] = [Date.parse(startedAt), Date.parse(endedAt ?? startedAt)]
    return phases.filter((one) => (runs.length === 0 || runs.includes(one.run)) && one.importedAt <= from && (begun.get(keyOf(one)) ?? Infinity) > until
      && one.needs.every((need) => (done.get(keyOf({ run: one.run, phase: need })) ?? Infinity) <= until))
  }
}

function phasesOf(attempts: readonly AttemptTelemetry[]): Map<string, Tried> {
  const tried = new Map<string, Tried>()
  for (const attempt of attempts) {
    const key = keyOf(attempt)
    const { run, family, phase } = attempt
    if (!tried.has(key)) tried.set(key, { run, family, phase, attempts: [] })
    tried.get(key)!.attempts.push(attempt)
  }
  return tried
}

/** How a phase left a drain, and how many calls a loop would have needed to get there. */
function endOf(attempts: readonly AttemptTelemetry[]): { type: 'done' | 'none' | 'failed'; calls: number } {
  const failures = attempts.filter(({ outcome }) => outcome === 'failed' || outcome === 'retry').length
  const last = attempts.at(-1)!
  const called = attempts.filter((attempt) => attempt.builderReached).length
  switch (last.outcome) {
    // What a plugin skipped, or a person approved, was through without a call.
    case 'complete': case 'review': case 'skipped': return { type: 'done', calls: failures + Number(last.builderReached) }
    case 'failed': case 'retry': return { type: 'failed', calls: failures }
    case 'deferred': case 'held': case 'usage-limit': case 'interrupted': return { type: 'none', calls: called }
  }
}

function spentOf(attempts: readonly AttemptTelemetry[]): Calls {
  const calls = attempts.filter((attempt) => attempt.builderReached)
  return {
    calls: calls.length, durationMs: calls.reduce((total, attempt) => total + attempt.endedAt - attempt.startedAt, 0),
    tokens: sumKnown(calls.map(({ usage }) => totalTokens(usage))), cost: sumKnown(calls.map(({ usage }) => (usage === 'unknown' ? undefined : usage.cost))),
  }
}
