/** Where in a file an error lies. Lines and columns count from 1. */
export interface SourceLocation {
  file: string
  line?: number
  column?: number
  /** How many characters the squiggle covers. Default 1. */
  length?: number
  /** The text of the line, for the code frame. */
  text?: string
}

export interface UserErrorOptions {
  /** Stable, kebab-case; searchable in docs/errors. */
  code: string
  /** What happened, with the offending value: one sentence, no full stop. */
  message: string
  where?: SourceLocation
  /** How to fix it: one imperative sentence, or several lines. */
  fix?: string
  /** Plugin and hook, where the error comes from one. */
  plugin?: string
  hook?: string
  /** Exit code of the command. Default 2 (usage, config or plan). 4: preflight, infrastructure, auth. */
  exitCode?: 1 | 2 | 3 | 4 | 130
  cause?: unknown
}

/** An error that is meant to be read by a person: printed as text, without a stack trace unless `--debug`. */
export class UserError extends Error {
  readonly code: string
  readonly where: SourceLocation | undefined
  readonly fix: string | undefined
  readonly plugin: string | undefined
  readonly hook: string | undefined
  readonly exitCode: 1 | 2 | 3 | 4 | 130

  constructor(options: UserErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'UserError'
    this.code = options.code
    this.where = options.where
    this.fix = options.fix
    this.plugin = options.plugin
    this.hook = options.hook
    this.exitCode = options.exitCode ?? 2
  }
}

/** Several errors found in one pass, printed one after the other. */
export class UserErrors extends UserError {
  readonly errors: readonly UserError[]
  constructor(errors: readonly UserError[]) {
    const first = errors[0]!
    super({ code: first.code, message: errors.map((error) => error.message).join('; '), exitCode: first.exitCode, ...(first.where && { where: first.where }) })
    this.errors = errors
  }
}

/** `error[code]: message`, the place with a code frame, and the fix. Ends without a newline. */
export function formatUserError(error: UserError): string {
  if (error instanceof UserErrors) return error.errors.map(formatUserError).join('\n\n')
  // Most errors of plugins name them in the sentence itself, so that the bare message says enough in a log or in JSON.
  const by = error.plugin && !error.message.includes(error.plugin) ? ` (plugin ${error.plugin}${error.hook ? `, hook ${error.hook}` : ''})` : ''
  const lines = [`error[${error.code}]: ${error.message}${by}`]
  const where = error.where
  if (where) {
    const place = [where.file, where.line, where.line === undefined ? undefined : where.column].filter((part) => part !== undefined).join(':')
    lines.push(`  --> ${place}`)
    if (where.text !== undefined && where.line !== undefined) {
      const gutter = ' '.repeat(String(where.line).length)
      lines.push(` ${gutter} |`, ` ${where.line} | ${where.text}`)
      if (where.column !== undefined) lines.push(` ${gutter} | ${where.text.slice(0, where.column - 1).replace(/[^\t]/g, ' ')}${'~'.repeat(Math.max(1, where.length ?? 1))}`)
    }
  }
  if (error.fix) lines.push(...error.fix.split('\n').map((line, index) => (index === 0 ? `  fix: ${line}` : `       ${line}`)))
  return lines.join('\n')
}

// Every user-facing error is made by a function below: one place to read what a user can be told.
// Group them by concern; each takes the offending values and returns a UserError.

// Runs directory

export function runsDirIsFileError(runsDir: string, file: string, cause?: unknown): UserError {
  const message = runsDir === file ? `the runs directory ${runsDir} is a file` : `the runs directory ${runsDir} cannot be made: ${file} is a file`
  return new UserError({
    code: 'runs-dir-is-file',
    message,
    where: { file },
    fix: 'move the file away, or name another folder in AUTONOMOUS_RUNS_DIR or in `runsDir` of the config',
    cause,
  })
}

export function runsDirNotWritableError(runsDir: string, reason: string, cause?: unknown): UserError {
  return new UserError({
    code: 'runs-dir-not-writable',
    message: `the runs directory ${runsDir} cannot be written (${reason})`,
    where: { file: runsDir },
    fix: 'make it writable for this user, or name another folder in AUTONOMOUS_RUNS_DIR or in `runsDir` of the config',
    cause,
  })
}

