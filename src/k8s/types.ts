/**
 * Shapes of the Kubernetes API, at compile time only. They come from the kubernetes-types package; what is newer than
 * that package is added by the generated `types-newer.ts`.
 */
export type { Container, EphemeralContainer, PodSpec, PodTemplateSpec, Volume } from 'kubernetes-types/core/v1.d.ts';
export type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
