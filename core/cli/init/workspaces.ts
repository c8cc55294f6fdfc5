import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'

/** More packages than that are not written into a config: there a preset, or a person, says what is needed. */
const mostPackages = 60

/** Folders of the packages of a repository that has several, relative to `dir`, by `pnpm-workspace.yaml` or `workspaces` of package.json. */
export async function workspacePackages(dir: string, files: readonly string[], workspaces: unknown): Promise<string[]> {
  const patterns = files.includes('pnpm-workspace.yaml') ? await pnpmPatterns(path.join(dir, 'pnpm-workspace.yaml')) : texts(Array.isArray(workspaces) ? workspaces : (workspaces as { packages?: unknown } | null | undefined)?.packages)
  const [without, within] = [patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)), patterns.filter((pattern) => !pattern.startsWith('!'))]
  const found = new Set<string>()
  const manifestsOf = (all: readonly string[]) => all.map((pattern) => path.posix.join(pattern, 'package.json')).filter((pattern) => !pattern.startsWith('..'))
  const exclude = ['**/node_modules/**', ...manifestsOf(without)]
  for await (const manifest of glob(manifestsOf(within), { cwd: dir, exclude })) found.add(path.dirname(manifest).replaceAll('\\', '/'))
  found.delete('.')
  return found.size > mostPackages ? [] : [...found].sort()
}

async function pnpmPatterns(file: string): Promise<string[]> {
  const { parse } = await import('yaml')
  try {
    return texts((parse(await readFile(file, 'utf8')) as { packages?: unknown } | null)?.packages)
  } catch {
    return []
  }
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])
