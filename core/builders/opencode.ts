import { stat } from 'node:fs/promises'
import type { Builder, BuildRequest } from '../model/builder.ts'
import { parseDuration, type Duration } from '../model/duration.ts'
import { agentBuilder, type AgentOptions } from './agent.ts'
import { opencodeReader } from './opencode-stream.ts'
import type { Ask } from './installed.ts'
import { agentRules, checkOptions, duration, flag, text, type OptionRule } from './options.ts'
import { lineStream } from './stream.ts'

export interface OpencodeOptions extends AgentOptions {
  /** `provider/model`. Default: what opencode is configured to use. */
  model?: string
  /** One of its agents. Default: `build`, or what opencode is configured to use. */
  agent?: string
  /** How much the model reasons, in the words of its provider: `high`, `max`, `minimal`. */
  variant?: string
  /**
   * Whether everything is allowed that its own configuration does not deny. Default false: nobody answers, so that what would have to be asked is rejected. As
   * opencode comes it edits and runs commands unasked, and asks for paths outside of the worktree.
   */
  auto?: boolean
  /** Goes on with the conversation of the attempt before. Default false: begins anew. */
  resume?: boolean
  /** How long it may go on trying while its service refuses it; then the attempt ends as what it is refused for. Default `90s`. */
  patience?: Duration
}

/** What Autopack sets, or has an option for. */
const ours = [
  '--format', '-m', '--model', '--agent', '--variant', '--auto', '-s', '--session', '-c', '--continue', '--fork', '--dir', '--attach', '--print-logs', '--log-level', '-i', '--interactive', '--command', '--title', '--share',
]

const providerModel: OptionRule = { test: (value) => typeof value === 'string' && /^[^\s/]+\/\S+$/.test(value), fix: 'write the provider and the model, such as "anthropic/claude-sonnet-5"; `opencode models` lists them' }
const rules = { ...agentRules('opencode', ours), model: providerModel, agent: text('"build"'), variant: text('"high"'), auto: flag, resume: flag, patience: duration }

/** Where each provider's key is, so that no other one's is handed over. */
const keys: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  anthropic: ['ANTHROPIC_API_KEY'], openai: ['OPENAI_API_KEY'], google: ['GOOGLE_GENERATIVE_AI_API_KEY', 'GEMINI_API_KEY'], openrouter: ['OPENROUTER_API_KEY'],
}))

/**
 * opencode. It reads the prompt from its standard input, edits in the worktree, and tells what it does while it works: tools, tokens, cost. Its own configuration is
 * left alone.
 * @throws UserError for an option that is wrong.
 */
export function opencode(options: OpencodeOptions = {}): Builder {
  checkOptions('opencode', options, rules)
  return agentBuilder({
    name: 'opencode',
    leastVersion: '1.18.0',
    install: 'npm install -g opencode-ai@latest',
    problem: (_context, ask) => unknownModel(options.model, ask),
    passEnvironment: ['OPENCODE_*', ...(keys.get(options.model?.split('/')[0] ?? '') ?? [])],
    environment,
    resumes: options.resume === true,
    isGone: (output) => /Session not found/i.test(output),
    start: (request) => ({ args: argumentsFor(options, request) }),
    async reader(output, { logPath, workspace }) {
      const from = await stat(logPath).then(({ size }) => size, () => 0)
      return opencodeReader(output, { errors: await lineStream(logPath, from), model: options.model, root: workspace })
    },
    patienceMs: parseDuration(options.patience ?? '90s')!,
  }, options)
}

/** What an opencode that started Autopack tells its own children. An update in the middle of a night helps nobody. */
const environment = { OPENCODE_PID: undefined, OPENCODE_ROUTE: undefined, OPENCODE_SERVER_PASSWORD: undefined, OPENCODE_WORKSPACE_ID: undefined, OPENCODE_DISABLE_AUTOUPDATE: '1' }

function argumentsFor(options: OpencodeOptions, { thread, run, phase }: Pick<BuildRequest, 'thread' | 'run' | 'phase'>): string[] {
  const given = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value])
  return [
    // While its service refuses it its stream says nothing: its log does.
    'run', '--format', 'json', '--print-logs', '--log-level', 'ERROR',
    ...given('-m', options.model), ...given('--agent', options.agent), ...given('--variant', options.variant),
    ...(options.auto ? ['--auto'] : []),
    // A conversation without a title asks the model for one, beside all that it tells of: tokens that nobody would count.
    ...(thread === undefined ? ['--title', `${run}: ${phase.id}`] : ['-s', thread]),
    ...(options.args ?? []),
  ]
}

/** `opencode models` asks nobody and costs nothing. Where it does not answer, nothing is known to be wrong. */
async function unknownModel(model: string | undefined, ask: Ask): Promise<{ reason: string; fix: string } | undefined> {
  if (model === undefined) return undefined
  const [provider] = model.split('/')
  const { exitCode, output } = await ask(['models', provider!])
  const isMissing = exitCode === 0 ? output.trim() !== '' && !output.split('\n').some((line) => line.trim() === model) : /provider not found/i.test(output)
  return isMissing ? { reason: `it knows no model ${model}`, fix: `\`opencode models ${provider}\` lists those that it knows; \`opencode auth login\` adds a provider` } : undefined
}
