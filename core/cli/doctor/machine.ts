import { askProgram } from '../../process/ask.ts'
import { findAgents } from '../agents.ts'
import type { CliContext } from '../context.ts'
import { findOnPath } from '../find-program.ts'
import { fail, ok, warn } from './finding.ts'
import type { Finding } from './finding.ts'

const oldestGit = [2, 30] as const
/** A program that does not tell its version in this time, in milliseconds, is taken to be there all the same. */
const versionLimitMs = 5_000

/** Node, git and the agents of this machine. */
export async function examineMachine(context: CliContext): Promise<Finding[]> {
  return [ok('node', process.versions.node), await examineGit(context), await examineAgents(context)]
}

async function examineGit({ runtime, cwd }: CliContext): Promise<Finding> {
  const file = await findOnPath('git', runtime.env)
  if (file === undefined) return fail('git', 'not found on the PATH', `install git ${oldestGit.join('.')} or newer`)
  const text = await versionOf(file, runtime.env, cwd)
  const match = /(\d+)\.(\d+)(?:\.\d+)*/.exec(text ?? '')
  if (!match) return warn('git', `${file} does not say its version`, null)
  const [version, major, minor] = [match[0], Number(match[1]), Number(match[2])]
  const isOld = major < oldestGit[0] || (major === oldestGit[0] && minor < oldestGit[1])
  return isOld ? fail('git', `${version} is too old`, `install git ${oldestGit.join('.')} or newer`) : ok('git', version)
}

async function examineAgents({ runtime, cwd }: CliContext): Promise<Finding> {
  const found = await findAgents(runtime.env)
  if (found.length === 0) return warn('agents', 'no coding agent found on the PATH', 'install one (claude, codex, opencode, gemini, aider), or use the builder `command`')
  const texts = await Promise.all(
    found.map(async ({ agent, file }) => {
      const version = /\d+\.\d+(?:\.\d+)?/.exec((await versionOf(file, runtime.env, cwd)) ?? '')?.[0]
      return version === undefined ? agent.name : `${agent.name} ${version}`
    }),
  )
  return ok('agents', texts.join(', '))
}

async function versionOf(file: string, env: NodeJS.ProcessEnv, cwd: string): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await askProgram(file, ['--version'], { env, cwd, limitMs: versionLimitMs })
  return exitCode === 0 ? stdout.trim() || stderr.trim() : undefined
}
