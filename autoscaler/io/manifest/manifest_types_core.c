#include "manifest_types.h"

/* core/v1: the pod template and everything in it, each type before those that hold it. */

/* clang-format off */
TYPE(host_path_volume_source, STRING("path"), STRING("type"));
TYPE(empty_dir_volume_source, STRING("medium"), QUANTITY("sizeLimit"));
TYPE(gce_persistent_disk_volume_source, STRING("pdName"), STRING("fsType"), INT32("partition"), BOOL("readOnly"));
TYPE(aws_elastic_block_store_volume_source, STRING("volumeID"), STRING("fsType"), INT32("partition"),
     BOOL("readOnly"));
TYPE(git_repo_volume_source, STRING("repository"), STRING("revision"), STRING("directory"));
TYPE(key_to_path, STRING("key"), STRING("path"), INT32("mode"));
TYPE(secret_volume_source, STRING("secretName"), LIST("items", key_to_path), INT32("defaultMode"), BOOL("optional"));
TYPE(nfs_volume_source, STRING("server"), STRING("path"), BOOL("readOnly"));
TYPE(local_object_reference, STRING("name"));
TYPE(iscsi_volume_source, STRING("targetPortal"), STRING("iqn"), INT32("lun"), STRING("iscsiInterface"),
     STRING("fsType"), BOOL("readOnly"), STRINGS("portals"), BOOL("chapAuthDiscovery"), BOOL("chapAuthSession"),
     OBJECT("secretRef", local_object_reference), STRING("initiatorName"));
TYPE(glusterfs_volume_source, STRING("endpoints"), STRING("path"), BOOL("readOnly"));
TYPE(persistent_volume_claim_volume_source, STRING("claimName"), BOOL("readOnly"));
TYPE(rbd_volume_source, STRINGS("monitors"), STRING("image"), STRING("fsType"), STRING("pool"), STRING("user"),
     STRING("keyring"), OBJECT("secretRef", local_object_reference), BOOL("readOnly"));
TYPE(flex_volume_source, STRING("driver"), STRING("fsType"), OBJECT("secretRef", local_object_reference),
     BOOL("readOnly"), STRING_MAP("options"));
TYPE(cinder_volume_source, STRING("volumeID"), STRING("fsType"), BOOL("readOnly"),
     OBJECT("secretRef", local_object_reference));
TYPE(ceph_fs_volume_source, STRINGS("monitors"), STRING("path"), STRING("user"), STRING("secretFile"),
     OBJECT("secretRef", local_object_reference), BOOL("readOnly"));
TYPE(flocker_volume_source, STRING("datasetName"), STRING("datasetUUID"));
TYPE(object_field_selector, STRING("apiVersion"), STRING("fieldPath"));
TYPE(resource_field_selector, STRING("containerName"), STRING("resource"), QUANTITY("divisor"));
TYPE(downward_api_volume_file, STRING("path"), OBJECT("fieldRef", object_field_selector),
     OBJECT("resourceFieldRef", resource_field_selector), INT32("mode"));
TYPE(downward_api_volume_source, LIST("items", downward_api_volume_file), INT32("defaultMode"));
TYPE(fc_volume_source, STRINGS("targetWWNs"), INT32("lun"), STRING("fsType"), BOOL("readOnly"), STRINGS("wwids"));
TYPE(azure_file_volume_source, STRING("secretName"), STRING("shareName"), BOOL("readOnly"));
TYPE(config_map_volume_source, STRING("name"), LIST("items", key_to_path), INT32("defaultMode"), BOOL("optional"));
TYPE(vsphere_virtual_disk_volume_source, STRING("volumePath"), STRING("fsType"), STRING("storagePolicyName"),
     STRING("storagePolicyID"));
TYPE(quobyte_volume_source, STRING("registry"), STRING("volume"), BOOL("readOnly"), STRING("user"), STRING("group"),
     STRING("tenant"));
TYPE(azure_disk_volume_source, STRING("diskName"), STRING("diskURI"), STRING("cachingMode"), STRING("fsType"),
     BOOL("readOnly"), STRING("kind"));
