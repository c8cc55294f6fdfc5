import { fileURLToPath } from 'node:url'
import { defineConfig } from 'autopack'
import { command } from 'autopack/builders'
import { strictTriage } from 'autopack/presets'

const beside = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

export default defineConfig({
  presets: [strictTriage()],
  // Stands in for a coding agent, so that the example needs no account: it does each phase from a script.
  // With an agent this line would be: builder: claude({ model: 'sonnet' })
  builder: command({ run: ['node', 'tools/build.mjs', '{phase}', '{attempt}'] }),
  checks: [
    {
      name: 'tests',
      run: ['node', '--test', '--test-reporter=junit', '--test-reporter-destination={report}', '--test-reporter=spec', '--test-reporter-destination=stdout'],
      format: 'junit',
      timeout: '2m',
    },
  ],
  preflight: [['node', '--check', 'src/invoice.js']],
  protect: ['tools/**'],
  // Beside the repository: who deletes the folder around both deletes everything.
  workspace: { dir: '../worktrees' },
  env: { set: { RATES_CACHE: beside('rates-cache') } },
  // strictTriage gives each phase one attempt; two show what an attempt learns from the one before.
  drain: { maxAttemptsPerPhase: 2 },
})
