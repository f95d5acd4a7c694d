import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { Laboratory } from './laboratory.ts'

async function expectNoViolation(
  page: Page,
  what: string,
  disabled: readonly string[] = [],
): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .disableRules([...disabled])
    // xterm's own layers; what it shows is also in its accessible text.
    .exclude('.xterm')
    .exclude('.monaco-editor')
    .analyze()
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`),
    what,
  ).toEqual([])
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const size of [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ]) {
    test(`axe finds nothing, ${colorScheme}, ${size.width} wide`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize(size)
      const lab = new Laboratory(page)
      await page.goto('/')
      const lesson = page.getByRole('region', { name: 'Lesson' })
      if (size.width > 1000) {
        await lab.speed('×100')
        await lesson.getByRole('button', { name: 'Ordered Pod creation' }).click()
        await lab.slotReads(1, /Ready/)
      } else {
        await page.getByRole('navigation', { name: 'Panels' }).getByText('Lesson').click()
        await expect(lesson).toContainText('A terminal that watches')
      }
      await expectNoViolation(page, 'as it opens')
    })
  }

  test(`axe finds nothing in any panel in the middle of a lesson, ${colorScheme}`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width: 1280, height: 800 })
    const lab = new Laboratory(page)
    await page.goto('/')
    const lesson = page.getByRole('region', { name: 'Lesson' })
    await lesson.getByRole('button', { name: 'Deleting a StatefulSet' }).click()
    await lab.slotReads(2, /Ready/)
    for (const tab of ['Inspector', 'DNS', 'Storage', 'Events', 'Editor', 'Explain']) {
      await page.getByRole('tab', { name: tab }).click()
      const panel = page.getByRole('region', { name: tab })
      await expect(panel).not.toContainText('Loading')
      if (tab === 'Editor') await expect(panel.locator('.monaco-editor').first()).toBeVisible()
      await expectNoViolation(page, tab)
    }
    await lesson.getByRole('button', { name: /^Run: kubectl delete statefulset/ }).click()
    await expect(page.getByRole('region', { name: 'Stage' })).toContainText('orphaned')
    await expectNoViolation(page, 'Pods without an owner')
    await page.getByRole('button', { name: 'Nodes' }).click()
    await expect(page.getByRole('group', { name: /^node-a/ })).toBeVisible()
    await expectNoViolation(page, 'the nodes')
    await page.getByRole('button', { name: 'Help' }).click()
    await expectNoViolation(page, 'help')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /Lessons and cluster/ }).click()
    // An open menu belongs to its button and stands in no region of the page.
    await expectNoViolation(page, 'a menu', ['region'])
    await page.getByRole('menuitem', { name: /New cluster/ }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectNoViolation(page, 'a new cluster')
    await page.keyboard.press('Escape')
    await page.setViewportSize({ width: 390, height: 844 })
    for (const tab of ['Lesson', 'Objects', 'Stage']) {
      await page.getByRole('navigation', { name: 'Panels' }).getByText(tab).click()
      await expectNoViolation(page, `${tab} on a phone`)
    }
  })
}

test('the keyboard alone reaches, sizes and steps', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 800 })
  const lab = new Laboratory(page)
  await lab.open()
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Skip to lesson' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('region', { name: 'Lesson' })).toBeFocused()
  const run = page.getByRole('button', { name: /^Run: / }).first()
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press('Tab')
    if (await run.evaluate((button) => button === document.activeElement)) break
  }
  await expect(run).toBeFocused()
  await page.keyboard.press('Enter')
  await lab.shows(1, 'kubectl get pods -w')

  // Out of a terminal, and to the other one.
  await page.keyboard.press('Alt+2')
  await expect(lab.terminal(2).locator('textarea')).toBeFocused()
  await page.keyboard.press('Control+Shift+F6')
  await expect(page.getByRole('toolbar').getByRole('button').first()).toBeFocused()

  // The first press brings the menu with its keys, and Escape gives the focus back.
  const speed = page.getByRole('button', { name: /^Speed/ })
  await speed.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: '×0.1' })).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('menuitem', { name: '×1', exact: true })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(speed).toBeFocused()

  const splitter = page.getByRole('separator', { name: 'Height of the terminals' })
  const before = (await lab.terminal(1).boundingBox())?.height ?? 0
  await splitter.focus()
  await page.keyboard.press('ArrowUp')
  await expect
    .poll(async () => (await lab.terminal(1).boundingBox())?.height ?? 0)
    .toBeGreaterThan(before)

  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await page.keyboard.press('Space')
  await expect(page.getByText('Paused', { exact: true })).toBeVisible()
})

test('five slots with their disks and ten rows of a terminal fit on 1280 by 800', async ({
  page,
}) => {
  await page.setViewportSize({ width: 1280, height: 800 })
  const lab = new Laboratory(page)
  await lab.open()
  const lesson = page.getByRole('region', { name: 'Lesson' })
  await lesson.getByRole('button', { name: 'Updating a StatefulSet' }).click()
  await lab.slotReads(2, /Ready/)
  const region = page.getByRole('region', { name: 'Stage' })
  const stage = await region.boundingBox()
  const bottoms = await region
    .getByRole('button', { name: /^www-web-/ })
    .evaluateAll((disks) => disks.map((disk) => disk.getBoundingClientRect().bottom))
  expect(bottoms).toHaveLength(5)
  for (const bottom of bottoms) {
    expect(bottom).toBeLessThan((stage?.y ?? 0) + (stage?.height ?? 0))
  }
  expect(await lab.terminal(2).locator('.xterm-rows > div').count()).toBeGreaterThanOrEqual(10)
  const edges = await lab.terminal(2).evaluate((terminal) =>
    ['.xterm', '.xterm-screen'].map((part) => {
      const box = terminal.querySelector(part)?.getBoundingClientRect()
      return { right: box?.right ?? 0, bottom: box?.bottom ?? 0 }
    }),
  )
  expect(edges[1]?.right).toBeLessThanOrEqual(edges[0]?.right ?? 0)
  expect(edges[1]?.bottom).toBeLessThanOrEqual(edges[0]?.bottom ?? 0)
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(800)
})
