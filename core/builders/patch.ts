import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { invalidBuilderOption } from '../errors.ts'
import type { Builder, BuildRequest, BuildResult } from '../model/builder.ts'
import { findProgram } from './find-program.ts'
import type { PatchedFile } from './patch-text.ts'
import { patchProblems, readPatch } from './patch-text.ts'
import { buildResultOf } from './result.ts'

export interface PatchOptions {
  /** Folder of patches, one per phase: `{dir}/{phase id}.patch`. Relative to the config file. */
  dir?: string
  /** One patch file for every phase that uses this builder. Relative to the config file. */
  file?: string
  /** Merges with the blobs that the patch names where it does not apply as it is. Default false: strict. */
  threeWay?: boolean
}

/** No model is involved: that is known, and not `'unknown'`. */
const noTokens = { inputTokens: 0, outputTokens: 0 }

/**
 * A builder that applies a patch with `git apply`. Its paths count from the root of the repository, or from the project root where none of
 * them exists in the repository. A patch that does not apply changes nothing and is an error of class `patch_failed` that names file and hunk.
 * @throws UserError unless exactly one of `dir` and `file` is given.
 */
export function patch(options: PatchOptions): Builder {
  if ((options.dir === undefined) === (options.file === undefined)) {
    throw invalidBuilderOption('patch', 'dir', options.dir, 'give either { dir: "patches" } with one patch per phase, or { file: "fix.patch" }')
  }
  return {
    name: 'patch',
    async available(context) {
      const place = resolve(context.configDir, (options.dir ?? options.file)!)
      if (!existsSync(place)) return { ok: false, reason: `${place} of the patch builder does not exist`, fix: 'create it, or correct the path (relative to the config file)' }
      if (await findProgram('git', context)) return { ok: true }
      return { ok: false, reason: 'git, which the patch builder runs, was not found on PATH', fix: 'install git, or add its folder to PATH' }
    },
    build: (request) => build(options, request),
  }
}

async function build(options: PatchOptions, request: BuildRequest): Promise<BuildResult> {
  const file = resolve(request.configDir, options.file ?? join(options.dir!, patchName(request.phase.id)))
  const text = await readFile(file, 'latin1').catch(() => undefined)
  if (text === undefined) return missing(file, request.phase.id)
  const files = readPatch(text)
  const prefix = prefixOf(files, request)
  const argv = [
    // What a user's own git configuration makes of a patch has no say here.
    'git', '-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'apply.ignoreWhitespace=no', 'apply', '--whitespace=nowarn',
    ...(options.threeWay ? ['--3way'] : []),
    ...(prefix === '' ? [] : [`--directory=${prefix}`]),
    '--', file,
  ]
  // A patch that makes a file knows nothing of the stub that lies there; where it does not apply, the phase has failed anyway.
  const stubs = new Set(request.stubs)
  const created = files.filter((one) => one.from === undefined && one.to !== undefined).map((one) => join(request.workspace, prefix, fileName(one.to!)))
  for (const one of created) if (stubs.has(one)) await rm(one, { force: true })
  // From the top of the worktree: from below it, git would leave out every file that lies elsewhere and call that a success.
  const result = await request.exec({ command: argv, cwd: request.workspace, env: { ...request.env, LC_ALL: 'C', LANGUAGE: 'C' } })
  const built = buildResultOf(result, argv, noTokens)
  if (built.type !== 'error' || result.ended !== 'exit') return built
  const problems = patchProblems(result.tail, files, prefix)
  const first = problems[0]
  const what = first ? `${first.path === undefined ? '' : `${first.path}: `}${first.message}` : (result.tail.split('\n').find((line) => line.startsWith('error: ')) ?? built.message)
  return { ...built, class: 'patch_failed', message: `${relative(request.configDir, file)} does not apply: ${what}`, problems }
}

function missing(file: string, phase: string): BuildResult {
  const message = `no patch for phase ${JSON.stringify(phase)}: expected ${file}`
  return {
    type: 'error', argv: [], usage: noTokens, exitCode: null, signal: null, tail: '', message,
    class: 'patch_failed', problems: [{ path: file, code: 'patch_missing', message: `expected a patch for phase ${JSON.stringify(phase)} here` }],
  }
}

/** The phase's id as a file name: what no file name can hold is percent-encoded, so that `a/b` and `a-b` never share a patch. */
export function patchName(phase: string): string {
  return `${phase.replace(/[/\\%:*?"<>|]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)}.patch`
}

/** A name out of a patch, which is read byte by byte. */
const fileName = (bytes: string) => Buffer.from(bytes, 'latin1').toString('utf8')

/** What to put before the patch's paths: '' when they count from the root of the repository, else the project root's path and a slash. */
function prefixOf(files: readonly PatchedFile[], request: BuildRequest): string {
  const project = relative(request.workspace, request.projectDir)
  if (project === '') return ''
  const existing = files.flatMap((file) => (file.from === undefined ? [] : [fileName(file.from)]))
  const added = files.flatMap((file) => (file.from === undefined && file.to !== undefined ? [fileName(file.to)] : []))
  // A patch that only adds files says by their folders where it counts from.
  const paths = existing.length > 0 ? existing : added.map((path) => path.split('/')).flatMap((parts) => (parts.length > 1 ? [parts[0]!] : []))
  const somewhere = (root: string) => paths.some((path) => existsSync(join(root, path)))
  return !somewhere(request.workspace) && somewhere(request.projectDir) ? `${project}/` : ''
}
