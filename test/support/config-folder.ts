import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type LoadOptions, loadConfig } from '../../core/config/load.ts'
import type { ResolvedConfig } from '../../core/config/config.ts'
import { UserError, formatUserError } from '../../core/errors.ts'
import { namedBuilder } from '../../core/builders/named.ts'
import { resolveRunsDir } from '../../core/layout/runs-dir.ts'

/** A temporary folder with these files, outside any package; removed afterwards. */
export async function withFolder<Result>(files: Readonly<Record<string, string>>, use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'autopack-config-')))
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
      await writeFile(path.join(folder, name), text)
    }
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function load(cwd: string, options: Partial<Omit<LoadOptions, 'runtime'>> & { env?: Record<string, string> } = {}): Promise<ResolvedConfig> {
  const { env = {}, ...rest } = options
  return loadConfig({ cwd, builtIns: [], resolveRunsDir, namedBuilder, ...rest, runtime: { env } })
}

/** What a person would read of the error that a promise rejects with. Fails where it does not, and where the exit code is not 2. */
export async function errorText(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    if (error.exitCode !== 2) throw new Error(`exit code ${error.exitCode}`, { cause: error })
    return formatUserError(error)
  }
  throw new Error('expected an error')
}
