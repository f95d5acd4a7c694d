import { expect, test } from '@playwright/test'
import { Laboratory } from './laboratory.ts'

test('a reload in the middle of a lesson comes back to where it was', async ({ page }) => {
  const lab = new Laboratory(page)
  await lab.open()
  await lab.speed('×100')
  const lesson = page.getByRole('region', { name: 'Lesson' })
  await lesson.getByRole('button', { name: 'Stable storage' }).click()
  await lab.slotReads(1, /Ready/)
  const ordered = lesson.getByRole('listitem').filter({ hasText: 'Ordered Pod creation' })
  await expect(ordered).toContainText('done')
  await lab.run(2, 'echo before the reload > note.txt')
  await lab.run(2, 'kubectl get pod web-0 -o jsonpath={.metadata.uid}; echo')
  await lab.shows(2, /[0-9a-f]{8}-[0-9a-f]{4}-/)
  const uid = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(await lab.screen(2))?.[0] ?? ''
  expect(uid).not.toBe('')
  const keptUntil = (): Promise<number> =>
    page.evaluate(() => {
      const run = localStorage.getItem('ordinal.run') ?? '{}'
      return (JSON.parse(run) as { inputs?: unknown[] }).inputs?.length ?? 0
    })
  const inputs = await keptUntil()
  await lab.run(2, 'clear')
  await expect.poll(keptUntil).toBeGreaterThan(inputs)

  await page.reload()
  await lab.slotReads(1, /Ready/)
  await expect(lesson).toContainText('A claim for each ordinal')
  await expect(ordered).toContainText('done')
  await lab.run(2, 'cat note.txt; kubectl get pod web-0 -o jsonpath={.metadata.uid}; echo')
  await lab.shows(2, 'before the reload')
  await lab.shows(2, uid)
})

test('a jump to a chapter brings the world there', async ({ page }) => {
  const lab = new Laboratory(page)
  await lab.open()
  const lesson = page.getByRole('region', { name: 'Lesson' })
  await lesson.getByRole('button', { name: 'Updating a StatefulSet' }).click()
  await expect(lesson).toContainText('The default strategy')
  for (const ordinal of [0, 1, 2]) await lab.slotReads(ordinal, /Ready/)
  await lab.run(2, 'clear')
  await lab.run(2, 'kubectl get pvc')
  await lab.shows(2, 'www-web-4')
  await lesson.getByRole('button', { name: 'Creating a StatefulSet' }).click()
  await expect(lesson).toContainText('A terminal that watches')
  await lab.run(2, 'kubectl get pods')
  await lab.shows(2, 'No resources found in default namespace.')
})

test('a reload comes back at once, at the speed there was, and each tab to its own run', async ({
  page,
  context,
}) => {
  const lab = new Laboratory(page)
  await lab.open()
  await lab.speed('×10')
  await page.getByRole('button', { name: 'Pause' }).click()
  await lab.run(2, 'echo the first tab')
  await lab.shows(2, '\nthe first tab')
  const other = new Laboratory(await context.newPage())
  await other.open()
  await other.run(2, 'clear; echo the second tab')
  await other.shows(2, /^the second tab/)

  await page.reload()
  await lab.shows(2, '\nthe first tab')
  expect(await lab.screen(2)).not.toContain('the second tab')
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()
  const fast = page
    .getByRole('group', { name: 'Speed' })
    .getByRole('button', { name: '×10', exact: true })
  await expect(fast).toHaveAttribute('aria-pressed', 'true')
})
