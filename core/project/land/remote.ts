import { landRemoteBranchError, landRemoteFailedError, landRemoteMissingError, landRewrittenError } from '../../errors.ts'
import type { LandOutput } from '../../model/landing.ts'
import type { Engine } from '../../pipeline/engine.ts'
import type { PhaseRecord, RunRecord } from '../../store/store.ts'
import { findCommit, GitError, holdsAll, resolveBase, type GitOutput, type Repository } from '../../workspace/index.ts'
import { compareUrl } from './compare-url.ts'
import type { Integration, Sides } from './integrate.ts'

export interface PushRequest { run: RunRecord; phases: readonly PhaseRecord[]; branch: string; to: string; logPath: string }

/** The remote that a request goes to. What it is asked is asked as the user: with their settings, hooks and keys. */
export interface Remote {
  name: string
  /** The commit of a branch there, fetched where this repository does not have it; no ref of this repository moves. */
  tipOf(branch: string): Promise<string>
  /** What was pushed before is not written anew, for that would need force. */
  keepPushed(repository: Repository, branch: string, sides: Sides, integration: Integration): Promise<Integration>
  push(request: PushRequest): Promise<NonNullable<LandOutput['request']>>
}

/** Throws UserError when there is no such remote. */
export async function openRemote(engine: Engine, target: string, wanted: string | true): Promise<Remote> {
  const { repository, runtime } = engine
  const { root } = repository
  const ask = async (args: readonly string[], allow: readonly number[] = [0]) => (await repository.git({ cwd: root, args, allow, reading: true })).stdout.toString('utf8').trim()
  const known = (await ask(['remote'])).split('\n').filter(Boolean)
  const configured = await ask(['config', '--get', `branch.${target}.remote`], [0, 1])
  const name = wanted === true ? [configured, 'origin', known.length === 1 ? known[0]! : ''].find((one) => known.includes(one)) : wanted
  if (name === undefined || !known.includes(name)) throw landRemoteMissingError(name)
  const url = await ask(['remote', 'get-url', '--push', name])
  // How the user's git reaches a remote may stand in variables of git's own.
  const keys = Object.fromEntries(Object.entries(runtime.env).filter((entry): entry is [string, string] => entry[1] !== undefined && /^GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PROXY_COMMAND)$/.test(entry[0])))
  const reach = async (what: string, args: readonly string[]): Promise<GitOutput> => await repository.git({ cwd: root, args, settings: 'theirs', env: keys }).catch((error: unknown) => {
    if (!(error instanceof GitError)) throw error
    throw landRemoteFailedError(what, name, engine.redact(error.stderr.trim().split('\n').filter((line) => line.trim() !== '').slice(0, 3).join('; ')))
  })
  const tips = async (branch: string) => {
    const { stdout } = await reach('ask', ['ls-remote', '--heads', name, `refs/heads/${branch}`])
    return /^[0-9a-f]{40,64}/.exec(stdout.toString('latin1'))?.[0]
  }
  const have = async (branch: string, commit: string) => {
    if (!(await findCommit(repository, commit))) await reach('fetch from', ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', name, `refs/heads/${branch}`])
  }
  return {
    name,
    async tipOf(branch) {
      const tip = await tips(branch)
      if (tip === undefined) throw landRemoteBranchError(name, branch)
      await have(branch, tip)
      return tip
    },
    async keepPushed(repo, branch, { tip }, integration) {
      const pushed = await tips(branch)
      if (pushed === undefined) return integration
      await have(branch, pushed)
      if (await holdsAll(repo, integration.to, [pushed])) return integration
      if (!(await holdsAll(repo, tip, [pushed]))) throw landRewrittenError(name, branch)
      const { tree } = await resolveBase(repo, tip)
      return { strategy: 'fast-forward', to: tip, tree, commits: integration.commits.map(([old]) => [old, old]), reason: `${branch} was pushed before, so that its commits stay as they are` }
    },
    async push(request) {
      const { stderr } = await reach('push to', ['push', name, `refs/heads/${request.branch}:refs/heads/${request.branch}`])
      const opened = await openRequest(engine, target, request)
      // Some hosts say where to open it.
      const told = /https?:\/\/\S+/.exec(stderr.split('\n').filter((line) => line.startsWith('remote:')).join('\n'))?.[0]
      return { remote: name, url: opened ?? compareUrl(url, target, request.branch) ?? told ?? null, opened: opened !== undefined }
    },
  }
}

/** Opens the request with `gh` where that is there; its address. What `gh` says against it is in the log. */
async function openRequest(engine: Engine, target: string, { run, phases, branch, logPath }: PushRequest): Promise<string | undefined> {
  const { runtime, repository } = engine
  const env = Object.fromEntries(Object.entries(runtime.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
  const title = (run.goal ?? `Run ${run.id}`).trim().split('\n')[0]!
  const body = [`Run \`${run.id}\`, by Autopack.`, '', ...phases.map((phase) => `- **${phase.id}**: ${phase.spec.goal.trim().split('\n')[0]}`)].join('\n')
  const command = ['gh', 'pr', 'create', '--head', branch, '--base', target, '--title', engine.redact(title), '--body', engine.redact(body)]
  const result = await engine.exec({ command, cwd: repository.root, env: { ...env, GH_PROMPT_DISABLED: '1' }, logPath, timeoutMs: 60_000 })
  return result.ended === 'exit' && result.exitCode === 0 ? /https?:\/\/\S+/.exec(result.tail)?.[0] : undefined
}
