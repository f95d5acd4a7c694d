import type { ReactNode } from 'react'
import styles from './primitives.module.css'

const PATHS = {
  pod: (
    <>
      <path d="M2.5 4.5a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2z" />
      <path d="M5.5 6h5v4h-5z" />
    </>
  ),
  claim: <path d="M1.75 4h12.5v2.2a1.8 1.8 0 0 0 0 3.6V12H1.75V9.8a1.8 1.8 0 0 0 0-3.6z" />,
  node: <path d="M2 3h12v7.5H2zM4.5 10.5V13M11.5 10.5V13M4.75 6.75h2" />,
  service: (
    <>
      <path d="M1.5 5h13M4 5v4M8 5v4M12 5v4" />
      <circle cx="4" cy="10.5" r="1.4" />
      <circle cx="8" cy="10.5" r="1.4" />
      <circle cx="12" cy="10.5" r="1.4" />
    </>
  ),
  controller: (
    <>
      <path d="M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3" />
      <circle cx="8" cy="8" r="2.25" />
    </>
  ),
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2.2" />,
  play: <path d="M5 3.2v9.6L12.5 8z" fill="currentColor" />,
  step: (
    <>
      <path d="M3.5 3.5v9L9.5 8z" fill="currentColor" />
      <path d="M12.5 3.5v9" strokeWidth="2" />
    </>
  ),
  fork: (
    <>
      <path d="M4 2v12M4 10c0-3 8-2 8-5.5V2" />
      <path d="m9.8 4 2.2-2.2L14.2 4" />
    </>
  ),
  back: (
    <>
      <path d="M12.5 3.5v9L6.5 8z" fill="currentColor" />
      <path d="M3.5 3.5v9" strokeWidth="2" />
    </>
  ),
  rest: <path d="M2.5 3.5v9L8 8zM8 3.5v9L13.5 8z" fill="currentColor" />,
  theme: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
    </>
  ),
  help: (
    <>
      <path d="M5.6 6a2.4 2.4 0 1 1 3.6 2.1c-.9.5-1.2.9-1.2 1.9" />
      <path d="M8 12.6v.2" strokeWidth="1.9" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.25" />
      <path d="m10.3 10.3 3.2 3.2" />
    </>
  ),
  check: <path d="m3 8.5 3.2 3.2L13 4.5" strokeWidth="2" />,
  cross: <path d="m4 4 8 8M12 4l-8 8" strokeWidth="2" />,
  wait: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 4.8V8l2.2 1.6" />
    </>
  ),
  todo: <circle cx="8" cy="8" r="5.5" strokeDasharray="2.2 2.1" />,
  now: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <circle cx="8" cy="8" r="2.5" fill="currentColor" stroke="none" />
    </>
  ),
  down: <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />,
  fault: <path d="M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z" />,
  more: <path d="M3.5 8v.1M8 8v.1M12.5 8v.1" strokeWidth="2.4" />,
  warn: <path d="M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1" />,
  lesson: (
    <path d="M2.5 3h4.2c.8 0 1.3.6 1.3 1.3v9c0-.7-.5-1.3-1.3-1.3H2.5zM13.5 3H9.3C8.5 3 8 3.6 8 4.3v9c0-.7.5-1.3 1.3-1.3h4.2z" />
  ),
  slots: (
    <>
      <path d="M1.5 4h3.6v8H1.5zM6.2 4h3.6v8H6.2z" />
      <path d="M10.9 4h3.6v8h-3.6z" strokeDasharray="1.8 1.6" />
    </>
  ),
  terminal: <path d="M1.5 2.5h13v11h-13zM4 6l2.2 2L4 10M8 10.5h4" />,
  owner: (
    <path d="M6.5 9.5 9.5 6.5M7 4.5l1.3-1.3a3 3 0 0 1 4.3 4.3L11.5 8.7M9 11.5l-1.3 1.3a3 3 0 0 1-4.3-4.3L4.5 7.3" />
  ),
  cut: (
    <path d="M7 4.5l1.3-1.3a3 3 0 0 1 4.3 4.3L11.5 8.7M9 11.5l-1.3 1.3a3 3 0 0 1-4.3-4.3L4.5 7.3M2 2l12 12" />
  ),
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof PATHS

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      className={styles.icon}
      viewBox="0 0 16 16"
      style={size === 16 ? undefined : { width: size, height: size }}
      aria-hidden="true"
    >
      {PATHS[name]}
    </svg>
  )
}

export function VolumeIcon({ className }: { readonly className?: string | undefined }) {
  return (
    <svg className={`${styles.icon} ${className ?? ''}`} viewBox="0 0 26 30" aria-hidden="true">
      <path d="M2.5 6v18c0 2.2 4.7 4 10.5 4s10.5-1.8 10.5-4V6" />
      <ellipse cx="13" cy="6" rx="10.5" ry="4" />
      <path d="M2.5 15c0 2.2 4.7 4 10.5 4s10.5-1.8 10.5-4" />
    </svg>
  )
}

export function Brand() {
  return (
    <svg width="26" height="18" viewBox="0 0 26 18" aria-hidden="true">
      <path d="M1 2h6v14H1z" fill="var(--ink-1)" />
      <path d="M10.75 2.75h4.5v12.5h-4.5z" fill="none" stroke="var(--ink-1)" strokeWidth="1.5" />
      <path
        d="M19.75 2.75h4.5v12.5h-4.5z"
        fill="none"
        stroke="var(--ink-1)"
        strokeWidth="1.5"
        strokeDasharray="2.2 1.9"
      />
    </svg>
  )
}
