export { lenient } from './lenient.ts'
export { node } from './node.ts'
export { python } from './python.ts'
export { strictTriage } from './strict-triage.ts'