TYPE(photon_persistent_disk_volume_source, STRING("pdID"), STRING("fsType"));
TYPE(secret_projection, STRING("name"), LIST("items", key_to_path), BOOL("optional"));
TYPE(downward_api_projection, LIST("items", downward_api_volume_file));
TYPE(config_map_projection, STRING("name"), LIST("items", key_to_path), BOOL("optional"));
TYPE(service_account_token_projection, STRING("audience"), INT64("expirationSeconds"), STRING("path"));
TYPE(cluster_trust_bundle_projection, STRING("name"), STRING("signerName"), OBJECT("labelSelector", type_selector),
     BOOL("optional"), STRING("path"));
TYPE(pod_certificate_projection, STRING("signerName"), STRING("keyType"), INT32("maxExpirationSeconds"),
     STRING("credentialBundlePath"), STRING("keyPath"), STRING("certificateChainPath"), STRING_MAP("userAnnotations"));
TYPE(volume_projection, OBJECT("secret", secret_projection), OBJECT("downwardAPI", downward_api_projection),
     OBJECT("configMap", config_map_projection), OBJECT("serviceAccountToken", service_account_token_projection),
     OBJECT("clusterTrustBundle", cluster_trust_bundle_projection),
     OBJECT("podCertificate", pod_certificate_projection));
TYPE(projected_volume_source, LIST("sources", volume_projection), INT32("defaultMode"));
TYPE(portworx_volume_source, STRING("volumeID"), STRING("fsType"), BOOL("readOnly"));
TYPE(scale_io_volume_source, STRING("gateway"), STRING("system"), OBJECT("secretRef", local_object_reference),
     BOOL("sslEnabled"), STRING("protectionDomain"), STRING("storagePool"), STRING("storageMode"),
     STRING("volumeName"), STRING("fsType"), BOOL("readOnly"));
TYPE(storage_os_volume_source, STRING("volumeName"), STRING("volumeNamespace"), STRING("fsType"), BOOL("readOnly"),
     OBJECT("secretRef", local_object_reference));
TYPE(csi_volume_source, STRING("driver"), BOOL("readOnly"), STRING("fsType"), STRING_MAP("volumeAttributes"),
     OBJECT("nodePublishSecretRef", local_object_reference));
TYPE(volume_resource_requirements, QUANTITY_MAP("limits"), QUANTITY_MAP("requests"));
TYPE(typed_local_object_reference, STRING("apiGroup"), STRING("kind"), STRING("name"));
TYPE(typed_object_reference, STRING("apiGroup"), STRING("kind"), STRING("name"), STRING("namespace"));
TYPE(persistent_volume_claim_spec, STRINGS("accessModes"), OBJECT("selector", type_selector),
     OBJECT("resources", volume_resource_requirements), STRING("volumeName"), STRING("storageClassName"),
     STRING("volumeMode"), OBJECT("dataSource", typed_local_object_reference),
     OBJECT("dataSourceRef", typed_object_reference), STRING("volumeAttributesClassName"));
TYPE(persistent_volume_claim_template, OBJECT("metadata", type_metadata),
     OBJECT("spec", persistent_volume_claim_spec));
TYPE(ephemeral_volume_source, OBJECT("volumeClaimTemplate", persistent_volume_claim_template));
TYPE(image_volume_source, STRING("reference"), STRING("pullPolicy"));
TYPE(volume, STRING("name"), OBJECT("hostPath", host_path_volume_source), OBJECT("emptyDir", empty_dir_volume_source),
     OBJECT("gcePersistentDisk", gce_persistent_disk_volume_source),
     OBJECT("awsElasticBlockStore", aws_elastic_block_store_volume_source), OBJECT("gitRepo", git_repo_volume_source),
     OBJECT("secret", secret_volume_source), OBJECT("nfs", nfs_volume_source), OBJECT("iscsi", iscsi_volume_source),
     OBJECT("glusterfs", glusterfs_volume_source),
     OBJECT("persistentVolumeClaim", persistent_volume_claim_volume_source), OBJECT("rbd", rbd_volume_source),
     OBJECT("flexVolume", flex_volume_source), OBJECT("cinder", cinder_volume_source),
     OBJECT("cephfs", ceph_fs_volume_source), OBJECT("flocker", flocker_volume_source),
     OBJECT("downwardAPI", downward_api_volume_source), OBJECT("fc", fc_volume_source),
     OBJECT("azureFile", azure_file_volume_source), OBJECT("configMap", config_map_volume_source),
     OBJECT("vsphereVolume", vsphere_virtual_disk_volume_source), OBJECT("quobyte", quobyte_volume_source),
     OBJECT("azureDisk", azure_disk_volume_source),
     OBJECT("photonPersistentDisk", photon_persistent_disk_volume_source),
     OBJECT("projected", projected_volume_source), OBJECT("portworxVolume", portworx_volume_source),
     OBJECT("scaleIO", scale_io_volume_source), OBJECT("storageos", storage_os_volume_source),
     OBJECT("csi", csi_volume_source), OBJECT("ephemeral", ephemeral_volume_source),
     OBJECT("image", image_volume_source));
