import type { Extractor } from '../extractor.ts'
import { agents } from './agents.ts'
import { ava } from './ava.ts'
import { biome } from './biome.ts'
import { coreutils } from './coreutils.ts'
import { curl } from './curl.ts'
import { esbuild } from './esbuild.ts'
import { eslint } from './eslint.ts'
import { git } from './git.ts'
import { jest } from './jest.ts'
import { mocha } from './mocha.ts'
import { npm } from './npm.ts'
import { pnpm, yarn } from './pnpm-yarn.ts'
import { node } from './node.ts'
import { nodeTest } from './node-test.ts'
import { pip } from './pip.ts'
import { flake8, formatters, mypy, pylint, pyright, ruff } from './python-linters.ts'
import { playwright } from './playwright.ts'
import { pytest } from './pytest.ts'
import { python } from './python.ts'
import { deliverables, docker, prettier, shellcheck, terraform } from './operations.ts'
import { lua, perl, php, ruby } from './scripting.ts'
import { shell } from './shell.ts'
import { signals } from './signals.ts'
import { tar } from './tar.ts'
import { rollup, vite } from './rollup.ts'
import { typescript } from './typescript.ts'
import { unittest } from './unittest.ts'
import { uvu } from './uvu.ts'
import { vitest } from './vitest.ts'
import { webpack } from './webpack.ts'
import { cc } from './cc.ts'
import { cmake } from './cmake.ts'
import { ld } from './ld.ts'
import { make, ninja } from './make.ts'
import { goTest } from './go-test.ts'
import { go } from './go.ts'
import { goRuntime } from './go-runtime.ts'
import { rust } from './rust.ts'
import { cargo } from './cargo.ts'
import { rustRuntime } from './rust-runtime.ts'
import { rustTest } from './rust-test.ts'
import { native } from './native.ts'
import { sanitizers } from './sanitizers.ts'
import { gradle } from './gradle.ts'
import { java } from './java.ts'
import { javac } from './javac.ts'
import { junit } from './junit.ts'
import { maven } from './maven.ts'
import { gtest } from './gtest.ts'

/** Each reads the errors of code out of others' stacks, so they come before the runtimes. */
const testRunners: readonly Extractor[] = [
  deliverables,
  pytest,
  unittest,
  playwright,
  vitest,
  jest,
  mocha,
  ava,
  uvu,
  nodeTest,
  goTest,
  rustTest,
  junit,
  gtest,
]

/** Compilers, bundlers, linters, type checkers, formatters. */
const compilersAndLinters: readonly Extractor[] = [
  mypy,
  pyright,
  ruff,
  flake8,
  pylint,
  formatters,
  shellcheck,
  terraform,
  prettier,
  typescript,
  eslint,
  biome,
  webpack,
  esbuild,
  vite,
  rollup,
  cc,
  ld,
  cmake,
  go,
  rust,
  sanitizers,
  javac,
]

/** What prints an exception with its stack. */
export const runtimes: readonly Extractor[] = [
  python,
  node,
  ruby,
  php,
  perl,
  lua,
  goRuntime,
  rustRuntime,
  native,
  java,
]

/** Clients of services, agents, version control, tools on the command line. */
const commands: readonly Extractor[] = [
  git,
  curl,
  tar,
  coreutils,
]

/** What starts other programs: package managers, build tools, shells. */
const starters: readonly Extractor[] = [
  docker,
  pip,
  npm,
  pnpm,
  yarn,
  make,
  ninja,
  cargo,
  maven,
  gradle,
  shell,
  signals,
]

/** Specific before general: what one has read (its span) is an echo for those after it. */
export const builtInExtractors: readonly Extractor[] = [...testRunners, ...compilersAndLinters, agents, ...runtimes, ...commands, ...starters]
