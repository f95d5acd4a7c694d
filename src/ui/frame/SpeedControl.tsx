import { speedLabel, SPEEDS } from '#state/playback.ts'
import { useApp } from '#ui/app-context.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import { MenuButton } from '#ui/primitives/MenuButton.tsx'
import { Segments } from '#ui/primitives/Segments.tsx'

export function SpeedControl({ isMenu }: { readonly isMenu: boolean }) {
  const speed = useApp((state) => state.clock.speed)
  const setSpeed = useApp((state) => state.setSpeed)
  if (!isMenu) {
    return (
      <Segments
        label="Speed"
        choices={SPEEDS.map((value) => ({ value, text: speedLabel(value) }))}
        chosen={speed}
        onChoose={setSpeed}
      />
    )
  }
  return (
    <MenuButton
      label={`Speed ${speedLabel(speed)}`}
      choices={SPEEDS.map((value) => ({
        key: String(value),
        text: speedLabel(value),
        isChosen: value === speed,
        onChoose: () => setSpeed(value),
      }))}
    >
      {speedLabel(speed)}
      <Icon name="down" />
    </MenuButton>
  )
}
