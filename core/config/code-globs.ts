/** The plans that are looked for when the config names none. */
export const defaultPlans: readonly string[] = ['runs/*.{yaml,yml,json}']

/** Whether a glob asks for TypeScript or JavaScript by its extension: `plans/*.ts`, `*.{yaml,mts}`, `*.[jt]s`; not `*` and not `tests*`. */
export function asksForCode(glob: string): boolean {
  return /[.{,|(](?:[cm]?[jt]|\[[cmjt]+\])s(?=[},|)]|$)/.test(glob.slice(glob.lastIndexOf('/') + 1))
}
