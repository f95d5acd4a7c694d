import type { FieldError } from '#sim/apimachinery/field-error.ts'
import type { Draft } from '../resource.ts'
import { forbidden, unsupported } from '#sim/apimachinery/field-errors.ts'
import { validateAnnotations, validateLabels } from './object-meta.ts'
import { validatePodSpec } from './pod-spec/validation.ts'

/** Labels and annotations of a template have paths of their own, without `metadata`. */
export function validatePodTemplate(
  template: Draft | undefined,
  field: string,
  errors: FieldError[],
  spec: Draft = template?.spec ?? {},
): void {
  const meta = template?.metadata
  if (meta?.labels !== undefined) validateLabels(meta.labels, `${field}.labels`, errors)
  if (meta?.annotations !== undefined) {
    validateAnnotations(meta.annotations, `${field}.annotations`, errors)
  }
  validatePodSpec(spec, `${field}.spec`, errors)
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(
      forbidden(
        `${field}.spec.ephemeralContainers`,
        'ephemeral containers not allowed in pod template',
      ),
    )
  }
}

/** Workloads replace their Pods themselves, so these have to be restarted for ever. */
export function validateWorkloadRestarts(
  template: Draft | undefined,
  kind: string,
  errors: FieldError[],
): void {
  const spec = template?.spec
  const field = 'spec.template.spec'
  if (spec?.restartPolicy !== 'Always') {
    errors.push(unsupported(`${field}.restartPolicy`, spec?.restartPolicy ?? '', ['Always']))
  }
  if (spec?.activeDeadlineSeconds !== undefined) {
    errors.push(
      forbidden(
        `${field}.activeDeadlineSeconds`,
        `activeDeadlineSeconds in ${kind} is not Supported`,
      ),
    )
  }
}
