/** The process that holds something, such as a lease: compared as a whole. `startTime` tells a pid from a later process of the same number. */
export interface Owner {
  host: string
  pid: number
  startTime: string
}
