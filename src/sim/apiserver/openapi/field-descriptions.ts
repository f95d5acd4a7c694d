/** What fields mean, in our own words: those that people who work with StatefulSets look up. */
export const FIELD_DESCRIPTIONS: Readonly<Record<string, string>> = {
  StatefulSet:
    'A set of Pods with identities that stay: each has an ordinal, a name and a host name made of it, and claims of its own, which the next Pod of the same ordinal gets again.',
  'StatefulSet.metadata': 'Name, namespace, labels and the rest of what every object carries.',
  'StatefulSet.spec': 'What the set should be.',
  'StatefulSet.status': 'What the controller last saw of the set. It may lag behind.',
  'StatefulSetSpec.replicas':
    'How many Pods the set should have. 1 unless given. Ordinals run from the start ordinal upwards without gaps.',
  'StatefulSetSpec.selector':
    'Labels by which the set knows its Pods. The labels of the template must match. It cannot be changed.',
  'StatefulSetSpec.serviceName':
    'The headless Service that gives the Pods their names in DNS. It has to be created by somebody else, and cannot be changed here.',
  'StatefulSetSpec.template':
    'What each Pod is made from. Name, host name and claims are added by the ordinal.',
  'StatefulSetSpec.volumeClaimTemplates':
    'Claims that every Pod gets for itself, named TEMPLATE-SET-ORDINAL. They cannot be changed once the set exists.',
  'StatefulSetSpec.podManagementPolicy':
    'OrderedReady starts Pods one after the other, each when its predecessor is Ready, and stops them in reverse. Parallel starts and stops them all at once. It does not touch updates, and cannot be changed.',
  'StatefulSetSpec.updateStrategy':
    'How Pods are replaced when the template changes: RollingUpdate does it from the highest ordinal down, OnDelete waits until somebody deletes them.',
  'StatefulSetSpec.revisionHistoryLimit':
    'How many old revisions of the template are kept for going back. 10 unless given.',
  'StatefulSetSpec.minReadySeconds':
    'How long a new Pod must have been Ready before it counts as available. 0 unless given.',
  'StatefulSetSpec.persistentVolumeClaimRetentionPolicy':
    'What becomes of the claims when the set is deleted or made smaller. They are kept unless this says otherwise.',
  'StatefulSetSpec.ordinals': 'Where the ordinals start. 0 unless given.',
  'StatefulSetOrdinals.start': 'The ordinal of the first Pod.',
  'StatefulSetUpdateStrategy.type': 'RollingUpdate or OnDelete.',
  'StatefulSetUpdateStrategy.rollingUpdate': 'Settings of RollingUpdate.',
  'RollingUpdateStatefulSetStrategy.partition':
    'Only Pods with this ordinal or a higher one are updated; the others keep the old revision even when they are made anew. 0 unless given.',
  'RollingUpdateStatefulSetStrategy.maxUnavailable':
    'How many Pods may be unavailable at the same time during an update, as a number or a percentage. It takes effect only where the feature gate MaxUnavailableStatefulSet is on.',
  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted':
    'Retain keeps the claims of a deleted set, Delete removes them with it.',
  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled':
    'Retain keeps the claims of ordinals that a smaller set has no more, Delete removes them once their Pods are gone.',
  'StatefulSetStatus.replicas': 'How many Pods the controller has made.',
  'StatefulSetStatus.readyReplicas': 'How many of them are Ready.',
  'StatefulSetStatus.availableReplicas': 'How many have been Ready for minReadySeconds.',
  'StatefulSetStatus.currentReplicas': 'How many Pods are of the current revision.',
  'StatefulSetStatus.updatedReplicas': 'How many Pods are of the update revision.',
  'StatefulSetStatus.currentRevision':
    'The revision that Pods below the point the update has reached are made from.',
  'StatefulSetStatus.updateRevision': 'The revision of the present template.',
  'StatefulSetStatus.observedGeneration': 'The generation of the spec that this status is about.',
  'StatefulSetStatus.collisionCount':
    'How often the hash in the name of a revision was taken already.',
  Pod: 'Containers that run together on one node and share its network address and volumes.',
  'Pod.spec': 'What the Pod should run, and where it may.',
  'Pod.status': 'What the kubelet last reported of it.',
  'PodSpec.containers': 'The containers of the Pod. There must be one at least.',
  'PodSpec.volumes': 'Volumes that the containers may mount.',
  'PodSpec.terminationGracePeriodSeconds':
    'How long containers get to end by themselves when the Pod is deleted. 30 unless given.',
  'PodSpec.nodeName': 'The node the Pod runs on. The scheduler fills it in.',
  'PodSpec.nodeSelector': 'Labels a node must have for the Pod to run there.',
  'PodSpec.restartPolicy': 'Always, OnFailure or Never: when ended containers are started again.',
  'Container.image': 'The image to run.',
  'Container.name': 'The name of the container, unique in its Pod.',
  'Container.readinessProbe':
    'Tells whether the container can serve. While it fails, the Pod is not Ready and gets no traffic from Services.',
  'Container.livenessProbe':
    'Tells whether the container still works. When it fails, it is restarted.',
  'Container.volumeMounts': 'Where volumes appear in the file system of the container.',
  PersistentVolumeClaim: 'A request for storage that outlives Pods.',
  'PersistentVolumeClaimSpec.accessModes': 'How the volume may be mounted, such as ReadWriteOnce.',
  'PersistentVolumeClaimSpec.storageClassName': 'The class that provides the volume.',
  'PersistentVolumeClaimSpec.volumeName': 'The volume the claim is bound to.',
  Service: 'A name, and mostly an address, for a set of Pods.',
  'ServiceSpec.clusterIP':
    'The address of the Service. None makes it headless: its name stands for the addresses of its Pods.',
  'ServiceSpec.selector': 'Labels of the Pods behind the Service.',
  'ServiceSpec.publishNotReadyAddresses': 'Also names Pods that are not Ready in DNS.',
}