// Git and the repository

export function gitMissingError(cause: unknown): UserError {
  return new UserError({ code: 'git-missing', message: 'the program git was not found', fix: 'install git 2.30 or newer and see that it is on the PATH', cause })
}

export function unsafeRepositoryError(folder: string): UserError {
  return new UserError({
    code: 'repository-unsafe',
    message: `git refuses ${folder}: it belongs to another user`,
    where: { file: folder },
    fix: `run \`git config --global --add safe.directory ${folder}\`, or run as its owner`,
  })
}

export function notARepositoryError(folder: string): UserError {
  return new UserError({
    code: 'not-a-repository',
    message: `${folder} is not in a git repository`,
    where: { file: folder },
    fix: 'run `git init` and commit the project, or let `autopack init` do both',
  })
}

export function bareRepositoryError(folder: string): UserError {
  return new UserError({
    code: 'repository-bare',
    message: `${folder} is in a bare repository, which has no files to work on`,
    where: { file: folder },
    fix: 'run Autopack in a clone of it',
  })
}

export function rootMissingError(raw: string, folder: string): UserError {
  return new UserError({ code: 'root-missing', message: `the project root ${JSON.stringify(raw)} is not a folder`, where: { file: folder }, fix: 'name an existing folder in `root` of the config' })
}

export function rootOutsideRepositoryError(raw: string, repository: string): UserError {
  return new UserError({
    code: 'root-outside-repository',
    message: `the project root ${JSON.stringify(raw)} is outside the repository ${repository}`,
    fix: 'name a folder of the same repository in `root` of the config',
  })
}

export function noCommitError(repository: string): UserError {
  return new UserError({
    code: 'no-commit',
    message: `the repository ${repository} has no commit yet`,
    where: { file: repository },
    fix: 'commit the project first: `git add -A && git commit -m "Start"`',
  })
}

export function baseNotFoundError(ref: string, near: readonly string[]): UserError {
  return new UserError({
    code: 'base-not-found',
    message: `the base ${JSON.stringify(ref)} is no branch, tag or commit of this repository`,
    fix: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'see `git branch --all` and `git tag` for what there is, or fetch it',
  })
}

// Paths of plans

export function pathOutsideError(raw: string, reason: string): UserError {
  return new UserError({
    code: 'path-outside',
    message: `the path ${JSON.stringify(raw)} leaves the repository: ${reason}`,
    fix: 'name a path inside the repository, relative to it or (with ./) to the project root',
  })
}

export function pathAmbiguousError(raw: string, readings: readonly [string, string], prefix: string): UserError {
  return new UserError({
    code: 'path-ambiguous',
    message: `the path ${JSON.stringify(raw)} names two files: ${readings[0]} (from the repository) and ${readings[1]} (from the project root)`,
    fix: `write ./${readings[1].slice(prefix.length)} for the one in the project root, or ./${'../'.repeat(prefix.split('/').length - 1)}${readings[0]} for the other`,
  })
}

// Worktrees

export function worktreeNestedError(folder: string, repository: string): UserError {
  return new UserError({
    code: 'worktree-nested',
    message: `the worktree ${folder} would lie inside the main checkout ${repository}`,
    where: { file: folder },
    fix: 'set `workspace.dir` in the config to a folder outside the repository',
  })
}

export function worktreeForeignError(folder: string): UserError {
  return new UserError({
    code: 'worktree-foreign',
    message: `the folder ${folder} is not empty and was not made by Autopack`,
    where: { file: folder },
    fix: 'move it away, or set `workspace.dir` in the config to another folder',
  })
}

export function branchCheckedOutError(branch: string, folder: string): UserError {
  return new UserError({
    code: 'branch-checked-out',
    message: `the branch ${branch} is checked out in ${folder}, and only Autopack may move it`,
    where: { file: folder },
    fix: 'switch that checkout to another branch',
  })
}

export function branchNameTakenError(branch: string, reason: string): UserError {
  return new UserError({
    code: 'branch-name-taken',
    message: `the branch ${branch} cannot be made: ${reason}`,
    fix: 'rename the branch that is in the way',
  })
}

