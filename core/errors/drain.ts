import { shellQuote } from '../model/command-text.ts'
import { UserError } from './user-error.ts'

// Errors of runs, sessions, builders and phases.

export function requeueStateError(run: string, phase: string, state: string): UserError {
  const fix = state === 'COMPLETE' ? 'write a new phase into the plan for what is still to be done' : state === 'REVIEW' ? `decide it: \`autopack review show ${shellQuote(run)} ${shellQuote(phase)}\`` : 'see `autopack status` for failed and held phases'
  return new UserError({ code: 'requeue-state', message: `${run}/${phase} is ${state} and cannot be requeued: only a FAILED phase, or a held one, can`, fix })
}

export function invalidBuilderOption(builder: string, option: string, value: unknown, fix: string): UserError {
  const shown = value === undefined ? 'undefined' : JSON.stringify(value)
  return new UserError({ code: 'builder-option-invalid', message: `the option ${option} of the ${builder} builder cannot be ${shown}`, fix })
}

export function reviewInvalidError(what: string, value: unknown, fix: string): UserError {
  return new UserError({ code: 'review-invalid', message: `a decision with ${what} ${JSON.stringify(value) ?? 'undefined'} cannot be taken`, fix })
}

/** The decision is on record; git, the store or the disk failed while it was carried out. */
export function reviewNotCarriedOutError(run: string, phase: string, problem: string): UserError {
  return new UserError({
    code: 'review-not-carried-out', message: `${run}/${phase} is approved, and could not be taken over: ${problem}`, fix: `mend this; the next \`autopack run ${shellQuote(run)}\` takes it over`, exitCode: 4,
  })
}

export function sessionNotFoundError(wanted: string | undefined, known: readonly string[]): UserError {
  return new UserError({
    code: 'session-not-found', message: wanted === undefined ? 'there is no drain session to resume' : `there is no drain session ${JSON.stringify(wanted)}`,
    fix: known.length > 0 ? `the latest are ${known.slice(-3).join(', ')}` : 'start one with `autopack run` or `autopack drain`',
  })
}

/** `ended`: the latest one. */
export function sessionNotRunningError(ended: string | undefined): UserError {
  return new UserError({
    code: 'session-not-running', message: 'no drain of this project is at work',
    fix: ended === undefined ? 'start one with `autopack drain`' : `see what the latest did: autopack drain --watch ${shellQuote(ended)}`,
  })
}

export function sessionBusyError(session: string, pid: number): UserError {
  return new UserError({
    code: 'session-busy', message: `the drain session ${session} is at work in process ${pid}: it cannot be resumed beside it`,
    fix: 'wait for it or end it with `autopack stop`; a drain of its own (without --resume) may work beside it',
  })
}

export function runNotKnownError(run: string, near: string | undefined, known: readonly string[]): UserError {
  return new UserError({
    code: 'run-not-found', message: `there is no run ${JSON.stringify(run)}, neither in the plans nor in the store`,
    fix: near !== undefined ? `did you mean ${JSON.stringify(near)}?` : known.length > 0 ? `there are ${known.slice(0, 8).join(', ')}` : 'write a plan, or try `autopack run --goal "…"`',
  })
}

export function builderMissingError(run: string, phase: string, name: string | undefined, known: readonly string[]): UserError {
  return new UserError({
    code: 'builder-missing', message: name === undefined ? `phase ${phase} of run ${run} has no builder: the config names none` : `phase ${phase} of run ${run} asks for the builder ${JSON.stringify(name)}, which does not exist`,
    fix: name === undefined
      ? 'set `builder` in the config: \'auto\' for the agent that is installed, or, for example, command({ run: ["my-agent", "{prompt}"] }) from autopack/builders'
      : `there are ${known.join(', ')}`,
  })
}

export function builderUnavailableError(name: string, reason: string, fix: string): UserError {
  return new UserError({ code: 'builder-unavailable', message: `the builder ${name} cannot run here: ${reason}`, fix })
}

/** A flag that narrows what is drained names what there is not. `what`: what it should name. */
export function selectionUnknownError(flag: string, value: string, what: string, near: string | undefined, known: readonly string[]): UserError {
  const list = `${known.slice(0, 8).join(', ')}${known.length > 8 ? ', …' : ''}`
  return new UserError({
    code: 'selection-unknown', message: `${flag} ${JSON.stringify(value)}: there is no such ${what}`,
    fix: near !== undefined ? `did you mean ${JSON.stringify(near)}?` : known.length > 0 ? `there are ${list}` : 'leave it out: there is none yet',
  })
}

export function phaseAmbiguousError(name: string, found: readonly { run: string; phase: string }[]): UserError {
  return new UserError({
    code: 'phase-ambiguous', message: `--phase ${JSON.stringify(name)} names ${found.map(({ run, phase }) => `phase ${phase} of run ${run}`).join(' and ')}`,
    fix: `name the run as well: --run ${shellQuote(found[0]?.run ?? '')} --phase ${shellQuote(name)}`,
  })
}

export function selectionEmptyError(flags: string): UserError {
  return new UserError({ code: 'selection-empty', message: `no run is left by ${flags}`, fix: 'different flags narrow each other: leave one of them out' })
}

/** `given` and `had`: flags as typed; '' for none. */
export function resumeContradictionError(session: string, given: string, had: string): UserError {
  return new UserError({
    code: 'resume-contradiction', message: `the session ${session} was started ${had === '' ? 'over everything' : `with ${had}`}, and goes on with that: ${given} says otherwise`,
    fix: 'leave it out, or start a session of its own without --resume',
  })
}

export function resumeCommandError(session: string, command: 'run' | 'drain'): UserError {
  return new UserError({ code: 'resume-command', message: `the session ${session} was started by \`autopack ${command}\``, fix: `go on with \`autopack ${command} --resume ${session}\`` })
}
