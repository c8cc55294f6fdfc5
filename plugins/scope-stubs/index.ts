import path from 'node:path'
import { z } from 'zod'
import { definePlugin } from '../../core/index.ts'
import type { BeforePhaseEvent, StubKindName, StubRequest } from '../../core/index.ts'
import { scopeStubKinds } from './kinds.ts'
import { besideManifest, namesRootTwice } from './lock-files.ts'

const kindNames = scopeStubKinds.map((kind) => kind.name)
// Kinds of other plugins are known when a phase begins: their names stand apart, so that a slip in one of ours is found when the config is loaded.
const stubSchema = z.union([z.boolean(), z.enum(kindNames), z.strictObject({ kind: z.custom<StubKindName>((name) => typeof name === 'string' && name !== '') }), z.strictObject({ content: z.string() })], {
  error: `expected true, false, one of the kinds ${kindNames.join(', ')}, { kind: "…" } for a kind of another plugin, or { content: "…" }`,
})
const pattern = z.string().regex(/^(?!\/|\.\.?(?:\/|$))(?:.*[^/])$/, { error: 'a pattern is the name of a file, or a path from the repository or the project root, such as package-lock.json or docs/**/*.md' })

/** Options of `scopeStubs`. All may be left out. */
export const scopeStubsOptions = z.strictObject({
  /**
   * By pattern, what the files of scope and deliverables get that match it; the first that matches counts. A pattern without `/` is the name
   * of a file in any folder. `true`: the kind that matches, those included that are made only when asked for; a kind by name, `{ kind }` for one of another plugin; content; `false`: none.
   */
  files: z.record(pattern, stubSchema).default({}),
})
type Files = z.output<typeof scopeStubsOptions>['files']

/**
 * Gives a phase the files that its plan names and the base does not have yet, where a stub is of use: a lock file, a package marker, a document.
 * Finds the place of a lock file by its manifest.
 * The core writes them before the build and takes away again what nobody touched. On by default; `without('scopeStubs')` removes it.
 */
export const scopeStubs = definePlugin({
  name: 'scopeStubs',
  apiVersion: 1,
  options: scopeStubsOptions.prefault({}),
  apply(api, { files }) {
    api.provide({ stubKinds: [...scopeStubKinds] })
    // After every other plugin: whoever else says what a path means was installed to say it.
    api.hooks.resolvePath.tap(besideManifest, { stage: 100, brief: true, readOnly: true })
    api.hooks.beforePhase.tap(async (event) => {
      // As written in the plan: the resolver finds the same place for the stub as for the scope.
      const { scope, deliverables } = event.phase
      for (const raw of new Set([...scope.paths, ...Object.values(deliverables).flat()])) {
        if (isPattern(raw) || raw.endsWith('/')) continue
        const { relative } = await event.resolve(raw, 'stub')
        if (isRootTwice(event, raw, relative)) continue
        const stub = stubFor(event, relative, files)
        if (stub && !event.exists(relative)) event.stub({ path: raw, ...stub })
      }
    }, { brief: true, readOnly: true })
  },
})

/** A stub at `shop/shop/…` would make the folder, and a slip look right. Where it is meant it is there, or the plan says so with `./shop/…`. */
function isRootTwice({ projectRoot, repositoryRoot, exists }: BeforePhaseEvent, raw: string, relative: string): boolean {
  const root = path.relative(repositoryRoot, projectRoot).split(path.sep).join('/')
  return !raw.startsWith('./') && namesRootTwice(relative, root) && !exists(`${root}/${root}`)
}

/** A pattern says what may be changed, not which file is to be there. */
const isPattern = (raw: string) => /[*?{}[\]]/.test(raw)

function stubFor(event: BeforePhaseEvent, relative: string, files: Files): Omit<StubRequest, 'path'> | undefined {
  const fromProject = path.relative(event.projectRoot, path.join(event.repositoryRoot, relative)).split(path.sep).join('/')
  const matches = (glob: string) => (glob.includes('/') ? [relative, fromProject] : [path.posix.basename(relative)]).some((file) => path.matchesGlob(file, glob))
  const asked = Object.entries(files).find(([glob]) => matches(glob))?.[1]
  if (asked === false) return undefined
  if (typeof asked === 'string') return { kind: asked }
  if (typeof asked === 'object') return asked
  const kind = event.stubKind(relative)
  // Asked for a stub that no kind has: the core says so, with the kinds that there are.
  if (asked === true) return kind ? { kind: kind.name } : {}
  return kind && !kind.onlyWhenAsked ? { kind: kind.name } : undefined
}