export function setupFailedError(command: string, ended: string, logPath: string, tail: string): UserError {
  return new UserError({
    code: 'setup-failed',
    message: `the setup command \`${command}\` ended with ${ended}`,
    where: { file: logPath },
    fix: `see the log${tail.trim() === '' ? '' : `; it ends with:\n${tail.trimEnd().split('\n').slice(-5).join('\n')}`}`,
    exitCode: 4,
  })
}

export function setupEscapesError(entry: string, target: string): UserError {
  return new UserError({
    code: 'setup-escapes',
    message: `${entry}, made by the setup, resolves outside the worktree: ${target}`,
    fix: 'let the setup copy instead of link (for a package manager: no global or linked packages), or take the folder out of `workspace.cache`',
  })
}

export function setupFolderMissingError(folder: string): UserError {
  return new UserError({
    code: 'setup-folder-missing',
    message: `the setup did not make ${JSON.stringify(folder)}, which \`workspace.cache\` names`,
    fix: 'take it out of `workspace.cache`, or mend the setup',
    exitCode: 4,
  })
}

// Plugins and hooks

interface TapName { plugin: string; hook: string }

const listed = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '))
const meant = (near: string | undefined) => (near === undefined ? '' : `did you mean ${JSON.stringify(near)}? `)
const seconds = (milliseconds: number) => `${milliseconds / 1000} s`
/** `plugin acme`, or `classifier state_lock` for what stands under `classifiers` of a config. */
const author = (plugin: string) => (plugin.startsWith('classifier:') ? plugin.replace(':', ' ') : `plugin ${plugin}`)

export function tapThrewError(tap: TapName, text: string, cause: unknown): UserError {
  const inner = cause instanceof UserError ? cause : undefined
  return new UserError({
    code: 'plugin-threw',
    message: `${author(tap.plugin)} threw in hook ${tap.hook}: ${text}`,
    ...tap,
    ...(inner?.where && { where: inner.where }),
    fix: inner?.fix ?? `mend ${author(tap.plugin)}, or take it out of the config`,
    cause,
  })
}

export function tapTimedOutError(tap: TapName, timeoutMs: number, part: 'synchronous' | 'asynchronous'): UserError {
  const cutOff = part === 'synchronous'
  return new UserError({
    code: 'plugin-timed-out',
    message: `${author(tap.plugin)} ${cutOff ? `was cut off in hook ${tap.hook} after ${seconds(timeoutMs)} without a pause` : `did not end within ${seconds(timeoutMs)} in hook ${tap.hook}`}`,
    ...tap,
    fix: cutOff
      ? 'look for an endless loop, or a regular expression that backtracks without end'
      : 'end when the signal that the tap is given is aborted, or set a longer timeoutMs in the options of the tap',
  })
}

export function tapAnswerError(tap: TapName, value: string, problem: string, returns: string): UserError {
  return new UserError({ code: 'plugin-answer', message: `${author(tap.plugin)} returned ${value} from hook ${tap.hook}: ${problem}`, ...tap, fix: returns })
}

export function unknownHookError(plugin: string, hook: string, near: string | undefined, known: readonly string[]): UserError {
  const message = `${author(plugin)} taps a hook ${JSON.stringify(hook)}, which does not exist`
  return new UserError({ code: 'unknown-hook', message, plugin, fix: `${meant(near)}known hooks: ${listed(known)}` })
}

export function tapInvalidError(tap: TapName, what: string, fix: string): UserError {
  return new UserError({ code: 'tap-invalid', message: `${author(tap.plugin)} taps hook ${tap.hook} ${what}`, ...tap, fix })
}

export function unknownBeforeError(tap: TapName, before: string, near: string | undefined, known: readonly string[]): UserError {
  return new UserError({
    code: 'unknown-before',
    message: `${author(tap.plugin)} taps hook ${tap.hook} before ${JSON.stringify(before)}, and no plugin has that name`,
    ...tap,
    fix: `${meant(near)}known names: ${listed(known)}`,
  })
}

export function beforeCycleError(hook: string, plugins: readonly string[]): UserError {
  return new UserError({
    code: 'before-cycle',
    message: `${listed(plugins)} each want to run before the other in hook ${hook}`,
    fix: 'take one of the `before` options away',
  })
}

