import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

interface Pinned { package: string; version: string }

/** Which agents are tested, each in the version that its fixtures are from. */
export async function pinnedAgents(): Promise<Record<string, Pinned>> {
  return JSON.parse(await readFile(new URL('../../agents/versions.json', import.meta.url), 'utf8')) as Record<string, Pinned>
}

/** In the user's cache, outside of every repository: each version of each agent has a folder of its own. */
const cacheDir = (): string => join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'autopack-test-agents')

/** Where the program of an agent lies once it is installed. */
export async function agentProgram(name: string): Promise<string> {
  return join(folderOf(name, (await pinnedAgents())[name]!), 'node_modules/.bin', name)
}

const folderOf = (name: string, { version }: Pinned): string => join(cacheDir(), `${name}-${version}`)

/** Gets what is missing from npm. Returns what cannot be had, and why. */
export async function installAgents(tell: (line: string) => void): Promise<Map<string, string>> {
  const missing = new Map<string, string>()
  for (const [name, pinned] of Object.entries(await pinnedAgents())) {
    await install(name, pinned, tell).catch((error: { stderr?: string; message: string }) => missing.set(name, reasonIn(error.stderr || error.message)))
  }
  return missing
}

/** Of npm's many words the line that says why. */
function reasonIn(said: string): string {
  const lines = said.trim().split('\n')
  return lines.find((line) => /failed|not found|no matching|unsupported|no space/i.test(line)) ?? lines[0]!
}

async function install(name: string, pinned: Pinned, tell: (line: string) => void): Promise<void> {
  const folder = folderOf(name, pinned)
  if (existsSync(folder)) return
  const started = performance.now()
  await mkdir(cacheDir(), { recursive: true })
  // Put in its place when it is whole: two that install at once do not meet in one folder.
  const building = await mkdtemp(join(cacheDir(), '.installing-'))
  try {
    await writeFile(join(building, 'package.json'), '{ "private": true }\n')
    await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--no-package-lock', '--fetch-retries=1', '--fetch-retry-mintimeout=1000', `${pinned.package}@${pinned.version}`], { cwd: building, timeout: 300_000 })
    await rename(building, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(building, { recursive: true, force: true })
  }
  tell(`installed ${pinned.package} ${pinned.version} in ${((performance.now() - started) / 1000).toFixed(0)} s`)
}
