import { defineRule } from '../../engine/rule.ts';
import { classifyHostPath, hostPathVolumes } from '../../k8s/host-path.ts';
import { isFault } from '../../k8s/image.ts';

export default defineRule({
  id: 'device-request-on-shared-gpu-as-privileged',
  title: 'Privileged only to reach a device',
  category: 'workload',
  severity: 'medium',
  preset: 'strict',
  on: 'container',
  messages: {
    device:
      'container "{name}" is privileged only to reach {device}: a device plugin or a resource claim gives it that alone',
  },
  check(container, context) {
    const privileged = container.securityContext.get('privileged');
    if (privileged.boolean !== true) return;
    const { spec } = container.pod;
    if (['hostNetwork', 'hostPID', 'hostIPC'].some((key) => spec.get(key as 'hostPID').boolean === true)) return;
    const paths = hostPathVolumes(container.pod)
      .filter(({ mounts }) => mounts.some((mount) => mount.container === container))
      .map(({ path }) => classifyHostPath(path.string!));
    const devices = paths.filter(
      ({ path, kind }) => path.startsWith('/dev/') && kind !== 'sensitive' && path !== '/dev/shm',
    );
    if (paths.length > devices.length) return;
    const { image } = container;
    const made = image !== undefined && !isFault(image) && /cuda|nvidia|rocm|dpdk/.test(image.path);
    if (devices.length === 0 && !made) return;
    context.report(privileged, 'device', {
      data: { name: container.name, device: devices[0]?.path ?? 'an accelerator' },
    });
  },
  docs: {
    why: 'For one device the container gets all of them, every capability and no seccomp.',
    fix: 'Request the device from its plugin (`limits: {gpu.intel.com/i915: 1}`) or by a ResourceClaim, and drop `privileged`.',
    frameworks: { mitre: ['T1611'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/'],
    examples: {
      bad: [
        {
          title: 'a graphics card',
          in: 'pod',
          yaml: 'containers:\n  - name: render\n    image: registry.example.com/render:1.0.0\n    securityContext:\n      privileged: true # finding\n    volumeMounts:\n      - name: dri\n        mountPath: /dev/dri\nvolumes:\n  - name: dri\n    hostPath:\n      path: /dev/dri',
        },
      ],
      good: [
        { title: 'from a plugin', in: 'container', yaml: 'resources:\n  limits:\n    nvidia.com/gpu: 1' },
        { title: 'privileged for something else', in: 'container', yaml: 'securityContext:\n  privileged: true' },
      ],
    },
  },
});