export function pluginInvalidError(value: string, place: string): UserError {
  return new UserError({
    code: 'plugin-invalid',
    message: `${value} (${place}) is not a plugin`,
    fix: 'call the function that definePlugin made, as in plugins: [acme()]; a name has letters, digits and @ / . _ -, and is not built-in',
  })
}

export function duplicatePluginError(name: string, first: string, second: string): UserError {
  return new UserError({
    code: 'duplicate-plugin',
    message: `two plugins have the name ${JSON.stringify(name)}: ${first} and ${second}`,
    plugin: name,
    fix: `take one away; without(${JSON.stringify(name)}) before the second removes the first`,
  })
}

export function pluginApiVersionError(name: string, version: string, supported: number): UserError {
  return new UserError({
    code: 'plugin-api-version',
    message: `plugin ${name} is written for version ${version} of the plugin API; this Autopack has version ${supported}`,
    plugin: name,
    fix: `install a version of ${name} for plugin API ${supported}, or the Autopack that it is written for`,
  })
}

export function optionsInvalidError(name: string, options: string, problem: string, cause: unknown): UserError {
  return new UserError({ code: 'plugin-options', message: `plugin ${name} does not take the options ${options}: ${problem}`, plugin: name, fix: 'mend the options where the plugin is configured', cause })
}

export function optionsNotTakenError(name: string, options: string): UserError {
  return new UserError({ code: 'plugin-options', message: `plugin ${name} takes no options, and was given ${options}`, plugin: name, fix: `write ${name}()` })
}

export function applyFailedError(name: string, text: string, cause: unknown): UserError {
  return new UserError({
    code: 'plugin-apply',
    message: `plugin ${name} could not be loaded: ${text}`,
    plugin: name,
    fix: (cause instanceof UserError ? cause.fix : undefined) ?? `mend plugin ${name}, or take it out of the config`,
    cause,
  })
}

export function nothingProvidedError(plugin: string, kind: string, near: string | undefined, known: readonly string[]): UserError {
  const message = `plugin ${plugin} provides ${JSON.stringify(kind)}, which nothing takes`
  return new UserError({ code: 'provided-unknown', message, plugin, fix: `${meant(near)}known kinds: ${listed(known)}` })
}

export function providedInvalidError(plugin: string, what: string, fix: string): UserError {
  return new UserError({ code: 'provided-invalid', message: `plugin ${plugin} provides ${what}`, plugin, fix })
}

export function providedTwiceError(plugin: string, what: string, name: string, owner: string): UserError {
  return new UserError({
    code: 'provided-twice',
    message: `plugin ${plugin} provides the ${what} ${JSON.stringify(name)}, which ${owner} provides already`,
    plugin,
    fix: 'give one of them another name, or take one of the plugins out of the config',
  })
}

export function providedThrewError(plugin: string, what: string, text: string, cause: unknown): UserError {
  return new UserError({ code: 'plugin-threw', message: `plugin ${plugin} threw in its ${what}: ${text}`, plugin, fix: `mend plugin ${plugin}, or take it out of the config`, cause })
}

// Config and plan files

const whatFile = { config: 'the config', plan: 'the plan' } as const

export function configNotFoundError(cwd: string, places: readonly string[]): UserError {
  return new UserError({
    code: 'config-not-found',
    message: `no Autopack config in ${cwd} or any folder above it`,
    fix: `run \`autopack init\` to make one, or name it with --config FILE\nlooked for ${places.map((place) => (place === 'package.json' ? 'the key "autopack" in package.json' : place)).join(', ')}`,
  })
}

export function configFileMissingError(flag: string, file: string, problem = 'there is no such file, or it cannot be read'): UserError {
  return new UserError({ code: 'config-missing', message: `--config ${flag}: ${problem}`, where: { file }, fix: 'name a config file, relative to the working directory' })
}

export function noAutopackKeyError(file: string): UserError {
  return new UserError({ code: 'config-missing', message: `${file} has no key "autopack"`, where: { file }, fix: 'add the key with the config as its value, or name another file' })
}

export function emptyFileError(kind: 'config' | 'plan', file: string): UserError {
  const fix = kind === 'config' ? 'run `autopack init` in an empty folder to see a config, or start with `export default {}`' : 'write the plan, or take the file away'
  return new UserError({ code: `${kind}-empty`, message: `${whatFile[kind]} ${file} is empty`, where: { file }, fix })
}

