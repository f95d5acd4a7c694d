import type { CommandBlock } from '#lessons/lesson.ts'
import { playCommand, type PlayerStage } from '#lessons/player.ts'
import type { Task } from '#sim/kernel/process.ts'
import { sleep } from '#sim/kernel/waits.ts'

const TURN_MS = 50

/**
 * Commands that a person clicked. One is typed after the other in each terminal: two at once would
 * mix their letters.
 */
export class TypingQueue {
  #commands: readonly CommandBlock[] = []
  #ids: readonly string[] = []

  /** The commands that were asked for and have not ended, by their ids; the same until one does. */
  get ids(): readonly string[] {
    return this.#ids
  }

  has(id: string): boolean {
    return this.#commands.some((command) => command.id === id)
  }

  /** Takes a command in at once, so that who asks next knows of it, and types it when it is its turn. */
  type(block: CommandBlock, stage: PlayerStage): Task {
    // It is what the others wait for.
    if (block.command === '^C') return playCommand(block, stage)
    this.#set([...this.#commands, block])
    return this.#typeInTurn(block, stage)
  }

  *#typeInTurn(block: CommandBlock, stage: PlayerStage): Task {
    try {
      while (this.#next(block.terminal) !== block) yield* sleep(TURN_MS)
      yield* playCommand(block, stage)
    } finally {
      this.#set(this.#commands.filter((one) => one !== block))
    }
  }

  #set(commands: readonly CommandBlock[]): void {
    this.#commands = commands
    this.#ids = commands.map(({ id }) => id)
  }

  #next(terminal: number): CommandBlock | undefined {
    return this.#commands.find((command) => command.terminal === terminal)
  }
}
