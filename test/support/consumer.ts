/** Installs Autopack as a user does: into an empty folder outside the repository, through npm. */
import { readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { existsSync } from 'node:fs'
import { makeProject, repositoryRoot, startCommand } from './project.ts'
import type { CommandResult, TestProject } from './project.ts'

export interface Consumer {
  project: TestProject
  /** node_modules/autopack in it. */
  installed: string
  /** What the package holds, relative to it; empty when it was not packed here. */
  files: string[]
  /** Bytes of the tarball. */
  size: number
}

/** What is known of what is installed. */
export interface PackageSource {
  files: string[]
  size: number
}

/** npm works with the caller's own cache and settings: only what it installs is tested. */
export function npmEnvironment(): Record<string, string | undefined> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(HOME|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/.test(name)))
  return { ...inherited, npm_config_update_notifier: 'false', npm_config_fund: 'false', npm_config_audit: 'false', npm_config_prefer_offline: 'true' }
}

async function npm(project: TestProject, args: readonly string[], cwd = project.dir): Promise<CommandResult> {
  const result = await startCommand(['npm', ...args], { cwd, env: { ...project.env, ...npmEnvironment() }, limit: 240_000 }).result
  if (result.exitCode !== 0) throw new Error(`npm ${args.join(' ')} failed with ${result.exitCode}:\n${result.stdout}${result.stderr}`)
  return result
}

/**
 * The line of the README that installs Autopack into a project beside the clone, as it is where the Node of the machine is new enough: here it is. With `node@24`
 * npm would install itself once more to unpack another 100 MB of what runs this.
 */
export async function installLine(from: 'tarball' | 'git'): Promise<string> {
  const readme = await readFile(join(repositoryRoot, 'README.md'), 'utf8')
  const found = [...readme.matchAll(/^npm install --no-save .*$/gm)].map(([line]) => line).filter((line) => line.includes('git+') === (from === 'git'))
  if (found.length !== 1) throw new Error(`the README has ${found.length} lines that install from a ${from}, not one`)
  const line = found[0]!.replace(/ node@24$/, '')
  if (line === found[0] || !readme.includes('Where the machine\'s own Node is 24.15 or newer, leave `node@24` out.')) throw new Error('the README does not say when to leave node@24 out')
  return line
}

/** What `prepare` builds with. The other development dependencies are what whoever runs this has installed, and would take npm half a minute. */
const buildTools = ['@opentelemetry/api', '@types/node', '@types/picomatch', 'typescript']

/** A clone of this repository beside the project: its last commit, and one more that leaves out what only develops. */
async function cloneBeside(project: TestProject): Promise<void> {
  const clone = join(project.base, 'autopack')
  await project.git('clone', '--quiet', repositoryRoot, clone)
  const file = join(clone, 'package.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { devDependencies: Record<string, string> }
  const devDependencies = Object.fromEntries(buildTools.map((name) => [name, manifest.devDependencies[name]]))
  await writeFile(file, `${JSON.stringify({ ...manifest, devDependencies }, undefined, 2)}\n`)
  await project.git('-C', clone, '-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', 'commit', '--quiet', '--all', '--message', 'Install what builds')
}

/** Builds and packs this repository into the folder around the project: where the README has it. */
export async function pack(project: TestProject): Promise<PackageSource> {
  const { stdout } = await npm(project, ['pack', '--json', '--pack-destination', project.base], repositoryRoot)
  // What `prepare` prints comes before the JSON.
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [{ filename: string; size: number; files: { path: string }[] }]
  return { files: packed.files.map((file) => file.path), size: packed.size }
}

/** Installs by the README's own line, in a project that lies beside the clone. */
export async function installPackage(from: 'tarball' | 'git'): Promise<Consumer> {
  // Whoever writes a config in TypeScript has Node's types; here, one installation brings both.
  const { devDependencies } = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }
  const manifest = { name: 'consumer', private: true, type: 'module', ...(from === 'tarball' && { devDependencies: { '@types/node': devDependencies['@types/node'] } }) }
  const project = await makeProject({ git: false, leakCheck: false, files: { 'package.json': `${JSON.stringify(manifest)}\n` } })
  try {
    const { files, size } = from === 'tarball' ? await pack(project) : { files: [], size: 0 }
    if (from === 'git') await cloneBeside(project)
    const line = await installLine(from)
    const { exitCode, stdout, stderr } = await startCommand(['sh', '-c', line], { cwd: project.dir, env: { ...project.env, ...npmEnvironment() }, limit: 240_000 }).result
    if (exitCode !== 0) throw new Error(`${line} failed with ${exitCode}:\n${stdout}${stderr}`)
    return { project, installed: join(project.dir, 'node_modules/autopack'), files, size }
  } catch (error) {
    await project[Symbol.asyncDispose]()
    throw error
  }
}

/** A node on the PATH that is older than that, for the test of the one line that it gets. */
export async function nodeOlderThan(major: number, minor: number): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, 'node')
    if (!existsSync(file)) continue
    const { stdout } = await startCommand([file, '-p', 'process.versions.node'], { cwd: repositoryRoot, env: {} }).result
    const [foundMajor = 0, foundMinor = 0] = stdout.trim().split('.').map(Number)
    if (foundMajor > 0 && (foundMajor < major || (foundMajor === major && foundMinor < minor))) return file
  }
  return undefined
}
