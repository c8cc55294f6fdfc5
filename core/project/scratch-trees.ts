import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { writeJsonSync } from '../layout/atomic.ts'
import type { Owner } from '../model/owner.ts'
import type { Engine } from '../pipeline/engine.ts'
import { isAlive } from '../process/owner.ts'
import { endMarked } from '../process/tree.ts'
import { quietly, removeWorktree } from '../workspace/index.ts'

/** In the environment of all that a preflight, or the checks of `verify --rerun`, start: which worktree they are at work in. */
const scratchVariable = 'AUTOPACK_SCRATCH_WORKTREE'

type Places = Pick<Engine, 'worktrees' | 'runtime' | 'repository'>

/** A worktree of one command, which keeps nothing. No attempt knows its processes: whoever comes after a crash finds it by its name, its record beside it, and them by their environment. */
export interface ScratchTree {
  path: string
  indexFile: string
  branch: string
  /** For everything that is started in it. */
  env: Readonly<Record<string, string>>
}

/** What lies beside it while its command is at work. */
interface Recorded {
  owner: Owner
  /** A temporary folder. */
  folder?: string
}

/** Puts a scratch tree on record, before anything of it is made or started; `folder`: a temporary one that goes with it. */
export async function recordScratch({ worktrees, runtime, owner }: Places & Pick<Engine, 'owner'>, kind: 'preflight' | 'verify', folder?: string): Promise<ScratchTree> {
  // No run key starts with an `@`, and the process number keeps two apart.
  const name = `@${kind}-${runtime.pid}`
  const [place, indexFile] = [worktrees.worktree({ key: name }), worktrees.indexFile(name)]
  await mkdir(path.dirname(indexFile), { recursive: true })
  writeJsonSync(recordOf(indexFile), { owner, ...(folder !== undefined && { folder }) } satisfies Recorded)
  return { path: place, indexFile, branch: `autopack/${name.slice(1)}`, env: { [scratchVariable]: place } }
}

/** Removes it, and what is left of its processes: none, unless its command was killed. Returns how many there were. */
export async function removeScratch({ runtime, repository }: Places, tree: Pick<ScratchTree, 'path' | 'indexFile'>, killed = false): Promise<number> {
  const ended = killed ? await endMarked(runtime, scratchVariable, tree.path) : 0
  await removeWorktree(repository, tree.path, tree.indexFile)
  await rm(recordOf(tree.indexFile), { force: true })
  return ended
}

/** Does away with the scratch trees whose commands were killed on this host, and tells of it in notices. */
export async function endScratchTrees(engine: Places & Pick<Engine, 'emit'>): Promise<void> {
  const { worktrees, runtime, emit } = engine
  for (const name of quietly(() => readdirSync(worktrees.dir)) ?? []) {
    const kind = /^@(verify|preflight)-\d+$/.exec(name)?.[1]
    if (kind === undefined) continue
    const tree = { path: path.join(worktrees.dir, name), indexFile: worktrees.indexFile(name) }
    const { owner, folder } = quietly(() => JSON.parse(readFileSync(recordOf(tree.indexFile), 'utf8')) as Recorded) ?? {}
    if (!owner || owner.host !== runtime.host || isAlive(runtime, owner)) continue
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    const what = `${kind === 'verify' ? 'a verify --rerun' : 'a preflight'} was killed (process ${owner.pid})`
    const message = await removeScratch(engine, tree, true).then(
      (ended) => `${what}: its worktree was removed${ended === 0 ? '' : `; ${ended === 1 ? 'a process of it was' : `${ended} processes of it were`} ended`}`,
      (error: Error) => `${what}, and what it left in ${tree.path} could not be removed: ${error.message}`,
    )
    emit({ type: 'notice', level: 'warning', message })
  }
}

const recordOf = (indexFile: string): string => `${indexFile}.owner.json`
