export const longestTitle = 200
export const longestEvidence = 160
export const longestPath = 120
export const mostEvidence = 2
export const mostPaths = 8
