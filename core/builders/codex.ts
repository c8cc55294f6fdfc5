import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidBuilderOption } from '../errors.ts'
import { builderPaths } from '../layout/run-paths.ts'
import type { AvailabilityContext, Builder, BuildRequest } from '../model/builder.ts'
import { parseDuration, type Duration } from '../model/duration.ts'
import { agentBuilder, planSchemaVariable, type AgentOptions } from './agent.ts'
import type { Ask } from './installed.ts'
import { agentRules, checkOptions, duration, flag, oneOf, text } from './options.ts'
import type { JsonObject } from './json.ts'

const sandboxes = ['workspace-write', 'danger-full-access'] as const
const efforts = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra'] as const
const costs = ['estimate', 'unknown'] as const

export interface CodexOptions extends AgentOptions {
  /** `gpt-5.6-sol`, say. Default: what Codex is configured to use. */
  model?: string
  /** How long the model may think, where it can be told. Default: what Codex is configured to use. */
  effort?: (typeof efforts)[number]
  /**
   * What its commands may do; nobody is asked, so that they can do no more. Default `workspace-write`: they write below the project root and the temporary
   * folders, read everything, and have no network. `danger-full-access` allows all that this user may do on this machine.
   */
  sandbox?: (typeof sandboxes)[number]
  /** Whether commands in the sandbox reach the network: to install packages, say. Default false. Without a sandbox nothing keeps it from them. */
  network?: boolean
  /** Whether the commands that it runs see the key of its service: where tests need one, say. Default false: `OPENAI_API_KEY` and the like are empty for them. */
  keyInCommands?: boolean
  /** Goes on with the conversation of the attempt before, which is cheaper where its cache is still warm, and keeps what led astray. Default false: begins anew. */
  resume?: boolean
  /** Codex tells no cost. It is estimated by the prices of its model; with `estimate`, the default, a model without a price does not begin, with `unknown` it does. */
  cost?: (typeof costs)[number]
  /** How long it may go on trying while its service refuses it or there is no network; then the attempt ends as what it is refused for. Default `90s`. */
  patience?: Duration
}

/** What Autopack sets, or has an option for. */
const ours = [
  '--json', '-s', '--sandbox', '-C', '--cd', '--worktree', '-m', '--model', '--skip-git-repo-check', '--ephemeral', '--dangerously-bypass-approvals-and-sandbox', '--yolo', '--approve-for-me', '--color', '-o', '--output-last-message', '--output-schema',
  'resume', 'fork', 'review', '-',
]

const rules = {
  ...agentRules('codex', ours),
  model: text('"gpt-5.6-sol"'), effort: oneOf(efforts), sandbox: oneOf(sandboxes), network: flag, keyInCommands: flag, resume: flag, cost: oneOf(costs), patience: duration,
}

/**
 * Codex. It reads the prompt from its standard input, edits below the project root in its own sandbox, and tells what it does while it works. Its own configuration
 * is left alone: settings, MCP servers, rules, login.
 * @throws UserError for an option that is wrong or contradicts another.
 */
export function codex(options: CodexOptions = {}): Builder {
  checkOptions('codex', options, rules)
  if (options.sandbox === 'danger-full-access' && options.network === false) {
    throw invalidBuilderOption('codex', 'network', false, "nothing keeps the network from commands with sandbox danger-full-access: take `network` out, or write sandbox: 'workspace-write'")
  }
  return agentBuilder({
    name: 'codex',
    leastVersion: '0.140.0',
    install: 'npm install -g @openai/codex@latest',
    problem: async (context, ask) => (await import('./unpriced.ts')).unpriced('codex', options, context) ?? (await notLoggedIn(context, ask)),
    passEnvironment: ['CODEX_*', 'OPENAI_*'],
    environment,
    resumes: options.resume === true,
    isGone: (output) => /no rollout found for/i.test(output),
    refusesSchema: (output) => /json_schema|output_schema|response_format|text\.format|structured outputs?/i.test(output),
    start: async (request) => ({ args: argumentsFor(options, request, await schemaOf(request)) }),
    async reader(output, { env, workspace, thread: resumes }) {
      const [{ codexSessions }, { codexReader }] = await Promise.all([import('./codex-sessions.ts'), import('./codex-stream.ts')])
      const sessions = await codexSessions(codexHome({ ...env, ...options.env }), resumes)
      return codexReader(output, { sessions, resumes, model: options.model, root: workspace })
    },
    patienceMs: parseDuration(options.patience ?? '90s')!,
  }, options)
}

