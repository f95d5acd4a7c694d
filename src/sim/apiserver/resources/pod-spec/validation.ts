import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required, unsupported } from '#sim/apimachinery/field-errors.ts'
import { dnsLabelFaults, dnsSubdomainFaults, qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import type { Draft } from '../../resource.ts'
import { validateIP } from '../ip-addresses.ts'
import { inRange } from '../numbers.ts'
import { validateLabels } from '../object-meta.ts'
import { validateContainers } from './containers.ts'
import { listOf } from './defaults.ts'
import { validateAffinity, validateSpread, validateTolerations } from './scheduling.ts'
import { validateVolumes } from './volumes.ts'

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const OPERATING_SYSTEMS = ['linux', 'windows']
const NAMESERVERS_MAX = 3
const INT32_MAX = 2_147_483_647

/** Upstream: pkg/apis/core/validation/validation.go (ValidatePodSpec), in its order. */
export function validatePodSpec(spec: Draft, field: string, errors: FieldError[]): void {
  const volumes = validateVolumes(listOf(spec, 'volumes'), `${field}.volumes`, errors)
  validateContainers(spec, volumes, field, errors)
  if (!spec.restartPolicy) {
    errors.push(required(`${field}.restartPolicy`))
  } else if (!RESTART_POLICIES.includes(spec.restartPolicy)) {
    errors.push(unsupported(`${field}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES))
  }
  validateDns(spec, field, errors)
  if (spec.nodeSelector !== undefined) {
    validateLabels(spec.nodeSelector, `${field}.nodeSelector`, errors)
  }
  validateSecurityContext(spec.securityContext, `${field}.securityContext`, errors)
  if (spec.hostPID === true && spec.shareProcessNamespace === true) {
    const why = 'ShareProcessNamespace and HostPID cannot both be enabled'
    errors.push(invalid(`${field}.securityContext.shareProcessNamespace`, true, why))
  }
  if (spec.affinity !== undefined) validateAffinity(spec.affinity, `${field}.affinity`, errors)
  validateGates(spec, field, errors)
  const spread = listOf(spec, 'topologySpreadConstraints')
  if (spread.length > 0) validateSpread(spread, `${field}.topologySpreadConstraints`, errors)
  validateNames(spec, field, errors)
  const tolerations = listOf(spec, 'tolerations')
  if (tolerations.length > 0) validateTolerations(tolerations, `${field}.tolerations`, errors)
  validateHostAliases(listOf(spec, 'hostAliases'), `${field}.hostAliases`, errors)
  if (spec.priorityClassName) {
    subdomain(spec.priorityClassName, `${field}.priorityClassName`, errors)
  }
  if (spec.os !== undefined && !OPERATING_SYSTEMS.includes(spec.os.name)) {
    errors.push(unsupported(`${field}.os`, spec.os.name ?? '', OPERATING_SYSTEMS))
  }
}

function validateDns(spec: Draft, field: string, errors: FieldError[]): void {
  const { dnsPolicy, dnsConfig } = spec
  if (!DNS_POLICIES.includes(dnsPolicy)) {
    errors.push(unsupported(`${field}.dnsPolicy`, dnsPolicy, DNS_POLICIES))
  }
  if (dnsPolicy === 'None' && dnsConfig === undefined) {
    errors.push(required(`${field}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None'))
  } else if (dnsPolicy === 'None' && (dnsConfig.nameservers ?? []).length === 0) {
    errors.push(
      required(
        `${field}.dnsConfig.nameservers`,
        'must provide at least one DNS nameserver when `dnsPolicy` is None',
      ),
    )
  }
  const nameservers: readonly string[] = dnsConfig?.nameservers ?? []
  if (nameservers.length > NAMESERVERS_MAX) {
    const why = `must not have more than ${NAMESERVERS_MAX} nameservers`
    errors.push(invalid(`${field}.dnsConfig.nameservers`, nameservers, why))
  }
  for (const [index, server] of nameservers.entries()) {
    validateIP(server, `${field}.dnsConfig.nameservers[${index}]`, errors)
  }
  for (const [index, option] of listOf(dnsConfig, 'options').entries()) {
    if (!option.name) {
      errors.push(required(`${field}.dnsConfig.options[${index}]`, 'must not be empty'))
    }
  }
}

function validateSecurityContext(
  context: Draft | undefined,
  field: string,
  errors: FieldError[],
): void {
  if (context === undefined) return
  for (const member of ['fsGroup', 'runAsUser', 'runAsGroup']) {
    inRange(`${field}.${member}`, context[member], 0, INT32_MAX, errors)
  }
  for (const [index, group] of (context.supplementalGroups ?? []).entries()) {
    inRange(`${field}.supplementalGroups[${index}]`, group, 0, INT32_MAX, errors)
  }
}

function validateGates(spec: Draft, field: string, errors: FieldError[]): void {
  for (const [index, gate] of listOf(spec, 'readinessGates').entries()) {
    const path = `${field}.readinessGates[${index}].conditionType`
    for (const text of qualifiedNameFaults(gate.conditionType ?? '')) {
      errors.push(invalid(path, gate.conditionType ?? '', text))
    }
  }
  const seen = new Set<string>()
  for (const [index, gate] of listOf(spec, 'schedulingGates').entries()) {
    const path = `${field}.schedulingGates[${index}]`
    for (const text of qualifiedNameFaults(gate.name ?? '')) {
      errors.push(invalid(path, gate.name ?? '', text))
    }
    if (seen.has(gate.name)) {
      errors.push({
        type: 'FieldValueDuplicate',
        field: path,
        message: `Duplicate value: ${JSON.stringify(gate.name)}`,
      })
    }
    seen.add(gate.name)
  }
}

function validateNames(spec: Draft, field: string, errors: FieldError[]): void {
  if (spec.serviceAccountName) {
    subdomain(spec.serviceAccountName, `${field}.serviceAccountName`, errors)
  }
  if (spec.nodeName) subdomain(spec.nodeName, `${field}.nodeName`, errors)
  inRange(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, INT32_MAX, errors)
  for (const member of ['hostname', 'subdomain']) {
    if (!spec[member]) continue
    for (const text of dnsLabelFaults(spec[member])) {
      errors.push(invalid(`${field}.${member}`, spec[member], text))
    }
  }
}

function subdomain(name: string, field: string, errors: FieldError[]): void {
  for (const text of dnsSubdomainFaults(name)) errors.push(invalid(field, name, text))
}

function validateHostAliases(all: readonly Draft[], field: string, errors: FieldError[]): void {
  for (const [index, alias] of all.entries()) {
    validateIP(alias.ip ?? '', `${field}[${index}].ip`, errors)
    for (const [at, hostname] of (alias.hostnames ?? []).entries()) {
      subdomain(hostname, `${field}[${index}].hostnames[${at}]`, errors)
    }
  }
}
