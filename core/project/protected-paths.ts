import path from 'node:path'
import type { ProjectParts } from './parts.ts'

/**
 * What no builder may change since it decides how a builder is judged: the config, the template of prompts, and `protect`, in which plans that are code are already.
 * Relative to the repository, for `scopeMatcher`.
 */
export function protectedPaths({ config, repository }: { config: Pick<ProjectParts['config'], 'configDir' | 'configPath' | 'protect' | 'prompt'>; repository: Pick<ProjectParts['repository'], 'root'> }): string[] {
  const fromRepository = (file: string) => path.relative(repository.root, file).split(path.sep).join('/')
  const below = fromRepository(config.configDir)
  const anchored = (glob: string) => {
    const inRepository = path.posix.join(below, glob)
    // Of a config outside of the repository there is nothing to stand on but the repository.
    return inRepository.startsWith('../') ? glob : inRepository
  }
  const own = [config.configPath, ...(config.prompt.template === undefined ? [] : [config.prompt.template])].map(fromRepository).filter((file) => !file.startsWith('../'))
  return [...new Set([...own, ...config.protect.map(anchored)])]
}
