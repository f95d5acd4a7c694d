import { describe, expect, it } from 'vitest'
import { createTestHost, run } from '../testing/test-host.ts'

const TREE = `mkdir -p tree/empty; echo one > tree/one; ln -s one tree/link; chmod 750 tree/one
printf x > tree/${'n'.repeat(120)}`

describe.each([
  ['GNU', false],
  ['busybox', true],
])('tar as %s has it', (_name, isBusybox) => {
  it('restores what it has packed: names, modes, links, times', () => {
    const host = createTestHost({ isBusybox })
    run(host, `${TREE}; touch -d 2025-06-01T12:00:00 tree/one; mkdir back`, { shell: 'sh' })
    const script = 'tar cf - tree | tar xf - -C back; tar cf - -C back tree | tar tf -'
    expect(run(host, script, { shell: 'sh' }).stdout.split('\n')).toEqual([
      'tree/',
      'tree/empty/',
      'tree/link',
      `tree/${'n'.repeat(120)}`,
      'tree/one',
      '',
    ])
    const { fs } = host
    expect(fs.readText('/work/back/tree/link')).toBe('one\n')
    expect(fs.readlink('/work/back/tree/link')).toBe('one')
    const restored = fs.stat('/work/back/tree/one')
    const { mode, mtimeMs } = fs.stat('/work/tree/one')
    expect([restored.mode & 0o777, restored.mtimeMs]).toEqual([mode & 0o777, mtimeMs])
    expect(restored.mode & 0o777).toBe(0o750)
  })

  it('never leaves the directory it extracts to', () => {
    const host = createTestHost({ isBusybox })
    run(host, 'mkdir a a/b; echo x > a/x; cd a/b; tar cf ../../evil.tar ../x', { shell: 'sh' })
    const { code } = run(host, 'mkdir c c/d; tar xf evil.tar -C c/d', { shell: 'sh' })
    expect(code).not.toBe(0)
    expect(host.fs.exists('/work/c/x')).toBe(false)
  })

  it('tells apart an archive that is none and one that is cut short', () => {
    const host = createTestHost({ isBusybox })
    run(host, 'head -c 2000 /dev/zero | tr "\\0" a > none; echo long > f; tar cf f.tar f', {
      shell: 'sh',
    })
    expect(run(host, 'tar tf none', { shell: 'sh' }).code).not.toBe(0)
    const cut = run(host, 'head -c 514 f.tar | tar xf -', { shell: 'sh' })
    expect(cut.code).not.toBe(0)
    expect(cut.stderr).toMatch(
      isBusybox ? /^tar: short read\n/ : /^tar: Unexpected EOF in archive\n/,
    )
  })
})
