import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ProjectParts } from '../../../core/project/parts.ts'
import type { TestProject } from '../../support/project.ts'

type Acquire = NonNullable<ProjectParts['acquire']>

/**
 * Folders in the place of worktrees, for what a phase costs without git: the k-th phase of each run "commits" the k-th of a line of commits that were made
 * before. The branch is moved by writing its file, so that no git command runs between the claim of a phase and the next.
 */
export async function createFolderWorkspaces(project: Pick<TestProject, 'git'>, phases: number): Promise<Acquire> {
  const line = [await project.git('rev-parse', 'HEAD')]
  const tree = await project.git('rev-parse', 'HEAD^{tree}')
  // They all have one tree: what the guard finds is told apart by the commits alone.
  for (let index = 0; index < phases; index++) line.push(await project.git('commit-tree', tree, '-p', line.at(-1)!, '-m', `commit ${index}`))
  return async ({ path: folder, base, baseTree, branch, repository }) => {
    const file = path.join(folder, 'work/a.txt')
    mkdirSync(path.dirname(file), { recursive: true })
    const [next, changed] = [line[line.indexOf(base) + 1]!, [{ path: 'work/a.txt', status: 'modified' }] as const]
    const candidate = createHash('sha1').update(next).digest('hex')
    const nothing = async (): Promise<void> => undefined
    return {
      path: folder, projectDir: folder, base, baseTree: baseTree ?? tree, setupRan: undefined, setupKey: '', sparseKey: '',
      absent: () => [], touched: () => undefined, widen: nothing, beforeBuild: nothing, materialise: nothing, goOnFrom: nothing, rollback: nothing, release: nothing,
      guard: async () => {
        readFileSync(file)
        return { type: 'clean', tree: candidate, changed: [...changed] }
      },
      baseEntries: async (paths) => new Map(paths.filter((name) => name === 'work').map((name) => [name, { type: 'folder' }])),
      filesAt: async () => ['work/a.txt'],
      changedSince: async () => [],
      diffTrees: async () => [...changed],
      diffHash: async (from, to) => createHash('sha256').update(`${from} ${to}`).digest('hex'),
      diffStat: async () => ({ files: 1, added: 1, removed: 1 }),
      ignored: async () => [],
      savePatch: async (patch) => {
        const text = `work/a.txt is now ${readFileSync(file, 'utf8')}`
        writeFileSync(patch, text)
        return text.length
      },
      commit: async ({ guardWrite }) => {
        await guardWrite()
        const ref = path.join(repository.commonDir, 'refs/heads', branch)
        mkdirSync(path.dirname(ref), { recursive: true })
        writeFileSync(ref, `${next}\n`)
        return { commit: next, branch }
      },
    }
  }
}
