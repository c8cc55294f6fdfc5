import { defineConfig } from 'autopack'
import { patch } from 'autopack/builders'
import { node } from 'autopack/presets'

// Autopack's own backlog: plans in docs/plans, each phase done by the patch of its name that a contributor puts beside them.
export default defineConfig({
  presets: [node({ timeout: '15m' })],
  plans: ['docs/plans/*.yaml'],
  builder: patch({ dir: 'docs/plans' }),
  checks: [
    { name: 'typecheck', run: ['npm', 'run', '--silent', 'typecheck'], timeout: '5m' },
    { name: 'lint', run: ['npm', 'run', '--silent', 'lint'], timeout: '5m' },
  ],
  preflight: [['node', '--check', 'core/cli/bin.ts']],
  protect: ['.ci/**', '.github/**', 'LICENSE'],
})
