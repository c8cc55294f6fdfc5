import path from 'node:path'

/** The runs directory when nothing names another, beside the config. */
export const defaultRunsDir = '.autonomous_runs'
/** The environment variable that names the runs directory and wins over the config. */
export const runsDirVariable = 'AUTONOMOUS_RUNS_DIR'

/** The absolute runs directory and where the value came from. A relative one is relative to the config's folder; an empty variable counts as unset. */
export function resolveRunsDir(from: { configDir: string; configured?: string | undefined; env: Readonly<Record<string, string | undefined>> }): {
  runsDir: string
  origin: 'environment' | 'config' | 'default'
} {
  const named = from.env[runsDirVariable]
  if (named) return { runsDir: path.resolve(from.configDir, named), origin: 'environment' }
  if (from.configured) return { runsDir: path.resolve(from.configDir, from.configured), origin: 'config' }
  return { runsDir: path.resolve(from.configDir, defaultRunsDir), origin: 'default' }
}
