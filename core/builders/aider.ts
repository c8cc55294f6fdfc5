import { invalidBuilderOption } from '../errors.ts'
import { builderPaths } from '../layout/run-paths.ts'
import type { Builder, BuildRequest } from '../model/builder.ts'
import { parseDuration, type Duration } from '../model/duration.ts'
import { agentBuilder, type AgentOptions } from './agent.ts'
import { aiderReader } from './aider-stream.ts'
import { agentRules, checkOptions, count, duration, oneOf, text, texts } from './options.ts'

const editFormats = ['diff', 'diff-fenced', 'udiff', 'whole', 'patch', 'architect'] as const

export interface AiderOptions extends AgentOptions {
  /** `sonnet`, `gpt-5`, `openrouter/…`. Default: what aider is configured to use. */
  model?: string
  /** How its model is asked to write changes. Default: by the model. */
  editFormat?: (typeof editFormats)[number]
  /** Files that it edits, relative to the project root. Others it adds where its model names them. Default: none. */
  files?: readonly string[]
  /** Files that it only reads. */
  read?: readonly string[]
  /** How many tokens of a map of the repository it sends. Default: no map, because it is kept in the worktree: `.aider*` must be ignored by git then. */
  mapTokens?: number
  /** How long it may go on trying while its service refuses it; then the attempt ends as what it is refused for. Default `90s`. */
  patience?: Duration
}

/** What Autopack sets, or has an option for. */
const ours = [
  '--message', '-m', '--msg', '--message-file', '-f', '--yes', '--yes-always', '--auto-commits', '--no-auto-commits', '--dirty-commits', '--no-dirty-commits', '--stream', '--no-stream', '--check-update', '--no-check-update',
  '--gitignore', '--no-gitignore', '--pretty', '--no-pretty', '--model', '--edit-format', '--map-tokens', '--file', '--read', '--chat-history-file', '--input-history-file', '--commit', '--apply', '--gui', '--browser', '--watch-files',
]

const rules = {
  ...agentRules('aider', ours),
  model: text('"sonnet"'), editFormat: oneOf(editFormats), files: texts('["src/a.py"]'), read: texts('["docs/style.md"]'), mapTokens: count, patience: duration,
}

/**
 * aider. It gets the prompt as a file, edits in the worktree without committing, and prints text: its counts are rounded, and it exits with 0 whatever happens, so that
 * the files and its words say what came of it. Its own configuration is left alone.
 * @throws UserError for an option that is wrong or contradicts another.
 */
export function aider(options: AiderOptions = {}): Builder {
  checkOptions('aider', options, rules)
  const both = options.files?.find((file) => options.read?.includes(file))
  if (both !== undefined) throw invalidBuilderOption('aider', 'files', both, 'it stands in read too: take it out of one of them')
  return agentBuilder({
    name: 'aider',
    leastVersion: '0.80.0',
    install: 'python -m pip install -U aider-chat',
    passEnvironment: ['AIDER_*', 'ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GEMINI_API_KEY', 'OPENROUTER_API_KEY', 'DEEPSEEK_API_KEY'],
    // Colours and progress bars are for nobody.
    environment: { NO_COLOR: '1', PYTHONUNBUFFERED: '1' },
    resumes: false,
    start: (request) => ({ args: argumentsFor(options, request), stdin: 'closed' }),
    reader: (output) => aiderReader(output, { model: options.model }),
    patienceMs: parseDuration(options.patience ?? '90s')!,
  }, options)
}

function argumentsFor(options: AiderOptions, { promptPath, attemptDir }: BuildRequest): string[] {
  const files = builderPaths(attemptDir)
  const given = (name: string, value: string | number | undefined) => (value === undefined ? [] : [name, String(value)])
  return [
    '--message-file', promptPath,
    '--yes-always', '--no-auto-commits', '--no-dirty-commits', '--no-stream', '--no-pretty', '--no-check-update', '--no-show-release-notes', '--no-gitignore', '--no-detect-urls', '--no-suggest-shell-commands',
    // Its own files do not belong into the worktree.
    '--chat-history-file', files.aiderChat, '--input-history-file', files.aiderInput, '--map-tokens', String(options.mapTokens ?? 0),
    ...given('--model', options.model), ...given('--edit-format', options.editFormat),
    ...(options.read ?? []).flatMap((file) => ['--read', file]),
    ...(options.files ?? []).flatMap((file) => ['--file', file]),
    ...(options.args ?? []),
  ]
}
