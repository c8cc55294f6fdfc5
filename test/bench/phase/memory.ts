// Drains one run of so many phases in this process and prints the peak of its memory in MiB.
import { makeProject } from '../../support/project.ts'
import { config, openSubject, plan } from './subject.ts'

const count = Number(process.argv[2])
await using project = await makeProject({ leakCheck: false, files: { 'autopack.config.mjs': config, 'work/a.txt': 'start\n', 'plans/run.json': JSON.stringify(plan('run', count)) } })
await using subject = await openSubject(project)
await subject.drain('run')
console.log(process.resourceUsage().maxRSS / 1024)