export function noDefaultExportError(kind: 'config' | 'plan', where: SourceLocation, exported: readonly string[]): UserError {
  const instead = exported.length > 0 ? `; it exports ${exported.join(', ')}` : ''
  return new UserError({
    code: `${kind}-no-default-export`,
    message: `${whatFile[kind]} ${where.file} has no default export${instead}`,
    where,
    fix: kind === 'config' ? 'write `export default defineConfig({ … })`' : 'write `export default { id: …, phases: […] }`',
  })
}

export function typeScriptSyntaxError(what: string, where: SourceLocation): UserError {
  return new UserError({
    code: 'typescript-syntax',
    message: `${what} is not supported: Node runs TypeScript by leaving the types out`,
    where,
    fix: 'use `const Name = { A: \'a\' } as const` for an enum, a module for a namespace, and plain fields for parameter properties',
  })
}

export function moduleSyntaxError(problem: string, where: SourceLocation): UserError {
  return new UserError({ code: 'syntax', message: `syntax error: ${problem}`, where, fix: 'mend the marked place' })
}

export function exportMissingError(problem: string, where: SourceLocation): UserError {
  return new UserError({ code: 'import-missing', message: problem.replace(/^The/, 'the'), where, fix: 'import a name that the module exports' })
}

export function dataSyntaxError(format: 'JSON' | 'YAML', problem: string, where: SourceLocation): UserError {
  return new UserError({ code: 'syntax', message: `${format} syntax error: ${problem}`, where, fix: 'mend the marked place' })
}

export function importMissingError(specifier: string, where: SourceLocation, meantSpecifier: string | undefined): UserError {
  const fix = meantSpecifier !== undefined ? `write the whole file name: ${JSON.stringify(meantSpecifier)}`
    : /^[./]/.test(specifier) ? 'name a file that exists, with its extension' : `install it (\`npm install --save-dev ${specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')}\`), or take the import away`
  return new UserError({ code: 'import-missing', message: `cannot find ${JSON.stringify(specifier)}`, where, fix })
}

export function unknownEntryPointError(specifier: string, where: SourceLocation, near: string | undefined, known: readonly string[]): UserError {
  const fix = near === undefined ? `there are ${known.join(', ')}` : `did you mean ${JSON.stringify(near)}?`
  return new UserError({ code: 'import-missing', message: `Autopack has no entry point ${JSON.stringify(specifier)}`, where, fix })
}

export function codeThrewError(kind: 'config' | 'plan', text: string, where: SourceLocation, cause: unknown): UserError {
  const fix = cause instanceof UserError ? cause.fix : undefined
  return new UserError({ code: `${kind}-threw`, message: `${whatFile[kind]} threw while it was loaded: ${text}`, where, fix: fix ?? 'mend the marked place', cause })
}

export function fileShapeError(kind: 'config' | 'plan', found: 'function' | 'promise' | 'other', described: string, where: SourceLocation): UserError {
  const fix = {
    function: 'export what the function returns: `export default defineConfig({ … })`',
    promise: 'await it in the file: `export default await …`',
    other: kind === 'config' ? 'export an object: `export default defineConfig({ … })`' : 'write an object with `id` and `phases`',
  }[found]
  return new UserError({ code: `${kind}-shape`, message: `${whatFile[kind]} is ${described} and not an object`, where, fix })
}

/** `path` as in `checks[0].timeout`; empty for the file as a whole. */
export function invalidValueError(path: string, problem: string, where: SourceLocation, fix?: string): UserError {
  return new UserError({ code: 'invalid-value', message: path === '' ? problem : `${path}: ${problem}`, where, ...(fix !== undefined && { fix }) })
}

export function unknownKeyError(path: string, key: string, near: string | undefined, known: readonly string[], where: SourceLocation): UserError {
  return new UserError({
    code: 'unknown-key',
    message: `unknown key ${JSON.stringify(key)}${path === '' ? '' : ` in ${path}`}`,
    where,
    fix: near !== undefined ? `did you mean ${JSON.stringify(near)}?` : `known keys: ${known.join(', ')}`,
  })
}

