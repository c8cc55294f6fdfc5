import type { DoctorOutput } from '../../model/outputs.ts'

/** One line of `autopack doctor`. */
export type Finding = DoctorOutput['findings'][number]

export const ok = (name: string, message: string): Finding => ({ name, status: 'ok', message, fix: null })
export const warn = (name: string, message: string, fix: string | null): Finding => ({ name, status: 'warn', message, fix })
export const fail = (name: string, message: string, fix: string | null): Finding => ({ name, status: 'fail', message, fix })
