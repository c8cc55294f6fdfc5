import type { Repository } from './workspace.ts'

/** The same repository, with every object that is written in another folder: for who only wants to know. */
export function scratchObjects(repository: Repository, folder: string): Repository {
  const env = { GIT_OBJECT_DIRECTORY: folder, GIT_ALTERNATE_OBJECT_DIRECTORIES: `${repository.commonDir}/objects` }
  return { ...repository, git: (request) => repository.git({ ...request, env: { ...request.env, ...env } }) }
}
