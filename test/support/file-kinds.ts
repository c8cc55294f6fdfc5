/**
 * Every kind of file that a run leaves, relative to the runs directory. A feature that writes another kind adds it here, and makes the run below write one:
 * what stands here must be there, and what is there must stand here.
 */
export const kinds: Readonly<Record<string, RegExp>> = {
  'ignore file': /^\.gitignore$/,
  'database': /^autopack\.db(?:-wal|-shm)?$/,
  'session': /^drain_sessions\/batch-drain-\d{8}-\d{6}(?:-\d+)?\.json$/,
  'events of a session': /^drain_sessions\/batch-drain-\d{8}-\d{6}(?:-\d+)?\.events\.jsonl$/,
  'notification': /^drain_sessions\/batch-drain-\d{8}-\d{6}(?:-\d+)?\.notification\.json$/,
  'log of who was told': /^drain_sessions\/batch-drain-\d{8}-\d{6}(?:-\d+)?\.notify\.log$/,
  'log of the work at a run': /^p\/runs\/r\/r\/supervisor\/worker\.log$/,
  'history pack': /^p\/runs\/r\/r\/history_pack\.md$/,
  'draft of a plan': /^p\/drafts\/[\w-]+\/(?:draft\.yaml|plan\.schema\.json|attempt-\d\/(?:prompt\.md|builder\.log|usage\.jsonl))$/,
  'run summary': /^p\/runs\/r\/r\/run_summary\.md$/,
  'baseline': /^p\/runs\/r\/r\/ci\/baseline\.json$/,
  'retry of a flaky test': /^p\/runs\/r\/r\/ci\/retry\.json$/,
  'failure': /^p\/runs\/r\/r\/diagnostics\/failure\.json$/,
  'prompt': /^p\/runs\/r\/r\/phases\/\d\d_\w+\/attempt-\d+\/prompt\.md$/,
  'builder log': /^p\/runs\/r\/r\/phases\/\d\d_\w+\/attempt-\d+\/builder\.log$/,
  'patch': /^p\/runs\/r\/r\/phases\/\d\d_\w+\/attempt-\d+\/changes\.patch$/,
  'closing words of a builder': /^p\/runs\/r\/r\/phases\/\d\d_\w+\/attempt-\d+\/summary\.md$/,
  'receipt': /^p\/runs\/r\/r\/phases\/\d\d_\w+\/attempt-\d+\/receipt\.json$/,
  'what was asked of a review': /^p\/runs\/r\/r\/phases\/\d\d_\w+\/attempt-\d+\/review\.json$/,
  'record of a review': /^p\/runs\/r\/r\/reviews\/asked-1\.json$/,
  'review, exported': /^p\/runs\/r\/r\/reviews\/asked-1\.md$/,
  'build history': /^p\/docs\/BUILD_HISTORY\.md$/,
  'usage': /^p\/runs\/r\/r\/phases\/\d\d_\w+\/attempt-\d+\/usage\.jsonl$/,
  'check log': /^p\/runs\/r\/r\/phases\/\d\d_\w+\/attempt-\d+\/checks\/[\w@-]+\.log$/,
  'what a plugin remembers': /^p\/plugins\/optionalDependencies\/memory\.json$/,
  'hints of a run': /^p\/runs\/r\/r\/run_rule_hints\.json$/,
  'rules of the project': /^p\/docs\/LEARNED_RULES\.json$/,
  'marker of new rules': /^p\/rules_updated\.json$/,
  'record of repairs': /^break_glass_repairs\.jsonl$/,
  'check report': /^p\/runs\/r\/r\/phases\/\d\d_\w+\/attempt-\d+\/checks\/[\w@-]+\.xml$/,
}

/** What `land` and `knowledge import` leave besides. */
export const kindsOfLanding: Readonly<Record<string, RegExp>> = {
  'record of a landing': /^p\/runs\/r\/r\/landings\/attempt-1\/landing\.json$/,
  'baseline of a landing': /^p\/runs\/r\/r\/landings\/attempt-1\/baseline\.json$/,
  'check log of a landing': /^p\/runs\/r\/r\/landings\/attempt-1\/checks\/[\w@-]+\.log$/,
  'check report of a landing': /^p\/runs\/r\/r\/landings\/attempt-1\/checks\/[\w@-]+\.xml$/,
  'retry of a flaky test of a landing': /^p\/runs\/r\/r\/landings\/attempt-1\/retry\.json$/,
  'imported knowledge': /^p\/docs\/KNOWLEDGE\.json$/,
}

const inAttempt = (name: string): RegExp => new RegExp(`^p/(?:runs/r/r/(?:phases/\\d\\d_\\w+|landings)|drafts/[\\w-]+)/attempt-\\d+/${name}$`)

/** What agents leave, a setup, and a draft whose checks are tried. */
export const kindsOfAgents: Readonly<Record<string, RegExp>> = {
  'stream of an agent': inAttempt('builder\\.jsonl'),
  'name of a conversation': inAttempt('thread\\.json'),
  'prompt for a conversation that goes on': inAttempt('prompt-resumed\\.md'),
  'schema for an agent\'s service': inAttempt('output-schema\\.json'),
  'conversation of aider': inAttempt('aider\\.chat\\.md'),
  'input of aider': inAttempt('aider\\.input\\.txt'),
  'log of a setup': inAttempt('setup\\.log'),
  'log of a setup for a draft': /^p\/drafts\/[\w-]+\/setup\.log$/,
  'log of a check that is tried': /^p\/drafts\/[\w-]+\/check-\d+-\d+\.log$/,
  'report of a check that is tried': /^p\/drafts\/[\w-]+\/check-\d+-\d+\.xml$/,
}

/** What `gc` leaves in the place of what it takes. */
export const kindsOfGarbage: Readonly<Record<string, RegExp>> = {
  'note of what was collected': /^p\/runs\/r\/r\/(?:phases\/\d\d_\w+|landings)\/attempt-\d+\/collected\.json$/,
  'bundle of what went by force': /^p\/kept\/[^/]+\.bundle$/,
}