export function duplicateNameError(path: string, what: string, name: string, first: SourceLocation, where: SourceLocation, fix: string): UserError {
  const place = [first.file, first.line, first.column].filter((part) => part !== undefined).join(':')
  return new UserError({ code: `duplicate-${what.split(' ').at(-1)!}`, message: `${path}: there is a ${what} ${JSON.stringify(name)} already, at ${place}`, where, fix })
}

/** A name that points at nothing: of a plugin, a phase, a check, a builder. */
export function unknownNameError(path: string, what: string, name: string, near: string | undefined, known: readonly string[], where: SourceLocation): UserError {
  return new UserError({
    code: `unknown-${what.split(' ').at(-1)!}`,
    message: `${path}: there is no ${what} ${JSON.stringify(name)}`,
    where,
    fix: near !== undefined ? `did you mean ${JSON.stringify(near)}?` : known.length > 0 ? `known: ${known.join(', ')}` : 'none is defined here: define it, or take the name away',
  })
}

export function defaultProjectIdError(id: string, from: string, problem: string): UserError {
  return new UserError({ code: 'invalid-project', message: `${from} cannot be the project id: ${problem}`, fix: `set \`project\` in the config (it is ${JSON.stringify(id)} by default)` })
}

export function apiVersionError(path: string, plugin: string, version: unknown, where: SourceLocation): UserError {
  return new UserError({
    code: 'plugin-api-version',
    message: `${path}: it is written for version ${JSON.stringify(version)} of the plugin API, and this Autopack has version 1`,
    where,
    plugin,
    fix: 'install a version of the plugin that fits this Autopack',
  })
}

export function planFileMissingError(name: string, origin: string): UserError {
  return new UserError({ code: 'plan-missing', message: `plans: there is no plan ${JSON.stringify(name)} (named by ${origin})`, fix: 'name a .yaml, .yml, .json or .ts file, relative to the folder of the config, or a glob' })
}

export function tooManyFilesError(globs: readonly string[], most: number): UserError {
  return new UserError({ code: 'plans-too-many-files', message: `plans: ${globs.join(', ')} leads through more than ${most} files`, fix: 'begin the globs with the folder of the plans, as in runs/*.yaml' })
}

export function needsCycleError(path: string, cycle: readonly string[], where: SourceLocation): UserError {
  return new UserError({
    code: 'needs-cycle',
    message: `${path}: the phases need each other in a circle: ${cycle.join(' → ')}`,
    where,
    fix: 'take one of these needs away',
  })
}

export function deliverableOutsideScopeError(path: string, deliverable: string, where: SourceLocation, scope: SourceLocation): UserError {
  const place = [scope.file, scope.line, scope.column].filter((part) => part !== undefined).join(':')
  return new UserError({
    code: 'deliverable-outside-scope',
    message: `${path}: ${JSON.stringify(deliverable)} lies outside the write scope at ${place}, so that no builder may make it`,
    where,
    fix: 'add it to scope.paths, or take it out of deliverables',
  })
}

// Command line

export function usageError(message: string, fix = 'see `autopack --help`, or --help of the command'): UserError {
  return new UserError({ code: 'usage', message, fix })
}

export function unknownCommandError(name: string, near: string | undefined): UserError {
  return usageError(`unknown command '${name}'`, near === undefined ? 'see `autopack --help` for what there is' : `did you mean ${near}?`)
}

export function directoryMissingError(raw: string, folder: string): UserError {
  return new UserError({ code: 'directory-missing', message: `-C names ${JSON.stringify(raw)}, which is not a folder`, where: { file: folder }, fix: 'name an existing folder' })
}

export function nothingImportedError(): UserError {
  return new UserError({ code: 'nothing-imported', message: 'there are no runs yet', fix: 'import and run the plans with `autopack run`' })
}

export function runUnknownError(run: string, near: string | undefined, known: readonly string[]): UserError {
  const list = known.slice(0, 8).join(', ') + (known.length > 8 ? ', …' : '')
  return new UserError({ code: 'run-unknown', message: `there is no run ${JSON.stringify(run)}`, fix: near === undefined ? `name one of: ${list}` : `did you mean ${near}?` })
}