TYPE(container_port, STRING("name"), INT32("hostPort"), INT32("containerPort"), STRING("protocol"), STRING("hostIP"));
TYPE(config_map_env_source, STRING("name"), BOOL("optional"));
TYPE(secret_env_source, STRING("name"), BOOL("optional"));
TYPE(env_from_source, STRING("prefix"), OBJECT("configMapRef", config_map_env_source),
     OBJECT("secretRef", secret_env_source));
TYPE(config_map_key_selector, STRING("name"), STRING("key"), BOOL("optional"));
TYPE(secret_key_selector, STRING("name"), STRING("key"), BOOL("optional"));
TYPE(file_key_selector, STRING("volumeName"), STRING("path"), STRING("key"), BOOL("optional"));
TYPE(env_var_source, OBJECT("fieldRef", object_field_selector), OBJECT("resourceFieldRef", resource_field_selector),
     OBJECT("configMapKeyRef", config_map_key_selector), OBJECT("secretKeyRef", secret_key_selector),
     OBJECT("fileKeyRef", file_key_selector));
TYPE(env_var, STRING("name"), STRING("value"), OBJECT("valueFrom", env_var_source));
TYPE(resource_claim, STRING("name"), STRING("request"));
TYPE(resource_requirements, QUANTITY_MAP("limits"), QUANTITY_MAP("requests"), LIST("claims", resource_claim));
TYPE(container_resize_policy, STRING("resourceName"), STRING("restartPolicy"));
TYPE(container_restart_rule_on_exit_codes, STRING("operator"), ANY_LIST("values"));
TYPE(container_restart_rule, STRING("action"), OBJECT("exitCodes", container_restart_rule_on_exit_codes));
TYPE(volume_mount, STRING("name"), BOOL("readOnly"), STRING("recursiveReadOnly"), STRING("mountPath"),
     STRING("subPath"), STRING("mountPropagation"), STRING("subPathExpr"));
TYPE(volume_device, STRING("name"), STRING("devicePath"));
TYPE(exec_action, STRINGS("command"));
TYPE(http_header, STRING("name"), STRING("value"));
TYPE(http_get_action, STRING("path"), NUMBER_OR_SHARE("port"), STRING("host"), STRING("scheme"),
     LIST("httpHeaders", http_header));
TYPE(tcp_socket_action, NUMBER_OR_SHARE("port"), STRING("host"));
TYPE(grpc_action, INT32("port"), STRING("service"));
TYPE(probe, OBJECT("exec", exec_action), OBJECT("httpGet", http_get_action), OBJECT("tcpSocket", tcp_socket_action),
     OBJECT("grpc", grpc_action), INT32("initialDelaySeconds"), INT32("timeoutSeconds"), INT32("periodSeconds"),
     INT32("successThreshold"), INT32("failureThreshold"), INT64("terminationGracePeriodSeconds"));
TYPE(sleep_action, INT64("seconds"));
TYPE(lifecycle_handler, OBJECT("exec", exec_action), OBJECT("httpGet", http_get_action),
     OBJECT("tcpSocket", tcp_socket_action), OBJECT("sleep", sleep_action));
