import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'

/** The YAML parser, loaded when the first YAML file is: it takes 20 ms that a TypeScript config has no use for. */
export function yaml(): typeof Yaml {
  return createRequire(import.meta.url)('yaml') as typeof Yaml
}
