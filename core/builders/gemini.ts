import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AvailabilityContext, Builder } from '../model/builder.ts'
import { parseDuration, type Duration } from '../model/duration.ts'
import { agentBuilder, type AgentOptions } from './agent.ts'
import { geminiSessions } from './gemini-sessions.ts'
import { geminiReader } from './gemini-stream.ts'
import { agentRules, checkOptions, duration, flag, oneOf, text } from './options.ts'
import { lineStream } from './stream.ts'
import { unpriced } from './unpriced.ts'

const approvalModes = ['auto_edit', 'yolo'] as const
const costs = ['estimate', 'unknown'] as const

export interface GeminiOptions extends AgentOptions {
  /** `gemini-3.1-pro-preview`, say. Default: what Gemini CLI is configured to use; as it comes it chooses one for each request. */
  model?: string
  /**
   * What it may do unasked; nobody answers, so that whatever would have to be asked is denied. Default `auto_edit`: it edits files in the worktree, and runs no
   * command. `yolo` allows everything that this user may do on this machine.
   */
  approvalMode?: (typeof approvalModes)[number]
  /** Gemini CLI tells no cost. It is estimated by the prices of its models; with `estimate`, the default, a model without a price does not begin, with `unknown` it does. */
  cost?: (typeof costs)[number]
  /** Goes on with the conversation of the attempt before. Default false: begins anew. */
  resume?: boolean
  /** How long it may go on trying while its service refuses it; then the attempt ends as what it is refused for. Default `90s`. */
  patience?: Duration
}

/** What Autopack sets, or has an option for. */
const ours = ['-p', '--prompt', '-i', '--prompt-interactive', '-o', '--output-format', '-m', '--model', '--approval-mode', '-y', '--yolo', '--skip-trust', '-w', '--worktree', '-r', '--resume', '--session-id', '--session-file', '--acp']

const rules = { ...agentRules('gemini', ours), model: text('"gemini-3.1-pro-preview"'), approvalMode: oneOf(approvalModes), cost: oneOf(costs), resume: flag, patience: duration }

/**
 * Gemini CLI. It reads the prompt from its standard input, edits in the worktree, and tells what it does while it works. Its own configuration is left
 * alone.
 * @throws UserError for an option that is wrong.
 */
export function gemini(options: GeminiOptions = {}): Builder {
  checkOptions('gemini', options, rules)
  return agentBuilder({
    name: 'gemini',
    leastVersion: '0.50.0',
    install: 'npm install -g @google/gemini-cli@latest',
    problem: async (context) => unpriced('gemini', options, context) ?? (await notLoggedIn(context)),
    passEnvironment: ['GEMINI_*', 'GOOGLE_*'],
    environment,
    // Of each error of its service it leaves a file there.
    ownTemporaryDir: true,
    resumes: options.resume === true,
    isGone: (output) => /^Error resuming session/m.test(output),
    start: ({ thread }) => ({
      args: [
        '--output-format', 'stream-json', '--skip-trust', '--approval-mode', options.approvalMode ?? 'auto_edit',
        ...(options.model === undefined ? [] : ['-m', options.model]),
        ...(thread === undefined ? [] : ['--resume', thread]),
        ...(options.args ?? []),
      ],
    }),
    async reader(output, { logPath, workspace, env, thread }) {
      const from = await stat(logPath).then(({ size }) => size, () => 0)
      const sessions = await geminiSessions(geminiHome({ ...env, ...options.env }), thread)
      return geminiReader(output, { errors: await lineStream(logPath, from), sessions, root: workspace })
    },
    patienceMs: parseDuration(options.patience ?? '90s')!,
  }, options)
}

/** What a Gemini CLI that started Autopack tells its own children. Colours and their warnings are for nobody. */
const environment = { GEMINI_CLI: undefined, GEMINI_CLI_SESSION_ID: undefined, GEMINI_CLI_NO_RELAUNCH: 'true', NO_COLOR: '1' }

const geminiHome = (env: Readonly<Record<string, string>>): string => env['GEMINI_CLI_HOME'] || (env['HOME'] ?? '')

/** It has no command that says so: a key, or a way to log in that was chosen once. */
async function notLoggedIn({ env }: AvailabilityContext): Promise<{ reason: string; fix: string } | undefined> {
  if (['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENAI_USE_VERTEXAI', 'GOOGLE_GENAI_USE_GCA', 'GOOGLE_APPLICATION_CREDENTIALS'].some((name) => env[name])) return undefined
  const settings = await readFile(join(geminiHome(env), '.gemini/settings.json'), 'utf8').catch(() => '')
  if (/"selected(?:Auth)?Type"/.test(settings)) return undefined
  return { reason: 'it is not logged in', fix: 'run `gemini` and log in, or set GEMINI_API_KEY' }
}
