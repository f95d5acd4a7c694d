import type { Task } from '../process.ts'
import { suspend } from '../waits.ts'
import type { FifoInode } from './inodes.ts'
import { Pipe } from './pipe.ts'
import type { OpenFile, OpenOptions } from './types.ts'

/** Opens a named pipe: waits for the other side, as open(2) does. The result is not retained. */
export function* openFifo(inode: FifoInode, options: OpenOptions): Task<OpenFile> {
  const isWriter = options.write === true || options.append === true
  if (inode.pipe === undefined || isAbandoned(inode.pipe)) inode.pipe = new Pipe()
  const { pipe } = inode
  const end = isWriter ? pipe.writeEnd : pipe.readEnd
  if (isWriter && options.read === true) return end
  // Held while waiting, so that the other side sees that somebody is here.
  end.retain()
  let isOpen = false
  try {
    for (const listener of [...inode.openListeners]) listener()
    // Waits once: by the time this runs again, the other side may already have closed.
    if ((isWriter ? pipe.readers : pipe.writers) === 0) {
      yield* suspend<void>((wake) => {
        inode.openListeners.add(wake)
        return () => inode.openListeners.delete(wake)
      })
    }
    isOpen = true
  } finally {
    if (!isOpen) end.release()
  }
  return releasedLater(end)
}

/** The waiting reference becomes that of the first descriptor. */
function releasedLater(end: OpenFile): OpenFile {
  let isHeld = true
  return {
    ...end,
    retain: () => {
      if (isHeld) isHeld = false
      else end.retain()
    },
  }
}

function isAbandoned(pipe: Pipe): boolean {
  return pipe.readers === 0 && pipe.writers === 0 && pipe.bufferedBytes === 0
}
