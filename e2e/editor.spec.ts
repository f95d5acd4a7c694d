import { expect, test } from '@playwright/test'
import { Laboratory } from './laboratory.ts'

test('what is typed into the editor stays there, and what is wrong with it is said', async ({
  page,
}) => {
  const lab = new Laboratory(page)
  await lab.open()
  await page.getByRole('tab', { name: 'Editor' }).click()
  const panel = page.getByRole('region', { name: 'Editor' })
  const lines = panel.locator('.view-lines')
  await lines.click()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
  await page.keyboard.type('kind: 1 2 . 5')
  await expect
    .poll(async () => (await lines.innerText()).replaceAll('\u00a0', ' '))
    .toContain('kind: 1 2 . 5')
  // None of these keys paused, stepped or changed the speed.
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: '×1', exact: true })).toHaveAttribute(
    'aria-pressed',
    'true',
  )
  await page.keyboard.press('Control+a')
  await page.keyboard.type('spec: {')
  await expect(panel).toContainText('What is wrong with it')
  await expect(panel.getByRole('button', { name: 'Apply' })).toBeDisabled()
})
