/** What each real agent is driven through, in whole runs of the command line. A test of one of them has its words as its name; the tables are made of them. */
export const scenarios = {
  edit: 'an edit that passes',
  check: 'an edit that breaks the check',
  scope: 'an edit outside the scope',
  resume: 'a conversation that is gone on with',
  budget: 'a budget that is passed while it works',
  limit: 'a usage limit with a reset time',
  overload: 'an overload',
  retry: 'an endless silent retry',
  key: 'a wrong key',
  credit: 'credit that is used up',
  model: 'an unknown model',
  context: 'a prompt that is too long',
  cut: 'a connection that breaks in mid-stream',
  stop: 'Ctrl-C in mid-stream',
  kill: 'a supervisor that is killed in mid-stream',
} as const

export type ScenarioId = keyof typeof scenarios

/** What each scenario ends as, whoever the agent is. */
export const endings: Readonly<Record<ScenarioId, string>> = {
  edit: 'committed, with what it used',
  check: 'the phase fails',
  scope: '`scope_violation`',
  resume: 'the second attempt counts its own usage alone',
  budget: '`budget_exhausted`: what it did is a patch',
  limit: 'a pause until then',
  overload: 'a pause',
  retry: 'ended by `patience`, a pause',
  key: '`auth`: the drain stops',
  credit: '`auth`: the drain stops',
  model: '`config_error`',
  context: '`context_length`',
  cut: 'it goes on, or a pause',
  stop: 'nothing is left running, the phase is queued',
  kill: 'the next run ends what is left, and goes on',
}
