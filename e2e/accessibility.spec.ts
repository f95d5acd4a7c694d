import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { Laboratory } from './laboratory.ts'

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
      const { violations } = await new AxeBuilder({ page })
        // xterm's own layers; what it shows is also in its accessible text.
        .exclude('.xterm')
        .analyze()
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`),
      ).toEqual([])
    })
  }
}
