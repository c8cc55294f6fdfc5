import { readFile, writeFile } from 'node:fs/promises'
import { builderPaths } from '../layout/run-paths.ts'
import type { BuildRequest } from '../model/builder.ts'

/** What stands above the prompt then. */
export const resumedNote = `This conversation goes on in a new attempt. What was changed in the files since it began was taken back: look at them as they are now, and do all of the following.

`

/** Writes the prompt for a conversation that is gone on with, beside the attempt's own: who has it in mind that something is done already must hear that it is not. */
export async function resumedPrompt({ attemptDir, promptPath }: Pick<BuildRequest, 'attemptDir' | 'promptPath'>): Promise<string> {
  const file = builderPaths(attemptDir).resumedPrompt
  await writeFile(file, resumedNote + (await readFile(promptPath, 'utf8')))
  return file
}