export function phaseUnknownError(run: string, phase: string, near: string | undefined, known: readonly string[]): UserError {
  const list = known.slice(0, 8).join(', ') + (known.length > 8 ? ', …' : '')
  return new UserError({
    code: 'phase-unknown',
    message: `run ${run} has no phase ${JSON.stringify(phase)}`,
    fix: near === undefined ? `name one of: ${list}` : `did you mean ${near}?`,
  })
}

export function attemptUnknownError(run: string, phase: string, wanted: string | undefined, known: number): UserError {
  const message = wanted === undefined ? `${run}/${phase} has not been attempted yet` : `${run}/${phase} has no attempt ${wanted}`
  return new UserError({ code: 'attempt-unknown', message, fix: known === 0 ? `run it with \`autopack run ${run}\`` : `name one from 1 to ${known}` })
}

export function attemptFileMissingError(what: string, file: string, fix: string): UserError {
  return new UserError({ code: 'attempt-file-missing', message: `this attempt left no ${what}`, where: { file }, fix })
}

export function receiptMissingError(file: string): UserError {
  return new UserError({ code: 'receipt-missing', message: `there is no receipt ${file}`, where: { file }, fix: 'name the receipt.json of an attempt; `autopack show RUN PHASE` prints where it is' })
}

export function requeueStateError(run: string, phase: string, state: string): UserError {
  const fix = state === 'COMPLETE' ? 'write a new phase into the plan for what is still to be done' : 'see `autopack status` for failed and held phases'
  return new UserError({ code: 'requeue-state', message: `${run}/${phase} is ${state} and cannot be requeued: only a FAILED phase, or a held one, can`, fix })
}

export function initFailedError(what: string, cause: unknown): UserError {
  const message = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)
  return new UserError({ code: 'init-failed', message: `${what}: ${message}`, fix: 'mend this and run `autopack init` again; it never overwrites what is there', cause })
}

export function invalidBuilderOption(builder: string, option: string, value: unknown, fix: string): UserError {
  const shown = value === undefined ? 'undefined' : JSON.stringify(value)
  return new UserError({ code: 'builder-option-invalid', message: `the option ${option} of the ${builder} builder cannot be ${shown}`, fix })
}

export function planInvalidGoalError(problem: string): UserError {
  return usageError(`--goal makes no plan: ${problem}`, 'say what is to be done with --goal "…"')
}

// Store

export function databaseUrlError(url: string): UserError {
  return new UserError({
    code: 'database-url-invalid',
    message: `DATABASE_URL ${JSON.stringify(url)} is not one that Autopack knows`,
    fix: 'write sqlite:///relative.db (relative to the folder of the config), sqlite:////absolute.db, or unset it for autopack.db in the runs directory',
  })
}

export function databaseUrlUnsupportedError(url: string): UserError {
  return new UserError({
    code: 'database-url-unsupported',
    message: `DATABASE_URL ${JSON.stringify(url)} names PostgreSQL, which this version of Autopack cannot use yet`,
    fix: 'write sqlite:///relative.db or sqlite:////absolute.db, or unset it for autopack.db in the runs directory',
  })
}

export function storeNotADatabaseError(file: string, cause?: unknown): UserError {
  return new UserError({
    code: 'store-not-a-database',
    message: `the store ${file} is not a SQLite database`,
    where: { file },
    fix: 'move the file away, or correct DATABASE_URL if it names the wrong file',
    cause,
  })
}

export function storeCorruptError(file: string, problem: string, cause?: unknown): UserError {
  return new UserError({
    code: 'store-corrupt',
    message: `the store ${file} is damaged (${problem})`,
    where: { file },
    fix: 'restore it from a backup, or keep what can be read: sqlite3 <store> .recover | sqlite3 <new store>, then move the new one into its place',
    cause,
  })
}

export function storeEmptyError(file: string, runsDir: string): UserError {
  return new UserError({
    code: 'store-empty',
    message: `the store ${file} is empty, but ${runsDir} holds runs that it should know`,
    where: { file },
    fix: 'restore the store from a backup, or delete the empty file to start a new store (the runs start anew)',
  })
}

