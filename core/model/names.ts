import type { z } from 'zod'
import type { BuiltInClass } from './failure.ts'

// Names that configs and plans use, one interface each: an editor completes them. A plugin adds its own by declaration merging:
//
//   declare module 'autopack' {
//     interface CheckFormatNames { tally: unknown }
//   }
//
// Any other text is taken by the compiler too, for a plan may name what a plugin without types provides: builders and formats are looked for
// before anything runs.

/** Builders that `builder` of a phase may name. */
export interface BuilderNames { auto: unknown; claude: unknown; codex: unknown; opencode: unknown; gemini: unknown; aider: unknown; command: unknown; patch: unknown }
/** Formats that `format` of a check may name. */
export interface CheckFormatNames { 'exit-code': unknown; junit: unknown; tap: unknown; pytest: unknown }
/** Stub kinds that `kind` of a stub may name; at first those of `scopeStubs`. */
export interface StubKindNames {
  'package-lock.json': unknown; 'yarn.lock': unknown; 'pnpm-lock.yaml': unknown; '__init__.py': unknown; json: unknown; yaml: unknown; markdown: unknown; typescript: unknown
}
/** Classes that a classification may give; at first the built-in ones. */
export interface FailureClassNames extends Record<BuiltInClass, unknown> {}

/** One of the names of an interface above, or any other text. */
export type NameIn<Names> = (keyof Names & string) | (string & {})
export type BuilderName = NameIn<BuilderNames>
export type CheckFormatName = NameIn<CheckFormatNames>
export type StubKindName = NameIn<StubKindNames>
export type FailureClass = NameIn<FailureClassNames>

/** A schema of text, with the names that the text may be. */
export const namedBy = <Name extends string>(schema: z.ZodString): z.ZodType<Name, Name> => schema as unknown as z.ZodType<Name, Name>
