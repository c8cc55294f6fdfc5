import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'

/**
 * Where the program of an argument list is: on `PATH` for a bare name, in `configDir` for a relative path. Undefined when there is no
 * executable file of that name.
 */
export async function findProgram(program: string, context: { env: Readonly<Record<string, string>>; configDir: string }): Promise<string | undefined> {
  const candidates = program.includes('/')
    ? [isAbsolute(program) ? program : resolve(context.configDir, program)]
    : (context.env['PATH'] ?? '').split(delimiter).map((folder) => join(resolve(context.configDir, folder), program))
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
