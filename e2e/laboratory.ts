import { expect, type Locator, type Page } from '@playwright/test'

/** The page as a person uses it: regions by name, terminals by what they show. */
export class Laboratory {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async open(): Promise<void> {
    this.page.on('pageerror', (error) => {
      throw error
    })
    await this.page.goto('/')
    for (const number of [1, 2]) await expect.poll(() => this.screen(number)).toContain('$')
  }

  terminal(number: number): Locator {
    return this.page.getByRole('region', { name: `Terminal ${number}` })
  }

  /** The lines that a terminal shows at the moment. */
  async screen(number: number): Promise<string> {
    const rows = await this.terminal(number).locator('.xterm-rows > div').allTextContents()
    return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n')
  }

  /** Pastes text as the clipboard does. */
  async paste(number: number, text: string): Promise<void> {
    await this.terminal(number).locator('textarea').focus()
    await this.terminal(number)
      .locator('textarea')
      .evaluate((area, pasted) => {
        const clipboardData = new DataTransfer()
        clipboardData.setData('text/plain', pasted)
        const options = { clipboardData, bubbles: true, cancelable: true }
        area.dispatchEvent(new ClipboardEvent('paste', options))
      }, text)
  }

  /** Types a command and Enter, key by key. */
  async run(number: number, command: string): Promise<void> {
    await this.terminal(number).locator('textarea').focus()
    await this.page.keyboard.type(command)
    await this.page.keyboard.press('Enter')
  }

  async interrupt(number: number): Promise<void> {
    await this.terminal(number).locator('textarea').focus()
    await this.page.keyboard.press('Control+c')
  }

  /** Waits until a terminal shows this. */
  async shows(number: number, text: string | RegExp): Promise<void> {
    const poll = expect.poll(() => this.screen(number), { timeout: 60_000 })
    await (typeof text === 'string' ? poll.toContain(text) : poll.toMatch(text))
  }

  async speed(name: string): Promise<void> {
    await this.page
      .getByRole('group', { name: 'Speed' })
      .getByRole('button', { name, exact: true })
      .click()
  }

  /** A slot of the stage by its ordinal, such as `Slot 1: web-1. Running on node-b`. */
  slot(ordinal: number): Locator {
    return this.page
      .getByRole('region', { name: 'Stage' })
      .getByRole('group', { name: new RegExp(`^Slot ${ordinal}:`) })
  }

  async slotReads(ordinal: number, state: RegExp): Promise<void> {
    await expect
      .poll(() => this.slot(ordinal).getAttribute('aria-label'), { timeout: 60_000 })
      .toMatch(state)
  }
}
