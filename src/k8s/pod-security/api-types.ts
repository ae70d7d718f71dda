/**
 * The fields of a pod and of the built-in workloads with the types that the API declares (k8s.io/api v0.37), for
 * telling what the API server would refuse to read. Structs by name, their fields as `name:type`, where a type is
 *
 *   s string · b boolean · i 32-bit integer · l 64-bit integer · q quantity · n integer or string · t time ·
 *   ? anything · [T] list · {T} mapping from strings · else the name of a struct
 */
export const API_TYPES: Readonly<Record<string, string>> = {
  Pod: 'kind:s apiVersion:s metadata:ObjectMeta spec:PodSpec status:?',
  PodTemplate: 'kind:s apiVersion:s metadata:ObjectMeta template:PodTemplateSpec',
  ReplicationController: 'kind:s apiVersion:s metadata:ObjectMeta spec:ReplicationControllerSpec status:?',
  Deployment: 'kind:s apiVersion:s metadata:ObjectMeta spec:DeploymentSpec status:?',
  ReplicaSet: 'kind:s apiVersion:s metadata:ObjectMeta spec:ReplicaSetSpec status:?',
  StatefulSet: 'kind:s apiVersion:s metadata:ObjectMeta spec:StatefulSetSpec status:?',
  DaemonSet: 'kind:s apiVersion:s metadata:ObjectMeta spec:DaemonSetSpec status:?',
  Job: 'kind:s apiVersion:s metadata:ObjectMeta spec:JobSpec status:?',
  CronJob: 'kind:s apiVersion:s metadata:ObjectMeta spec:CronJobSpec status:?',
  ObjectMeta:
    'name:s generateName:s namespace:s selfLink:s uid:s resourceVersion:s generation:l creationTimestamp:t ' +
    'deletionTimestamp:t deletionGracePeriodSeconds:l labels:{s} annotations:{s} ' +
    'ownerReferences:[OwnerReference] finalizers:[s]',
  PodSpec:
    'volumes:[Volume] initContainers:[Container] containers:[Container] ' +
    'ephemeralContainers:[EphemeralContainer] restartPolicy:s terminationGracePeriodSeconds:l ' +
    'activeDeadlineSeconds:l dnsPolicy:s nodeSelector:{s} serviceAccountName:s serviceAccount:s ' +
    'automountServiceAccountToken:b nodeName:s hostNetwork:b hostPID:b hostIPC:b shareProcessNamespace:b ' +
    'securityContext:PodSecurityContext imagePullSecrets:[LocalObjectReference] hostname:s subdomain:s ' +
    'affinity:Affinity schedulerName:s tolerations:[Toleration] hostAliases:[HostAlias] priorityClassName:s ' +
    'priority:i dnsConfig:PodDNSConfig readinessGates:[PodReadinessGate] runtimeClassName:s ' +
    'enableServiceLinks:b preemptionPolicy:s overhead:{q} topologySpreadConstraints:[TopologySpreadConstraint] ' +
    'setHostnameAsFQDN:b os:PodOS hostUsers:b schedulingGates:[PodSchedulingGate] ' +
    'resourceClaims:[PodResourceClaim] resources:ResourceRequirements hostnameOverride:s ' +
    'schedulingGroup:PodSchedulingGroup evictionResponders:[EvictionResponder]',
  PodTemplateSpec: 'metadata:ObjectMeta spec:PodSpec',
  ReplicationControllerSpec: 'replicas:i minReadySeconds:i selector:{s} template:PodTemplateSpec',
  DeploymentSpec:
    'replicas:i selector:LabelSelector template:PodTemplateSpec strategy:DeploymentStrategy minReadySeconds:i ' +
    'revisionHistoryLimit:i paused:b progressDeadlineSeconds:i',
  ReplicaSetSpec: 'replicas:i minReadySeconds:i selector:LabelSelector template:PodTemplateSpec',
  StatefulSetSpec:
    'replicas:i selector:LabelSelector template:PodTemplateSpec volumeClaimTemplates:[PersistentVolumeClaim] ' +
    'serviceName:s podManagementPolicy:s updateStrategy:StatefulSetUpdateStrategy revisionHistoryLimit:i ' +
    'minReadySeconds:i persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy ' +
    'ordinals:StatefulSetOrdinals',
  DaemonSetSpec:
    'selector:LabelSelector template:PodTemplateSpec updateStrategy:DaemonSetUpdateStrategy minReadySeconds:i ' +
    'revisionHistoryLimit:i',
  JobSpec:
    'parallelism:i completions:i activeDeadlineSeconds:l podFailurePolicy:PodFailurePolicy ' +
    'successPolicy:SuccessPolicy backoffLimit:i backoffLimitPerIndex:i maxFailedIndexes:i ' +
    'selector:LabelSelector manualSelector:b template:PodTemplateSpec ttlSecondsAfterFinished:i ' +
    'completionMode:s suspend:b podReplacementPolicy:s managedBy:s scheduling:JobSchedulingConfiguration',
  CronJobSpec:
    'schedule:s timeZone:s startingDeadlineSeconds:l concurrencyPolicy:s suspend:b jobTemplate:JobTemplateSpec ' +
    'successfulJobsHistoryLimit:i failedJobsHistoryLimit:i',
  OwnerReference: 'apiVersion:s kind:s name:s uid:s controller:b blockOwnerDeletion:b',
  Volume:
    'name:s hostPath:HostPathVolumeSource emptyDir:EmptyDirVolumeSource ' +
    'gcePersistentDisk:GCEPersistentDiskVolumeSource awsElasticBlockStore:AWSElasticBlockStoreVolumeSource ' +
    'gitRepo:GitRepoVolumeSource secret:SecretVolumeSource nfs:NFSVolumeSource iscsi:ISCSIVolumeSource ' +
    'glusterfs:GlusterfsVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource ' +
    'rbd:RBDVolumeSource flexVolume:FlexVolumeSource cinder:CinderVolumeSource cephfs:CephFSVolumeSource ' +
    'flocker:FlockerVolumeSource downwardAPI:DownwardAPIVolumeSource fc:FCVolumeSource ' +
    'azureFile:AzureFileVolumeSource configMap:ConfigMapVolumeSource ' +
    'vsphereVolume:VsphereVirtualDiskVolumeSource quobyte:QuobyteVolumeSource azureDisk:AzureDiskVolumeSource ' +
    'photonPersistentDisk:PhotonPersistentDiskVolumeSource projected:ProjectedVolumeSource ' +
    'portworxVolume:PortworxVolumeSource scaleIO:ScaleIOVolumeSource storageos:StorageOSVolumeSource ' +
    'csi:CSIVolumeSource ephemeral:EphemeralVolumeSource image:ImageVolumeSource',
  Container:
    'name:s image:s command:[s] args:[s] workingDir:s ports:[ContainerPort] envFrom:[EnvFromSource] ' +
    'env:[EnvVar] resources:ResourceRequirements resizePolicy:[ContainerResizePolicy] restartPolicy:s ' +
    'restartPolicyRules:[ContainerRestartRule] volumeMounts:[VolumeMount] volumeDevices:[VolumeDevice] ' +
    'livenessProbe:Probe readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle terminationMessagePath:s ' +
    'terminationMessagePolicy:s imagePullPolicy:s securityContext:SecurityContext stdin:b stdinOnce:b tty:b',
  EphemeralContainer:
    'name:s image:s command:[s] args:[s] workingDir:s ports:[ContainerPort] envFrom:[EnvFromSource] ' +
    'env:[EnvVar] resources:ResourceRequirements resizePolicy:[ContainerResizePolicy] restartPolicy:s ' +
    'restartPolicyRules:[ContainerRestartRule] volumeMounts:[VolumeMount] volumeDevices:[VolumeDevice] ' +
    'livenessProbe:Probe readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle terminationMessagePath:s ' +
    'terminationMessagePolicy:s imagePullPolicy:s securityContext:SecurityContext stdin:b stdinOnce:b tty:b ' +
    'targetContainerName:s',
  PodSecurityContext:
    'seLinuxOptions:SELinuxOptions windowsOptions:WindowsSecurityContextOptions runAsUser:l runAsGroup:l ' +
    'runAsNonRoot:b supplementalGroups:[l] supplementalGroupsPolicy:s fsGroup:l sysctls:[Sysctl] ' +
    'fsGroupChangePolicy:s seccompProfile:SeccompProfile appArmorProfile:AppArmorProfile seLinuxChangePolicy:s',
  LocalObjectReference: 'name:s',
  Affinity: 'nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity',
  Toleration: 'key:s operator:s value:s effect:s tolerationSeconds:l',
  HostAlias: 'ip:s hostnames:[s]',
  PodDNSConfig: 'nameservers:[s] searches:[s] options:[PodDNSConfigOption]',
  PodReadinessGate: 'conditionType:s',
  TopologySpreadConstraint:
    'maxSkew:i topologyKey:s whenUnsatisfiable:s labelSelector:LabelSelector minDomains:i nodeAffinityPolicy:s ' +
    'nodeTaintsPolicy:s matchLabelKeys:[s]',
  PodOS: 'name:s',
  PodSchedulingGate: 'name:s',
  PodResourceClaim: 'name:s resourceClaimName:s resourceClaimTemplateName:s',
  ResourceRequirements: 'limits:{q} requests:{q} claims:[ResourceClaim]',
  PodSchedulingGroup: 'podGroupName:s',
  EvictionResponder: 'name:s priority:i',
  LabelSelector: 'matchLabels:{s} matchExpressions:[LabelSelectorRequirement]',
  DeploymentStrategy: 'type:s rollingUpdate:RollingUpdateDeployment',
  PersistentVolumeClaim: 'kind:s apiVersion:s metadata:ObjectMeta spec:PersistentVolumeClaimSpec status:?',
  StatefulSetUpdateStrategy: 'type:s rollingUpdate:RollingUpdateStatefulSetStrategy',
  StatefulSetPersistentVolumeClaimRetentionPolicy: 'whenDeleted:s whenScaled:s',
  StatefulSetOrdinals: 'start:i',
  DaemonSetUpdateStrategy: 'type:s rollingUpdate:RollingUpdateDaemonSet',
  PodFailurePolicy: 'rules:[PodFailurePolicyRule]',
  SuccessPolicy: 'rules:[SuccessPolicyRule]',
  JobSchedulingConfiguration: 'schedulingPolicy:? schedulingConstraints:? disruptionMode:? resourceClaims:[?]',
  JobTemplateSpec: 'metadata:ObjectMeta spec:JobSpec',
  HostPathVolumeSource: 'path:s type:s',
  EmptyDirVolumeSource: 'medium:s sizeLimit:q mode:i',
  GCEPersistentDiskVolumeSource: 'pdName:s fsType:s partition:i readOnly:b',
  AWSElasticBlockStoreVolumeSource: 'volumeID:s fsType:s partition:i readOnly:b',
  GitRepoVolumeSource: 'repository:s revision:s directory:s',
  SecretVolumeSource: 'secretName:s items:[KeyToPath] defaultMode:i optional:b defaultUser:l',
  NFSVolumeSource: 'server:s path:s readOnly:b',
  ISCSIVolumeSource:
    'targetPortal:s iqn:s lun:i iscsiInterface:s fsType:s readOnly:b portals:[s] chapAuthDiscovery:b ' +
    'chapAuthSession:b secretRef:LocalObjectReference initiatorName:s',
  GlusterfsVolumeSource: 'endpoints:s path:s readOnly:b',
  PersistentVolumeClaimVolumeSource: 'claimName:s readOnly:b',
  RBDVolumeSource: 'monitors:[s] image:s fsType:s pool:s user:s keyring:s secretRef:LocalObjectReference readOnly:b',
  FlexVolumeSource: 'driver:s fsType:s secretRef:LocalObjectReference readOnly:b options:{s}',
  CinderVolumeSource: 'volumeID:s fsType:s readOnly:b secretRef:LocalObjectReference',
  CephFSVolumeSource: 'monitors:[s] path:s user:s secretFile:s secretRef:LocalObjectReference readOnly:b',
  FlockerVolumeSource: 'datasetName:s datasetUUID:s',
  DownwardAPIVolumeSource: 'items:[DownwardAPIVolumeFile] defaultMode:i defaultUser:l',
  FCVolumeSource: 'targetWWNs:[s] lun:i fsType:s readOnly:b wwids:[s]',
  AzureFileVolumeSource: 'secretName:s shareName:s readOnly:b',
  ConfigMapVolumeSource: 'name:s items:[KeyToPath] defaultMode:i optional:b defaultUser:l',
  VsphereVirtualDiskVolumeSource: 'volumePath:s fsType:s storagePolicyName:s storagePolicyID:s',
  QuobyteVolumeSource: 'registry:s volume:s readOnly:b user:s group:s tenant:s',
  AzureDiskVolumeSource: 'diskName:s diskURI:s cachingMode:s fsType:s readOnly:b kind:s',
  PhotonPersistentDiskVolumeSource: 'pdID:s fsType:s',
  ProjectedVolumeSource: 'sources:[VolumeProjection] defaultMode:i defaultUser:l',
  PortworxVolumeSource: 'volumeID:s fsType:s readOnly:b',
  ScaleIOVolumeSource:
    'gateway:s system:s secretRef:LocalObjectReference sslEnabled:b protectionDomain:s storagePool:s ' +
    'storageMode:s volumeName:s fsType:s readOnly:b',
  StorageOSVolumeSource: 'volumeName:s volumeNamespace:s fsType:s readOnly:b secretRef:LocalObjectReference',
  CSIVolumeSource: 'driver:s readOnly:b fsType:s volumeAttributes:{s} nodePublishSecretRef:LocalObjectReference',
  EphemeralVolumeSource: 'volumeClaimTemplate:PersistentVolumeClaimTemplate',
  ImageVolumeSource: 'reference:s pullPolicy:s',
  ContainerPort: 'name:s hostPort:i containerPort:i protocol:s hostIP:s',
  EnvFromSource: 'prefix:s configMapRef:ConfigMapEnvSource secretRef:SecretEnvSource',
  EnvVar: 'name:s value:s valueFrom:EnvVarSource',
  ContainerResizePolicy: 'resourceName:s restartPolicy:s',
  ContainerRestartRule: 'action:s exitCodes:ContainerRestartRuleOnExitCodes',
  VolumeMount:
    'name:s readOnly:b recursiveReadOnly:s mountPath:s subPath:s mountPropagation:s subPathExpr:s ' +
    'bindMountOptions:[s]',
  VolumeDevice: 'name:s devicePath:s',
  Probe:
    'exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction grpc:GRPCAction initialDelaySeconds:i ' +
    'timeoutSeconds:i periodSeconds:i successThreshold:i failureThreshold:i terminationGracePeriodSeconds:l',
  Lifecycle: 'postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:s',
  SecurityContext:
    'capabilities:Capabilities privileged:b seLinuxOptions:SELinuxOptions ' +
    'windowsOptions:WindowsSecurityContextOptions runAsUser:l runAsGroup:l runAsNonRoot:b ' +
    'readOnlyRootFilesystem:b allowPrivilegeEscalation:b procMount:s seccompProfile:SeccompProfile ' +
    'appArmorProfile:AppArmorProfile',
  SELinuxOptions: 'user:s role:s type:s level:s',
  WindowsSecurityContextOptions: 'gmsaCredentialSpecName:s gmsaCredentialSpec:s runAsUserName:s hostProcess:b',
  Sysctl: 'name:s value:s',
  SeccompProfile: 'type:s localhostProfile:s',
  AppArmorProfile: 'type:s localhostProfile:s',
  NodeAffinity:
    'requiredDuringSchedulingIgnoredDuringExecution:NodeSelector ' +
    'preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]',
  PodAffinity:
    'requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm] ' +
    'preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]',
  PodAntiAffinity:
    'requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm] ' +
    'preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]',
  PodDNSConfigOption: 'name:s value:s',
  ResourceClaim: 'name:s request:s',
  LabelSelectorRequirement: 'key:s operator:s values:[s]',
  RollingUpdateDeployment: 'maxUnavailable:n maxSurge:n',
  PersistentVolumeClaimSpec:
    'accessModes:[s] selector:LabelSelector resources:VolumeResourceRequirements volumeName:s ' +
    'storageClassName:s volumeMode:s dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference ' +
    'volumeAttributesClassName:s',
  RollingUpdateStatefulSetStrategy: 'partition:i maxUnavailable:n',
  RollingUpdateDaemonSet: 'maxUnavailable:n maxSurge:n',
  PodFailurePolicyRule:
    'action:s onExitCodes:PodFailurePolicyOnExitCodesRequirement ' +
    'onPodConditions:[PodFailurePolicyOnPodConditionsPattern]',
  SuccessPolicyRule: 'succeededIndexes:s succeededCount:i',
  KeyToPath: 'key:s path:s mode:i user:l',
  DownwardAPIVolumeFile: 'path:s fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector mode:i user:l',
  VolumeProjection:
    'secret:SecretProjection downwardAPI:DownwardAPIProjection configMap:ConfigMapProjection ' +
    'serviceAccountToken:ServiceAccountTokenProjection clusterTrustBundle:ClusterTrustBundleProjection ' +
    'podCertificate:PodCertificateProjection',
  PersistentVolumeClaimTemplate: 'metadata:ObjectMeta spec:PersistentVolumeClaimSpec',
  ConfigMapEnvSource: 'name:s optional:b',
  SecretEnvSource: 'name:s optional:b',
  EnvVarSource:
    'fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector configMapKeyRef:ConfigMapKeySelector ' +
    'secretKeyRef:SecretKeySelector fileKeyRef:FileKeySelector',
  ContainerRestartRuleOnExitCodes: 'operator:s values:[i]',
  ExecAction: 'command:[s]',
  HTTPGetAction: 'path:s port:n host:s scheme:s httpHeaders:[HTTPHeader] protocol:s',
  TCPSocketAction: 'port:n host:s',
  GRPCAction: 'port:i service:s mode:s',
  LifecycleHandler: 'exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction sleep:SleepAction',
  Capabilities: 'add:[s] drop:[s]',
  NodeSelector: 'nodeSelectorTerms:[NodeSelectorTerm]',
  PreferredSchedulingTerm: 'weight:i preference:NodeSelectorTerm',
  PodAffinityTerm:
    'labelSelector:LabelSelector namespaces:[s] topologyKey:s namespaceSelector:LabelSelector ' +
    'matchLabelKeys:[s] mismatchLabelKeys:[s]',
  WeightedPodAffinityTerm: 'weight:i podAffinityTerm:PodAffinityTerm',
  VolumeResourceRequirements: 'limits:{q} requests:{q}',
  TypedLocalObjectReference: 'apiGroup:s kind:s name:s',
  TypedObjectReference: 'apiGroup:s kind:s name:s namespace:s',
  PodFailurePolicyOnExitCodesRequirement: 'containerName:s operator:s values:[i]',
  PodFailurePolicyOnPodConditionsPattern: 'type:? status:?',
  ObjectFieldSelector: 'apiVersion:s fieldPath:s',
  ResourceFieldSelector: 'containerName:s resource:s divisor:q',
  SecretProjection: 'name:s items:[KeyToPath] optional:b',
  DownwardAPIProjection: 'items:[DownwardAPIVolumeFile]',
  ConfigMapProjection: 'name:s items:[KeyToPath] optional:b',
  ServiceAccountTokenProjection: 'audience:s expirationSeconds:l path:s user:l',
  ClusterTrustBundleProjection: 'name:s signerName:s labelSelector:LabelSelector optional:b path:s user:l',
  PodCertificateProjection:
    'signerName:s keyType:s maxExpirationSeconds:i credentialBundlePath:s keyPath:s certificateChainPath:s ' +
    'userAnnotations:{s} user:l',
  ConfigMapKeySelector: 'name:s key:s optional:b',
  SecretKeySelector: 'name:s key:s optional:b',
  FileKeySelector: 'volumeName:s path:s key:s optional:b',
  HTTPHeader: 'name:s value:s',
  SleepAction: 'seconds:l',
  NodeSelectorTerm: 'matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]',
  NodeSelectorRequirement: 'key:s operator:s values:[s]',
};
