export { createLocalQueue, type Queue } from './local.ts'