export function storeLockedError(file: string, milliseconds: number, cause?: unknown): UserError {
  return new UserError({
    code: 'store-locked',
    message: `the store ${file} has been locked by another process for more than ${milliseconds < 1_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 1_000)} s`}`,
    where: { file },
    fix: 'end the process that holds it (a database browser, a backup?), then try again',
    cause,
  })
}

export function storeNewerError(file: string, found: number, known: number): UserError {
  return new UserError({
    code: 'store-newer',
    message: `the store ${file} has schema ${found}, written by a newer Autopack; this one knows schema ${known}`,
    where: { file },
    fix: 'update Autopack: npm install autopack@latest',
    exitCode: 4,
  })
}

export function storeForeignError(file: string): UserError {
  return new UserError({
    code: 'store-foreign',
    message: `the database ${file} belongs to something else: it has tables, and none that says it is a store of Autopack`,
    where: { file },
    fix: 'name another file in DATABASE_URL, or unset it for autopack.db in the runs directory',
  })
}

export function storeUnusableError(file: string, problem: string, cause?: unknown): UserError {
  return new UserError({
    code: 'store-unusable',
    message: `the store ${file} cannot be used (${problem})`,
    where: { file },
    fix: 'make the file and its folder readable and writable for this user, and see that the disk is not full',
    cause,
  })
}

export function reviewUnsupportedError(run: string, phase: string): UserError {
  return new UserError({ code: 'review-unsupported', message: `${run}/${phase} cannot be decided: this version has no reviews yet`, fix: 'see the changelog for the version that brings `autopack review`', exitCode: 4 })
}

// Drains and runs

export function pathAnswerLeavesError(plugin: string, raw: string, relative: string, problem: string): UserError {
  return new UserError({
    code: 'path-answer-outside', plugin, hook: 'resolvePath', message: `the answer ${JSON.stringify(relative)} for ${JSON.stringify(raw)} leaves the repository: ${problem}`,
    fix: 'return a path inside the repository, relative to its top',
  })
}

export function sessionNotFoundError(wanted: string | undefined, known: readonly string[]): UserError {
  return new UserError({
    code: 'session-not-found', message: wanted === undefined ? 'there is no drain session to resume' : `there is no drain session ${JSON.stringify(wanted)}`,
    fix: known.length > 0 ? `the latest are ${known.slice(-3).join(', ')}` : 'start one with `autopack run` or `autopack drain`',
  })
}

export function runNotKnownError(run: string, near: string | undefined, known: readonly string[]): UserError {
  return new UserError({
    code: 'run-not-found', message: `there is no run ${JSON.stringify(run)}, neither in the plans nor in the store`,
    fix: near !== undefined ? `did you mean ${JSON.stringify(near)}?` : known.length > 0 ? `there are ${known.slice(0, 8).join(', ')}` : 'write a plan, or try `autopack run --goal "…"`',
  })
}

export function nothingPlannedError(plans: readonly string[]): UserError {
  return new UserError({
    code: 'nothing-planned', message: `no plan file matches ${plans.map((glob) => JSON.stringify(glob)).join(', ')} and the store has no runs`,
    fix: 'write a plan (`autopack init` makes a first one), or try one phase with `autopack run --goal "…"`',
  })
}

export function builderMissingError(run: string, phase: string, name: string | undefined, known: readonly string[]): UserError {
  return new UserError({
    code: 'builder-missing', message: name === undefined ? `phase ${phase} of run ${run} has no builder: the config names none` : `phase ${phase} of run ${run} asks for the builder ${JSON.stringify(name)}, which does not exist`,
    fix: known.length > 0 ? `there are ${known.join(', ')}` : 'set `builder` in the config, for example command({ run: ["my-agent", "{prompt}"] }) from autopack/builders',
  })
}

export function builderUnavailableError(name: string, reason: string, fix: string): UserError {
  return new UserError({ code: 'builder-unavailable', message: `the builder ${name} cannot run here: ${reason}`, fix })
}

export function dirtyScopeError(files: readonly string[]): UserError {
  const shown = files.slice(0, 5).join(', ')
  return new UserError({
    code: 'dirty-scope', message: `uncommitted changes in the scope of a selected phase: ${shown}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`,
    fix: 'commit or stash them, or go on from HEAD without them with --allow-dirty',
  })
}
