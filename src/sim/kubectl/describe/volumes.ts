import type { Manifest } from '../manifest.ts'
import { claimTemplateLines, nestedLines } from './claim.ts'
import { list, pairTexts, type Page } from './page.ts'

export function volumeLines(page: Page, volumes: readonly Manifest[], indent: '' | '  '): void {
  if (volumes.length === 0) {
    page.line(0, `${indent}Volumes:\t<none>`)
    return
  }
  page.line(0, `${indent}Volumes:`)
  for (const volume of volumes) {
    page.line(1, `${indent === '' ? '' : ' '}${volume['name']}:`)
    sourceLines(page, volume)
  }
}

/** What a volume is made of: type and fields. */
export function sourceLines(page: Page, volume: Manifest): void {
  const put = (label: string, value: unknown): void => page.field(label, value ?? '', 2)
  const { emptyDir, hostPath, secret, configMap, persistentVolumeClaim, projected, downwardAPI } =
    volume
  const { csi, local, nfs, ephemeral } = volume
  if (hostPath !== undefined) {
    put('Type', 'HostPath (bare host directory volume)')
    put('Path', hostPath.path)
    put('HostPathType', hostPath.type ?? '')
  } else if (emptyDir !== undefined) {
    put('Type', "EmptyDir (a temporary directory that shares a pod's lifetime)")
    put('Medium', emptyDir.medium)
    put('SizeLimit', emptyDir.sizeLimit ?? '<unset>')
  } else if (secret !== undefined) {
    put('Type', 'Secret (a volume populated by a Secret)')
    put('SecretName', secret.secretName)
    put('Optional', secret.optional === true)
  } else if (configMap !== undefined) {
    put('Type', 'ConfigMap (a volume populated by a ConfigMap)')
    put('Name', configMap.name)
    put('Optional', configMap.optional === true)
  } else if (persistentVolumeClaim !== undefined) {
    put(
      'Type',
      'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    )
    put('ClaimName', persistentVolumeClaim.claimName)
    put('ReadOnly', persistentVolumeClaim.readOnly === true)
  } else if (projected !== undefined) {
    put('Type', 'Projected (a volume that contains injected data from multiple sources)')
    for (const source of list(projected.sources)) projectedLines(page, source)
  } else if (downwardAPI !== undefined) {
    put('Type', 'DownwardAPI (a volume populated by information about the pod)')
    page.line(2, 'Items:')
    for (const item of list(downwardAPI.items)) {
      page.line(
        3,
        `${item['fieldRef']?.fieldPath ?? item['resourceFieldRef']?.resource} -> ${item['path']}`,
      )
    }
  } else if (csi !== undefined) {
    put('Type', 'CSI (a Container Storage Interface (CSI) volume source)')
    put('Driver', csi.driver)
    put('FSType', csi.fsType)
    put('VolumeHandle', csi.volumeHandle)
    put('ReadOnly', csi.readOnly === true)
    const attributes = pairTexts(csi.volumeAttributes)
    if (attributes.length === 0) put('VolumeAttributes', '<none>')
    else nestedLines(page, 'VolumeAttributes', attributes)
  } else if (local !== undefined) {
    put('Type', 'LocalVolume (a persistent volume backed by local storage on a node)')
    put('Path', local.path)
  } else if (nfs !== undefined) {
    put('Type', 'NFS (an NFS mount that lasts the lifetime of a pod)')
    put('Server', nfs.server)
    put('Path', nfs.path)
    put('ReadOnly', nfs.readOnly === true)
  } else if (ephemeral !== undefined) {
    put(
      'Type',
      'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
    )
    claimTemplateLines(page, ephemeral.volumeClaimTemplate ?? {})
  } else page.line(2, '<unknown>')
}

function projectedLines(page: Page, source: Manifest): void {
  const { secret, downwardAPI, configMap, serviceAccountToken } = source
  if (secret !== undefined) {
    page.field('SecretName', secret.name, 2)
    page.field('Optional', secret.optional === true, 2)
  } else if (downwardAPI !== undefined) page.field('DownwardAPI', 'true', 2)
  else if (configMap !== undefined) {
    page.field('ConfigMapName', configMap.name, 2)
    page.field('Optional', configMap.optional === true, 2)
  } else if (serviceAccountToken !== undefined) {
    page.field('TokenExpirationSeconds', serviceAccountToken.expirationSeconds, 2)
  }
}