TYPE(lifecycle, OBJECT("postStart", lifecycle_handler), OBJECT("preStop", lifecycle_handler), STRING("stopSignal"));
TYPE(capabilities, STRINGS("add"), STRINGS("drop"));
TYPE(se_linux_options, STRING("user"), STRING("role"), STRING("type"), STRING("level"));
TYPE(windows_security_context_options, STRING("gmsaCredentialSpecName"), STRING("gmsaCredentialSpec"),
     STRING("runAsUserName"), BOOL("hostProcess"));
TYPE(seccomp_profile, STRING("type"), STRING("localhostProfile"));
TYPE(app_armor_profile, STRING("type"), STRING("localhostProfile"));
TYPE(security_context, OBJECT("capabilities", capabilities), BOOL("privileged"),
     OBJECT("seLinuxOptions", se_linux_options), OBJECT("windowsOptions", windows_security_context_options),
     INT64("runAsUser"), INT64("runAsGroup"), BOOL("runAsNonRoot"), BOOL("readOnlyRootFilesystem"),
     BOOL("allowPrivilegeEscalation"), STRING("procMount"), OBJECT("seccompProfile", seccomp_profile),
     OBJECT("appArmorProfile", app_armor_profile));
TYPE(container, STRING("name"), STRING("image"), STRINGS("command"), STRINGS("args"), STRING("workingDir"),
     LIST("ports", container_port), LIST("envFrom", env_from_source), LIST("env", env_var),
     OBJECT("resources", resource_requirements), LIST("resizePolicy", container_resize_policy),
     STRING("restartPolicy"), LIST("restartPolicyRules", container_restart_rule), LIST("volumeMounts", volume_mount),
     LIST("volumeDevices", volume_device), OBJECT("livenessProbe", probe), OBJECT("readinessProbe", probe),
     OBJECT("startupProbe", probe), OBJECT("lifecycle", lifecycle), STRING("terminationMessagePath"),
     STRING("terminationMessagePolicy"), STRING("imagePullPolicy"), OBJECT("securityContext", security_context),
     BOOL("stdin"), BOOL("stdinOnce"), BOOL("tty"));
TYPE(ephemeral_container, STRING("name"), STRING("image"), STRINGS("command"), STRINGS("args"), STRING("workingDir"),
     LIST("ports", container_port), LIST("envFrom", env_from_source), LIST("env", env_var),
     OBJECT("resources", resource_requirements), LIST("resizePolicy", container_resize_policy),
     STRING("restartPolicy"), LIST("restartPolicyRules", container_restart_rule), LIST("volumeMounts", volume_mount),
     LIST("volumeDevices", volume_device), OBJECT("livenessProbe", probe), OBJECT("readinessProbe", probe),
     OBJECT("startupProbe", probe), OBJECT("lifecycle", lifecycle), STRING("terminationMessagePath"),
     STRING("terminationMessagePolicy"), STRING("imagePullPolicy"), OBJECT("securityContext", security_context),
     BOOL("stdin"), BOOL("stdinOnce"), BOOL("tty"), STRING("targetContainerName"));
TYPE(sysctl, STRING("name"), STRING("value"));
TYPE(pod_security_context, OBJECT("seLinuxOptions", se_linux_options),
     OBJECT("windowsOptions", windows_security_context_options), INT64("runAsUser"), INT64("runAsGroup"),
     BOOL("runAsNonRoot"), ANY_LIST("supplementalGroups"), STRING("supplementalGroupsPolicy"), INT64("fsGroup"),
     LIST("sysctls", sysctl), STRING("fsGroupChangePolicy"), OBJECT("seccompProfile", seccomp_profile),
     OBJECT("appArmorProfile", app_armor_profile), STRING("seLinuxChangePolicy"));
TYPE(node_selector_requirement, STRING("key"), STRING("operator"), STRINGS("values"));
TYPE(node_selector_term, LIST("matchExpressions", node_selector_requirement),
     LIST("matchFields", node_selector_requirement));
TYPE(node_selector, LIST("nodeSelectorTerms", node_selector_term));
TYPE(preferred_scheduling_term, INT32("weight"), OBJECT("preference", node_selector_term));
TYPE(node_affinity, OBJECT("requiredDuringSchedulingIgnoredDuringExecution", node_selector),
     LIST("preferredDuringSchedulingIgnoredDuringExecution", preferred_scheduling_term));
