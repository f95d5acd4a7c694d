import { Workbench } from './workbench.test-kit.ts'
import { readFileSync } from 'node:fs'
const w = new Workbench()
try {
  w.api('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
} catch (e) {
  console.log(String(e).slice(0, 300))
}
const t = readFileSync('/work/shared/tutorial/original.txt', 'utf8')
const yaml = t.slice(t.indexOf('apiVersion: v1\nkind: Service'), t.indexOf('\nEOF\n') + 1)
w.write('web.yaml', yaml)
for (const c of process.argv.slice(2)) {
  if (c === '1.10' || c === '1.36') {
    w.dialect = c
    continue
  }
  console.log('$ ' + c)
  const r = w.run(c)
  process.stdout.write(r.stdout)
  process.stdout.write(r.stderr.replace(/^/gm, '2|'))
  console.log('\nrc=' + r.code)
}
