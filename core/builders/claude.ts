import { readFileSync } from 'node:fs'
import { invalidBuilderOption } from '../errors.ts'
import type { Builder, BuildRequest } from '../model/builder.ts'
import { parseDuration, type Duration } from '../model/duration.ts'
import { agentBuilder, planSchemaVariable, type AgentOptions } from './agent.ts'
import type { Ask } from './installed.ts'
import { agentRules, amount, checkOptions, count, duration, flag, oneOf, text, texts } from './options.ts'

const permissionModes = ['acceptEdits', 'auto', 'bypassPermissions', 'dontAsk', 'manual'] as const

export interface ClaudeOptions extends AgentOptions {
  /** An alias (`sonnet`, `opus`) or a full name. Default: what Claude Code is configured to use. */
  model?: string
  /**
   * What it may do unasked; nobody answers, so that whatever would have to be asked is denied. Default `acceptEdits`: it edits files in the worktree, and runs
   * no command but simple ones on these files, and those that its own settings and `allowedTools` allow. `bypassPermissions` allows everything that this user may do on this machine.
   */
  permissionMode?: (typeof permissionModes)[number]
  /** Tools that it may use beside, with patterns of commands: `['Bash(npm test:*)', 'WebFetch']`. */
  allowedTools?: readonly string[]
  /** Tools that it may not use. */
  disallowedTools?: readonly string[]
  /** Ends it after so many turns. Default: no such limit. */
  maxTurns?: number
  /** Ends it when it has spent so much, US dollars by its own reckoning. Default: no such limit; the budgets of the drain hold in any case. */
  maxBudgetUsd?: number
  /** Goes on with the conversation of the attempt before, which is cheaper where its cache is still warm, and keeps what led astray. Default false: begins anew. */
  resume?: boolean
  /** How long it may go on trying while its service refuses it; then the attempt ends as a usage limit, or as what else it is refused for. Default `90s`. */
  patience?: Duration
}

/** What Autopack sets, or has an option for. */
const ours = [
  '-p', '--print', '--output-format', '--input-format', '--verbose', '--forward-subagent-text', '--model', '--permission-mode', '--dangerously-skip-permissions', '--allowedTools', '--allowed-tools',
  '--disallowedTools', '--disallowed-tools', '--max-turns', '--max-budget-usd', '-r', '--resume', '-c', '--continue', '--bg', '--background', '-w', '--worktree', '--no-session-persistence',
]

const rules = {
  ...agentRules('claude', ours),
  model: text('"sonnet"'), permissionMode: oneOf(permissionModes), allowedTools: texts('["Bash(npm test:*)"]'), disallowedTools: texts('["WebFetch"]'),
  maxTurns: count, maxBudgetUsd: amount, resume: flag, patience: duration,
}

/**
 * Claude Code. It reads the prompt from its standard input, edits in the worktree, and tells what it does while it works: turns, tools, tokens, cost. Its own
 * configuration is left alone: settings, memory, MCP servers, login.
 * @throws UserError for an option that is wrong or contradicts another.
 */
export function claude(options: ClaudeOptions = {}): Builder {
  checkOptions('claude', options, rules)
  const both = options.allowedTools?.find((tool) => options.disallowedTools?.includes(tool))
  if (both !== undefined) throw invalidBuilderOption('claude', 'allowedTools', both, 'it stands in disallowedTools too: take it out of one of them')
  return agentBuilder({
    name: 'claude',
    leastVersion: '2.1.252',
    install: 'npm install -g @anthropic-ai/claude-code@latest',
    problem: async ({ env }, ask) => (options.permissionMode === 'bypassPermissions' ? refusedForRoot(env) : undefined) ?? (await notLoggedIn(ask)),
    passEnvironment: ['ANTHROPIC_*', 'CLAUDE_CONFIG_DIR', 'CLAUDE_CODE_*'],
    environment,
    resumes: options.resume === true,
    isGone: (output) => output.includes('No conversation found with session ID'),
    start: (request) => ({ args: argumentsFor(options, request) }),
    reader: async (output, { workspace, thread }) => (await import('./claude-stream.ts')).claudeReader(output, { root: workspace, resumes: thread !== undefined }),
    patienceMs: parseDuration(options.patience ?? '90s')!,
  }, options)
}

/** What a Claude Code that started Autopack tells its own children: another one must not take itself for one of them. An update in the middle of a night helps nobody. */
const environment = {
  CLAUDE_CODE_ENTRYPOINT: undefined, CLAUDE_CODE_SSE_PORT: undefined, CLAUDE_CODE_SESSION_ID: undefined, CLAUDE_CODE_CHILD_SESSION: undefined, DISABLE_AUTOUPDATER: '1',
}

function argumentsFor(options: ClaudeOptions, { thread, env, workspace, projectDir }: Pick<BuildRequest, 'thread' | 'env' | 'workspace' | 'projectDir'>): string[] {
  const given = (name: string, value: string | number | undefined) => (value === undefined ? [] : [name, String(value)])
  return [
    // With what sub-agents say: their usage is counted while they work.
    '-p', '--output-format', 'stream-json', '--verbose', '--forward-subagent-text',
    ...given('--permission-mode', options.permissionMode ?? 'acceptEdits'),
    ...given('--model', options.model),
    ...given('--json-schema', schemaOf(env)),
    ...given('--max-turns', options.maxTurns),
    ...given('--max-budget-usd', options.maxBudgetUsd),
    ...given('--resume', thread),
    // The scope may name files beside the project root: the guard judges, and not where it was started.
    ...(projectDir === workspace ? [] : [`--add-dir=${workspace}`]),
    ...(options.args ?? []),
    // Each takes all that follows up to the next option: with `=` it takes one.
    ...(options.allowedTools ?? []).map((tool) => `--allowedTools=${tool}`),
    ...(options.disallowedTools ?? []).map((tool) => `--disallowedTools=${tool}`),
  ]
}

/** Of the plan that it is to draft: it is held to it, and hands the plan back beside its last message. */
function schemaOf(env: Readonly<Record<string, string>>): string | undefined {
  const file = env[planSchemaVariable]
  return file === undefined ? undefined : JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))
}

/** It refuses to do anything it likes as the user who may do anything, unless it is told that nothing is at stake. */
function refusedForRoot(env: Readonly<Record<string, string>>): { reason: string; fix: string } | undefined {
  if (process.getuid?.() !== 0 || env['IS_SANDBOX']) return undefined
  return { reason: 'it does not take permissionMode bypassPermissions from root', fix: "run Autopack as another user, or set permissionMode: 'acceptEdits' and allowedTools" }
}

/** `claude auth status` asks nobody and costs nothing. One that does not know it is taken to be logged in. */
async function notLoggedIn(ask: Ask): Promise<{ reason: string; fix: string } | undefined> {
  const { output } = await ask(['auth', 'status'])
  if (!/"loggedIn": ?false/.test(output)) return undefined
  return { reason: 'it is not logged in', fix: 'run `claude` and type /login, or set ANTHROPIC_API_KEY' }
}