TYPE(pod_affinity_term, OBJECT("labelSelector", type_selector), STRINGS("namespaces"), STRING("topologyKey"),
     OBJECT("namespaceSelector", type_selector), STRINGS("matchLabelKeys"), STRINGS("mismatchLabelKeys"));
TYPE(weighted_pod_affinity_term, INT32("weight"), OBJECT("podAffinityTerm", pod_affinity_term));
TYPE(pod_affinity, LIST("requiredDuringSchedulingIgnoredDuringExecution", pod_affinity_term),
     LIST("preferredDuringSchedulingIgnoredDuringExecution", weighted_pod_affinity_term));
TYPE(pod_anti_affinity, LIST("requiredDuringSchedulingIgnoredDuringExecution", pod_affinity_term),
     LIST("preferredDuringSchedulingIgnoredDuringExecution", weighted_pod_affinity_term));
TYPE(affinity, OBJECT("nodeAffinity", node_affinity), OBJECT("podAffinity", pod_affinity),
     OBJECT("podAntiAffinity", pod_anti_affinity));
TYPE(toleration, STRING("key"), STRING("operator"), STRING("value"), STRING("effect"), INT64("tolerationSeconds"));
TYPE(host_alias, STRING("ip"), STRINGS("hostnames"));
TYPE(pod_dns_config_option, STRING("name"), STRING("value"));
TYPE(pod_dns_config, STRINGS("nameservers"), STRINGS("searches"), LIST("options", pod_dns_config_option));
TYPE(pod_readiness_gate, STRING("conditionType"));
TYPE(topology_spread_constraint, INT32("maxSkew"), STRING("topologyKey"), STRING("whenUnsatisfiable"),
     OBJECT("labelSelector", type_selector), INT32("minDomains"), STRING("nodeAffinityPolicy"),
     STRING("nodeTaintsPolicy"), STRINGS("matchLabelKeys"));
TYPE(pod_os, STRING("name"));
TYPE(pod_scheduling_gate, STRING("name"));
TYPE(pod_resource_claim, STRING("name"), STRING("resourceClaimName"), STRING("resourceClaimTemplateName"));
TYPE(pod_scheduling_group, STRING("podGroupName"));
TYPE(pod_spec, LIST("volumes", volume), LIST("initContainers", container), LIST("containers", container),
     LIST("ephemeralContainers", ephemeral_container), STRING("restartPolicy"),
     INT64("terminationGracePeriodSeconds"), INT64("activeDeadlineSeconds"), STRING("dnsPolicy"),
     STRING_MAP("nodeSelector"), STRING("serviceAccountName"), STRING("serviceAccount"),
     BOOL("automountServiceAccountToken"), STRING("nodeName"), BOOL("hostNetwork"), BOOL("hostPID"), BOOL("hostIPC"),
     BOOL("shareProcessNamespace"), OBJECT("securityContext", pod_security_context),
     LIST("imagePullSecrets", local_object_reference), STRING("hostname"), STRING("subdomain"),
     OBJECT("affinity", affinity), STRING("schedulerName"), LIST("tolerations", toleration),
     LIST("hostAliases", host_alias), STRING("priorityClassName"), INT32("priority"),
     OBJECT("dnsConfig", pod_dns_config), LIST("readinessGates", pod_readiness_gate), STRING("runtimeClassName"),
     BOOL("enableServiceLinks"), STRING("preemptionPolicy"), QUANTITY_MAP("overhead"),
     LIST("topologySpreadConstraints", topology_spread_constraint), BOOL("setHostnameAsFQDN"), OBJECT("os", pod_os),
     BOOL("hostUsers"), LIST("schedulingGates", pod_scheduling_gate), LIST("resourceClaims", pod_resource_claim),
     OBJECT("resources", resource_requirements), STRING("hostnameOverride"),
     OBJECT("schedulingGroup", pod_scheduling_group));
PUBLIC_TYPE(type_template, OBJECT("metadata", type_metadata), OBJECT("spec", pod_spec));
PUBLIC_TYPE(type_claim, STRING("kind"), STRING("apiVersion"), OBJECT("metadata", type_metadata),
     OBJECT("spec", persistent_volume_claim_spec), ANY_OBJECT("status"));
