import { UserError } from './user-error.ts'

// Errors of `autopack knowledge`.

export function knowledgeBrokenError(file: string, problem: string): UserError {
  return new UserError({ code: 'knowledge-broken', message: `${file} is not what \`autopack knowledge export\` or a run writes: ${problem}`, where: { file }, fix: 'mend it, or take it from the version before' })
}

export function knowledgeProjectError(file: string, theirs: string, ours: string): UserError {
  return new UserError({ code: 'knowledge-project', message: `${file} is about the project ${JSON.stringify(theirs)}, and this is ${JSON.stringify(ours)}`, where: { file }, fix: 'import what was exported of this project; if it was renamed, change `project` in the file' })
}

export function knowledgeMissingError(file: string): UserError {
  return new UserError({ code: 'knowledge-missing', message: `there is no file ${file}`, where: { file }, fix: 'write it where the knowledge is: `autopack knowledge export FILE`' })
}
