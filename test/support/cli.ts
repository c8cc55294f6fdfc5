import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findOnPath } from '../../core/cli/find-program.ts'
import type { TestProject } from './project.ts'

/** A PATH with these programs and no others, whatever the machine has: no agent is found by chance. Scripts: name → text of a shell script. */
export async function isolatedPath(project: TestProject, scripts: Record<string, string> = {}): Promise<string> {
  const bin = join(project.base, 'bin')
  await mkdir(bin)
  for (const program of ['node', 'git', 'sh', 'cat', 'cp', 'mkdir', 'test', 'printf', 'sleep', 'true', 'false', 'ps']) {
    const file = program === 'node' ? process.execPath : await findOnPath(program, process.env)
    if (file !== undefined) await symlink(file, join(bin, program))
  }
  for (const [name, text] of Object.entries(scripts)) await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  return bin
}

/** A config with that builder script and those checks, and a plan of that YAML. */
export function projectFiles(options: { builder: string; plan: string; config?: string }): Record<string, string> {
  return {
    'autopack.config.ts': [
      "import { defineConfig } from 'autopack'",
      "import { command } from 'autopack/builders'",
      `export default defineConfig({ project: 'demo', builder: command({ run: { shell: ${JSON.stringify(options.builder)} } }), ${options.config ?? ''} })`,
      '',
    ].join('\n'),
    'runs/demo.yaml': options.plan,
  }
}
