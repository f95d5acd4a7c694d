import type { Program } from '#sim/kernel/os/types.ts'
import { newCurl } from './curl.ts'
import { dig, getent, host } from './dig.ts'
import { nc, telnet } from './nc.ts'
import { nslookupBig, nslookupBind, nslookupOld } from './nslookup.ts'
import { ping } from './ping.ts'
import { newWget } from './wget.ts'

export const curlOld = newCurl({ version: '7.47.0', tellsConnectTime: false })
export const curl = newCurl({ version: '8.5.0', tellsConnectTime: true })

/** Network tools as a well-equipped machine has them. */
export const networkCommands: ReadonlyMap<string, Program> = new Map([
  ['curl', curl],
  ['wget', newWget({ tellsDestination: true })],
  ['nslookup', nslookupBind],
  ['dig', dig],
  ['host', host],
  ['getent', getent],
  ['ping', ping],
  ['nc', nc],
  ['telnet', telnet],
])

/** Those of busybox up to 1.28, whose nslookup the tutorial shows. */
export const busyboxOldCommands: ReadonlyMap<string, Program> = new Map([
  ['nslookup', nslookupOld],
  ['wget', newWget({ tellsDestination: false })],
  ['ping', ping],
  ['nc', nc],
  ['telnet', telnet],
])

export const busyboxCommands: ReadonlyMap<string, Program> = new Map([
  ['nslookup', nslookupBig],
  ['wget', newWget({ tellsDestination: true })],
  ['ping', ping],
  ['nc', nc],
  ['telnet', telnet],
])
