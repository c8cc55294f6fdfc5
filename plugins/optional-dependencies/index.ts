import path from 'node:path'
import { z } from 'zod'
import { definePlugin } from '../../core/index.ts'
import type { PhaseCheck } from '../../core/index.ts'
import { findPackage, readDeclared } from './declared.ts'
import type { Declared, Package } from './declared.ts'
import { explain, foreseen, wordsFor } from './explain.ts'
import type { LeftOut } from './explain.ts'
import { createImports } from './imports.ts'
import { createMemory } from './memory.ts'
import { createProbe, isInstalled } from './probe.ts'
import { exclude, findRunner } from './runners.ts'

const name = (pattern: RegExp, such: string) => z.string().regex(pattern, { error: `expected the name of a package, such as ${such}, without a version` })
const pythonName = name(/^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/, 'praw')
const nodeName = name(/^(?:@[\w.~-]+\/)?[\w.~-]+$/, 'snoowrap or @scope/name')
const moduleName = z.string().regex(/^\w+(?:\.\w+)*$/, { error: 'expected the name of a module, such as sklearn or google.cloud' })

/** Options of `optionalDependencies`. All may be left out. */
export const optionalDependenciesOptions = z.strictObject({
  /** Packages of Python that may be missing, besides those that manifests declare. */
  python: z.array(pythonName).default([]),
  /** Packages of Node that may be missing. */
  node: z.array(nodeName).default([]),
  /** Packages that must be there, whatever a manifest says. */
  required: z.array(z.union([pythonName, nodeName])).default([]),
  /** By which modules a package of Python is imported, where its name does not say: `{ 'scikit-learn': 'sklearn' }`. */
  imports: z.record(pythonName, z.union([moduleName, z.array(moduleName).min(1)])).default({}),
  /** Read pyproject.toml, setup.cfg and package.json. */
  manifests: z.boolean().default(true),
})

/** More attempts than are ever executed at once. */
const mostAttempts = 256

/**
 * Leaves out test files that cannot be loaded because an optional package is missing, says so, and blocks for everything else that fails to load.
 * On by default; `without('optionalDependencies')` removes it.
 */
export const optionalDependencies = definePlugin({
  name: 'optionalDependencies',
  apiVersion: 1,
  options: optionalDependenciesOptions.prefault({}),
  apply(api, options) {
    const memory = createMemory(api)
    const probe = createProbe(api)
    const told = new Set<string>()
    /** By attempt: what its base declares. A builder that declares a package optional does not excuse itself. */
    const onBase = new Map<string, Declared>()

    const declaredIn = (projectRoot: string, checks: readonly PhaseCheck[]): Declared => {
      const folders = new Set([projectRoot, ...checks.map((check) => path.join(projectRoot, check.cwd ?? ''))])
      return readDeclared([...folders], options, projectRoot)
    }

    api.hooks.beforePhase.tap(async (event, { signal }) => {
      const declared = declaredIn(event.projectRoot, event.checks)
      onBase.set(event.attemptId, declared)
      // Nobody says when an attempt has ended without failing.
      if (onBase.size > mostAttempts) onBase.delete(onBase.keys().next().value!)
      for (const problem of declared.problems) {
        if (!told.has(problem)) api.log.warn(problem)
        told.add(problem)
      }
      for (const check of event.checks) {
        const remembered = memory.recall(check.name, event.projectRoot)
        const found = remembered.length > 0 || declared.optional.some((one) => one.ecosystem === 'node') ? findRunner(check, event.projectRoot) : undefined
        if (found?.type !== 'found') continue
        const { runner } = found
        const leftOut = new Map<string, LeftOut>()
        // node tells a JUnit report nothing of why a file failed: what no failed run would teach is read before the first.
        if (runner.name === 'node:test') for (const one of foreseen(check, runner, createImports(event.projectRoot), (module) => missingOptional(module, event, check, declared))) leftOut.set(one.file, one)
        const there = remembered.length === 0 ? new Map<string, boolean>() : await probe([...new Set(remembered.map((one) => one.module))], { check, runner, projectRoot: event.projectRoot, repositoryRoot: event.repositoryRoot }, signal)
        for (const { file, module } of remembered) {
          const known = findPackage(declared, runner.ecosystem, module)
          if (known?.type === 'optional' && there.get(module) === false) leftOut.set(file, { file, module, package: known.package, chain: [] })
        }
        if (leftOut.size === 0) continue
        const excluded = exclude(runner, check.argv, { files: [...leftOut.keys()].map((file) => path.posix.relative(check.cwd ?? '', file)), tests: [] })
        if (excluded.type === 'none') continue
        const skipped = [...leftOut.values()].map((one) => ({ file: one.file, ...wordsFor(event.projectRoot, one, runner) })).toSorted((one, other) => (one.file < other.file ? -1 : 1))
        event.checkArguments({ check: check.name, args: excluded.args, skipped })
      }
    }, { brief: true, readOnly: true })

    api.hooks.classifyFailure.tap((event, { because }) => {
      const declared = onBase.get(event.attemptId) ?? declaredIn(event.projectRoot, event.checks)
      const explanation = explain(event, declared)
      if (explanation.type === 'pass') return because(explanation.reason)
      for (const one of explanation.leftOut) if (one.chain.length > 0) memory.remember({ check: event.failure.check!, file: one.file, module: one.module, chain: one.chain }, event.projectRoot)
      return explanation.answer
    })
  },
})

/** The optional package of Node that a module belongs to, where it is not installed. */
function missingOptional(module: string, { projectRoot, repositoryRoot }: { projectRoot: string; repositoryRoot: string }, check: PhaseCheck, declared: Declared): Package | undefined {
  const known = findPackage(declared, 'node', module)
  return known?.type === 'optional' && !isInstalled(module, 'node', { check, projectRoot, repositoryRoot }) ? known.package : undefined
}
