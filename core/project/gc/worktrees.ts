import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { sizeOf } from '../../layout/disk.ts'
import { isAlive } from '../../process/owner.ts'
import { findWorktree, makerOf, notThere, removeFolder, removeWorktree, setupKeysIn, snapshot } from '../../workspace/index.ts'
import { removeScratch } from '../scratch-trees.ts'
import { ago, type Candidate, type GcContext, type KnownRun } from './contract.ts'

/** Worktrees that nobody needs any more, and what was left beside them. Only what is ours. */
export async function findWorktrees(context: GcContext): Promise<Candidate[]> {
  const { engine, runs } = context
  const { worktrees } = engine
  const found: Candidate[] = []
  for (const name of await names(worktrees.dir)) {
    const folder = path.join(worktrees.dir, name)
    if (worktrees.isBesideDir(name)) for (const key of await names(folder)) found.push(...(await ofRun(context, path.join(folder, key), runs.get(key))))
    else if (/^[.@]/.test(name)) found.push(...(await leftover(context, name, folder)))
    else found.push(...(await ofRun(context, folder, runs.get(name))))
  }
  const places = new Map((await engine.store.worktrees()).map((one) => [one.path, one.run]))
  const byId = new Map([...runs.values()].map((run) => [run.record.id, run]))
  for (const name of await names(worktrees.freshDir)) {
    const folder = path.join(worktrees.freshDir, name)
    found.push(...(await ofRun(context, folder, byId.get(places.get(folder) ?? ''))))
  }
  return [...found, ...(await halfMade(context)), ...(await quarantined(context)), ...(await setupCaches(context))]
}

/** What cannot be listed holds nothing that could be removed. */
const names = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).sort()
/** 0 where there is none. */
const modified = async (place: string): Promise<number> => (await stat(place).catch(() => undefined))?.mtimeMs ?? 0

async function ofRun(context: GcContext, folder: string, run: KnownRun | undefined): Promise<Candidate[]> {
  const { engine, rules, now } = context
  const { repository, worktrees, store } = engine
  if (run?.busy !== undefined) return []
  const name = path.basename(folder)
  const indexFile = worktrees.indexOf(folder)
  const worktree = await findWorktree(repository, folder, indexFile)
  // Somebody else's folder, or what a crash left of one: the next attempt says so.
  if (!worktree || !existsSync(folder)) return []
  const lastAt = run?.lastAt ?? Math.max(await modified(folder), await modified(indexFile))
  if (!run?.complete && now - lastAt < rules.olderThanMs) return []
  const reason = run?.complete ? 'the run is complete' : run ? `nothing has happened in the run since ${ago(context, lastAt)}` : `no run of this store has it; from ${ago(context, lastAt)}`
  const head = (await readFile(path.join(worktree.metadata, 'HEAD'), 'utf8').catch(() => '')).trim()
  const left = await unsaved(context, name, folder, indexFile, head)
  return [{
    kind: run ? 'worktree' : 'orphan', subject: run?.record.id ?? name, place: folder, bytes: (await sizeOf(folder)).bytes, reason, ...(run && { run: run.record }), ...left,
    remove: async () => {
      await removeWorktree(repository, folder, indexFile)
      await store.forgetWorktree(folder)
    },
  }]
}

/** What lies in a worktree and nowhere else: files that no commit has, or commits that no ref has. */
async function unsaved({ engine, rules }: GcContext, name: string, folder: string, indexFile: string, head: string): Promise<Pick<Candidate, 'only' | 'commits'>> {
  const { repository, config } = engine
  const request = {
    repository, folder, indexFile, base: head, setup: config.workspace, env: engine.environment().env, scratch: path.join(rules.scratch, `${name}.index`),
  }
  try {
    const files = await snapshot({ ...request, objectsIn: rules.scratch })
    const loose = (await isReachable(engine.repository, head)) ? [] : [head]
    if (files === undefined && loose.length === 0) return {}
    return {
      only: files === undefined ? 'it stands on a commit that no branch has' : 'it holds files that no commit has',
      commits: async () => [...loose, ...(files === undefined ? [] : [(await snapshot(request)) ?? head])],
    }
  } catch (error) {
    return { only: `what it holds cannot be told: ${(error as Error).message.split('\n')[0]}`, commits: async () => { throw error } }
  }
}

async function isReachable(repository: GcContext['engine']['repository'], commit: string): Promise<boolean> {
  const args = ['rev-list', '--max-count=1', commit, '--not', '--branches', '--tags', '--remotes', '--glob=refs/autopack', '--']
  const { exitCode, stdout } = await repository.git({ cwd: repository.root, args, allow: [0, 128], saying: notThere, reading: true })
  return exitCode === 0 && stdout.length === 0
}

