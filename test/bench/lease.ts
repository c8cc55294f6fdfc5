/** A warm lease of a worktree against `git status` of the same tree and `git worktree add`, side by side. Run directly, or through `npm run bench`. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { acquireWorkspace, openRepository } from '../../core/workspace/index.ts'
import type { BenchResult } from './run.ts'

const fileCount = 5_000
const rounds = 15
/** Of the repository of which a phase needs a fiftieth on disk. */
const largeCount = 20_000
const coldRounds = 3

const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } as Record<string, string>
const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })

export async function bench(): Promise<BenchResult[]> {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'autopack-bench-lease-')))
  try {
    return [...(await measure(path.join(dir, 'warm'))), await measureSparse(path.join(dir, 'sparse'))]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function measure(dir: string): Promise<BenchResult[]> {
  const root = path.join(dir, 'repo')
  makeRepository(root, fileCount)
  const repository = await openRepository({ configDir: root, root: '.', env })
  const commits = git(root, 'rev-list', 'HEAD').trim().split('\n')
  const lease = (base: string) => acquireWorkspace({
    repository, path: path.join(dir, 'trees/run'), indexFile: path.join(dir, 'trees/.index/run'), branch: 'autopack/bench/run', base, env,
    exec: () => Promise.reject(new Error('no setup here')),
  })
  await (await lease(commits[0]!)).release()

  const times = { same: [] as number[], moved: [] as number[], status: [] as number[], add: [] as number[] }
  const timed = async (into: number[], action: () => unknown) => {
    const start = performance.now()
    await action()
    into.push(performance.now() - start)
  }
  for (let round = 0; round < rounds; round++) {
    let workspace = await lease(commits[0]!)
    await workspace.release()
    await timed(times.status, () => git(path.join(dir, 'trees/run'), 'status', '--porcelain'))
    await timed(times.same, async () => { workspace = await lease(commits[0]!) })
    await workspace.release()
    // The base moved by one commit, as it does after every phase of somebody else; brought back untimed.
    await timed(times.moved, async () => { workspace = await lease(commits[1]!) })
    await workspace.release()
    if (round < 5) {
      await timed(times.add, () => git(root, 'worktree', 'add', '--detach', path.join(dir, `added-${round}`), commits[0]!))
      git(root, 'worktree', 'remove', '--force', path.join(dir, `added-${round}`))
    }
  }
  const [same, moved, status, add] = [median(times.same), median(times.moved), median(times.status), median(times.add)]
  const detail = `lease ${same.toFixed(1)} ms, base moved ${moved.toFixed(1)} ms, git status ${status.toFixed(1)} ms, git worktree add ${add.toFixed(1)} ms`
  return [
    { name: 'warm lease, against git status', ratio: same / status, goal: 2.5, detail },
    { name: 'warm lease with a moved base, against git status', ratio: moved / status, goal: 2.5, detail },
    { name: 'git worktree add, against a warm lease', ratio: add / Math.max(same, moved), goal: 6, atLeast: true, detail },
  ]
}

/** The first lease of a run, with one of the folders in its scope and with everything. */
async function measureSparse(dir: string): Promise<BenchResult> {
  const root = path.join(dir, 'repo')
  makeRepository(root, largeCount)
  const repository = await openRepository({ configDir: root, root: '.', env })
  const base = git(root, 'rev-parse', 'HEAD').trim()
  const times = { part: [] as number[], whole: [] as number[] }
  for (let round = 0; round < coldRounds; round++) {
    for (const kind of ['part', 'whole'] as const) {
      const place = path.join(dir, 'trees', `${kind}-${round}`)
      const start = performance.now()
      await acquireWorkspace({
        repository, path: place, indexFile: `${place}.index`, branch: `autopack/bench/${kind}`, base, env, exec: () => Promise.reject(new Error('no setup here')),
        ...(kind === 'part' && { sparse: { within: ['d7/'], also: [] } }),
      })
      times[kind].push(performance.now() - start)
      rmSync(place, { recursive: true, force: true })
    }
  }
  const [part, whole] = [median(times.part), median(times.whole)]
  return { name: 'cold lease of a fiftieth of the tree, against the whole', ratio: part / whole, goal: 0.2, detail: `${largeCount} files: ${part.toFixed(0)} ms against ${whole.toFixed(0)} ms` }
}

function makeRepository(root: string, files: number): void {
  mkdirSync(root, { recursive: true })
  git(root, 'init', '-q')
  for (let number = 0; number < files; number++) {
    const folder = path.join(root, `d${number % 50}`, `e${number % 10}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, `f${number}.txt`), `line ${number}\n`.repeat(40))
  }
  const commit = (message: string) => {
    git(root, 'add', '-A')
    git(root, '-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', 'commit', '-q', '-m', message)
  }
  commit('first')
  writeFileSync(path.join(root, 'd0/e0/f0.txt'), 'changed\n')
  commit('second')
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)]!
}

if (import.meta.main) for (const { name, ratio, goal, atLeast, detail } of await bench()) console.log(`${name}: ${ratio.toFixed(2)} ×, ${atLeast ? 'at least' : 'at most'} ${goal} (${detail})`)
