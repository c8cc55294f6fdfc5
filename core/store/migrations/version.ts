/** The schema that this program reads and writes: the number of the last migration. By itself, since an opener of a store that is up to date needs no migration. */
export const schemaVersion = 9
