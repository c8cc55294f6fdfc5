export { fold, foldAll, noBuckets } from './fold.ts'
export { bucketsParking, bucketState, parkedText, type Parked } from './parked.ts'
export { radiusText, type Traits } from './radius.ts'
