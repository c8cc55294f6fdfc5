import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'

/** The absolute path of a program on PATH, or undefined. */
export async function findOnPath(program: string, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    if (!path.isAbsolute(folder)) continue
    const file = path.join(folder, program)
    const isProgram = await access(file, constants.X_OK).then(() => stat(file), () => undefined)
    if (isProgram?.isFile()) return file
  }
  return undefined
}