/** Worktrees in which checks ran of a landing or of `verify`, or a preflight, or a plan was drafted, and whose process is gone: what counts of them is elsewhere. Their names began with a dot before. */
async function leftover({ engine }: GcContext, name: string, folder: string): Promise<Candidate[]> {
  const { worktrees, runtime, store } = engine
  const pid = /^[@.](?:verify|plan|preflight)-(\d+)$/.exec(name)?.[1]
  const landing = /^[@.]land-([0-9a-f]+)$/.exec(name)?.[1]
  if (pid === undefined && landing === undefined) return []
  if (pid !== undefined && isAlive(runtime, { host: runtime.host, pid: Number(pid), startTime: '' })) return []
  if (landing !== undefined && (await store.landings({ open: true })).some((one) => one.id === landing)) return []
  return [{
    kind: 'leftover', subject: name, place: folder, bytes: (await sizeOf(folder)).bytes, reason: 'the process is gone that made it for a landing, for `verify --rerun`, for a preflight or for `plan`',
    remove: async () => void (await removeScratch(engine, { path: folder, indexFile: worktrees.indexFile(name) }, true)),
  }]
}

/** What a crash left of the making of a worktree, in git's own folder: three small files, and no work. */
async function halfMade({ engine: { repository, runtime } }: GcContext): Promise<Candidate[]> {
  const left = (await names(repository.commonDir)).flatMap((name) => {
    const pid = makerOf(name)
    return pid === undefined || isAlive(runtime, { host: runtime.host, pid, startTime: '' }) ? [] : [{ name, place: path.join(repository.commonDir, name) }]
  })
  return await Promise.all(left.map(async ({ name, place }) => ({
    kind: 'leftover' as const, subject: name, place, bytes: (await sizeOf(place)).bytes, reason: 'the process is gone that was making a worktree',
    remove: () => removeFolder(place),
  })))
}

/** What was put aside since its owner, on another host or stopped on this one, might have written on. */
async function quarantined(context: GcContext): Promise<Candidate[]> {
  const { engine, rules, runs, now } = context
  const { worktrees, repository, layout } = engine
  const folders = await names(worktrees.quarantineDir)
  if (folders.length === 0) return []
  const byId = new Map([...runs.values()].map((run) => [run.record.id, run]))
  const attempts = new Map((await engine.store.attempts({})).flatMap((attempt) => {
    const run = byId.get(attempt.run)
    return run ? [[worktrees.quarantine(`${run.record.key}-${attempt.id}`), { attempt, run }] as const] : []
  }))
  const found: Candidate[] = []
  for (const name of folders) {
    const folder = path.join(worktrees.quarantineDir, name)
    const at = await modified(folder)
    if (now - at < rules.olderThanMs) continue
    const known = attempts.get(folder)
    const phase = known?.run.phases.find((one) => one.id === known.attempt.phase)
    const patch = known && phase && layout.run(known.run.record).phase(phase).attempt(known.attempt.number).changesPatch
    const saved = patch !== undefined && existsSync(patch)
    const base = known?.attempt.baseCommit
    found.push({
      kind: 'quarantine', subject: name, place: folder, bytes: (await sizeOf(folder)).bytes, reason: `put aside ${ago(context, at)}${saved ? '; its work is kept as a patch' : ''}`,
      ...(!saved && {
        only: 'nobody knows whether its work was saved',
        commits: async () => {
          if (base === undefined) throw new Error('nobody knows what it was made from: look at it, and remove it by hand')
          const files = await snapshot({ repository, folder, indexFile: worktrees.indexOf(folder), base, setup: engine.config.workspace, env: engine.environment().env, scratch: path.join(rules.scratch, 'quarantine.index') })
          return files === undefined ? [] : [files]
        },
      }),
      remove: async () => {
        await removeFolder(folder)
        await rm(worktrees.indexOf(folder), { force: true })
      },
    })
  }
  return found
}

/** Caches of the setup that are old and in no warm worktree. While somebody works, one may be about to be copied. */
async function setupCaches(context: GcContext): Promise<Candidate[]> {
  const { engine, rules, now, atWork } = context
  const { worktrees } = engine
  if (atWork) return []
  const inUse = new Set([...setupKeysIn(worktrees.indexDir)].map((key) => path.basename(worktrees.setupCache(key))))
  const found: Candidate[] = []
  for (const name of await names(worktrees.setupDir)) {
    const place = path.join(worktrees.setupDir, name)
    const at = await modified(place)
    if (inUse.has(name) || inUse.has(name.replace(/\.log$/, '')) || now - at < rules.olderThanMs) continue
    found.push({
      kind: 'setup-cache', subject: name, place, bytes: (await sizeOf(place)).bytes, reason: `made ${ago(context, at)}, and no worktree has it; it is made again when it is needed`,
      remove: () => removeFolder(place),
    })
  }
  return found
}
