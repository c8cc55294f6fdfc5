import { z } from 'zod'
import { parseSize } from './size.ts'

const sizeText = { error: 'expected a size such as "500MB", "1GiB", or a number of bytes' }
export const sizeSchema = z.union([z.string(), z.number()], sizeText).refine((value) => parseSize(value) !== undefined, sizeText)
