export { chooseLessons } from './choose.ts'
export { putAside, readLearned, type ReadFile } from './files.ts'
export { lessonsOf } from './lesson.ts'
export { nextMarker, takeIn } from './promote.ts'