/** What a Codex that started Autopack tells its own children: another one must not take itself for one of them. */
const environment = { CODEX_THREAD_ID: undefined, CODEX_SANDBOX: undefined, CODEX_SANDBOX_NETWORK_DISABLED: undefined, CODEX_INTERNAL_ORIGINATOR_OVERRIDE: undefined }

/** Its own keys and tokens. */
const ownKey = /^(?:CODEX|OPENAI)_\w*(?:KEY|TOKEN|SECRET)\w*$/

function argumentsFor(options: CodexOptions, { thread, env }: Pick<BuildRequest, 'thread' | 'env'>, schema: string | undefined): string[] {
  const sandbox = options.sandbox ?? 'workspace-write'
  const keys = options.keyInCommands ? [] : Object.keys({ ...env, ...options.env }).filter((name) => ownKey.test(name))
  const set = (key: string, value: string | boolean | undefined) => (value === undefined ? [] : ['-c', `${key}=${JSON.stringify(value)}`])
  return [
    'exec', '--json', '--skip-git-repo-check', '-s', sandbox,
    ...(options.model === undefined ? [] : ['-m', options.model]),
    ...set('model_reasoning_effort', options.effort),
    ...(sandbox === 'workspace-write' ? set('sandbox_workspace_write.network_access', options.network ?? false) : []),
    // One by one, and not as a list to exclude: that would take the place of what its own configuration excludes.
    ...keys.flatMap((name) => set(`shell_environment_policy.set.${name}`, '')),
    ...(schema === undefined ? [] : ['--output-schema', schema]),
    ...(options.args ?? []),
    ...(thread !== undefined ? ['resume', thread] : []),
    '-',
  ]
}

/** Of the plan that it is to draft: its last message is held to it, and is the plan. It takes a file, and its service a part of the language alone. */
async function schemaOf({ env, attemptDir }: Pick<BuildRequest, 'env' | 'attemptDir'>): Promise<string | undefined> {
  const file = env[planSchemaVariable]
  if (file === undefined) return undefined
  const { properties: { $schema: _ours, ...properties } = {}, ...schema } = JSON.parse(await readFile(file, 'utf8')) as JsonObject & { properties?: JsonObject }
  const { strictSchema } = await import('./strict-schema.ts')
  const strict = builderPaths(attemptDir).outputSchema
  await writeFile(strict, `${JSON.stringify(strictSchema({ ...schema, properties }), undefined, 2)}\n`)
  return strict
}

const codexHome = (env: Readonly<Record<string, string>>): string => env['CODEX_HOME'] || join(env['HOME'] ?? '', '.codex')

/** `codex login status` asks nobody and costs nothing. A key in the environment is a login, and so is a provider of one's own. */
async function notLoggedIn({ env }: AvailabilityContext, ask: Ask): Promise<{ reason: string; fix: string } | undefined> {
  if (['CODEX_API_KEY', 'CODEX_ACCESS_TOKEN', 'OPENAI_API_KEY'].some((name) => env[name])) return undefined
  const { output } = await ask(['login', 'status'])
  if (!/^Not logged in/m.test(output)) return undefined
  const config = await readFile(join(codexHome(env), 'config.toml'), 'utf8').catch(() => '')
  if (/^\s*(?:model_provider|oss_provider|openai_base_url)\s*=/m.test(config)) return undefined
  return { reason: 'it is not logged in', fix: 'run `codex login`, or set CODEX_API_KEY' }
}
