#include "price.h"

#define MIB ((int64_t)1 << 20)

/* Cores reserved step by step: 6% of the first, 1% of the second, 0.5% of the next two, 0.25% of the rest.
 * Source: EKS nodeadm and AL2 bootstrap.sh; GKE "Plan node sizes". Both round to whole millicores. */
static int64_t stepped_cpu(int64_t vcpu_milli)
{
	static const struct {
		int64_t upto_milli, per_10000;
	} steps[] = {{1000, 600}, {2000, 100}, {4000, 50}, {INT64_MAX, 25}};
	int64_t reserved = 0, from = 0;
	for (size_t i = 0; i < COUNT(steps) && from < vcpu_milli; i++) {
		int64_t upto = min64(vcpu_milli, steps[i].upto_milli);
		reserved += (upto - from) * steps[i].per_10000;
		from = upto;
	}
	return reserved / 10000;
}

/* Addresses on network interfaces bound the pods of an EKS node: interfaces x (addresses - 1) + 2.
 * Source: amazon-vpc-cni-k8s misc/eni-max-pods.txt, condensed by size: current generations have the interfaces of
 * m5, burstable ones those of t3. Managed node groups cap it at 110, from 30 vCPUs on at 250. */
static int64_t eks_pods(const struct instance_type *type)
{
	static const struct {
		int64_t upto, pods;
	} by_vcpu[] = {{1000, 8}, {2000, 29}, {8000, 58}, {48000, 234}, {INT64_MAX, 737}},
	  burstable_by_gib[] = {{1, 4}, {2, 11}, {4, 17}, {8, 35}, {INT64_MAX / GIB, 58}};
	bool burstable = type->family[0] == 't' && type->family[1] >= '1' && type->family[1] <= '9';
	int64_t cap = type->vcpu_milli < 30000 ? 110 : 250;
	size_t i = 0;
	if (burstable) {
		while (type->memory_bytes > burstable_by_gib[i].upto * GIB && i + 1 < COUNT(burstable_by_gib))
			i++;
		return burstable_by_gib[i].pods;
	}
	while (type->vcpu_milli > by_vcpu[i].upto)
		i++;
	return min64(by_vcpu[i].pods, cap);
}

/* EKS: kubelet keeps 255 MiB + 11 MiB a pod, and evicts below 100 MiB (nodeadm, AL2 bootstrap.sh).
 * The kernel and the hypervisor keep about 250 MiB + 3.75%: m5.large nodes show 7824308 KiB of 8 GiB, m5.xlarge
 * 15896988 KiB of 16 GiB. (Karpenter plans with a cautious 7.5%.)
 * Agents: aws-node 50m (two containers of 25m), kube-proxy 100m; neither asks for memory. */
static void eks(const struct instance_type *type, struct allocatable *node)
{
	node->pods = eks_pods(type);
	node->cpu_milli = type->vcpu_milli - stepped_cpu(type->vcpu_milli);
	int64_t kernel = 250 * MIB + type->memory_bytes / 10000 * 375;
	node->memory_bytes = type->memory_bytes - kernel - (255 + 11 * node->pods) * MIB - 100 * MIB;
	node->agents_cpu_milli = 150;
	node->agents_pods = 2;
}

/* 25% of the first 4 GiB, 20% of the next 4, 10% of the next 8, 6% of the next 112, 2% beyond; 255 MiB under 1 GiB. */
static int64_t gke_reserved_memory(int64_t bytes)
{
	static const struct {
		int64_t upto_gib, percent;
	} steps[] = {{4, 25}, {8, 20}, {16, 10}, {128, 6}, {INT64_MAX / GIB, 2}};
	if (bytes < GIB)
		return 255 * MIB;
	int64_t reserved = 0, from = 0;
	for (size_t i = 0; i < COUNT(steps) && from < bytes; i++) {
		int64_t upto = min64(bytes, steps[i].upto_gib * GIB);
		reserved += (upto - from) / 100 * steps[i].percent;
		from = upto;
	}
	return reserved;
}

/* What Linux keeps of a Google VM. Source: cluster-autoscaler cloudprovider/gce/reserved.go: 1/64 + 16 MiB, 64 MiB for
 * the software I/O TLB above 3 GiB, 0.175% up to 248 MiB as correction, 8 MiB up to 8 GiB. */
static int64_t gce_kernel(int64_t bytes)
{
	int64_t kept = bytes / 64 + 16 * MIB + min64(bytes / 100000 * 175, 248 * MIB);
	if (bytes > 3 * GIB)
		kept += 64 * MIB;
	if (bytes <= 8 * GIB)
		kept += 8 * MIB;
	return kept;
}

/* E2 types with a part of a core show two and lose 1060m (GKE "Plan node sizes"). */
static bool gce_shared_core(const struct instance_type *type)
{
	return strcmp(type->name, "e2-micro") == 0 || strcmp(type->name, "e2-small") == 0 ||
	       strcmp(type->name, "e2-medium") == 0;
}

/* GKE. Agents of a 2025 node: fluentbit-gke 105m 230 MiB, gke-metrics-agent 21m 145 MiB, kube-proxy 100m,
 * pdcsi-node 10m 20 MiB. */
static void gke(const struct instance_type *type, struct allocatable *node)
{
	node->pods = 110;
	node->cpu_milli = type->vcpu_milli - (gce_shared_core(type) ? 1060 : stepped_cpu(type->vcpu_milli));
	node->memory_bytes =
	    type->memory_bytes - gce_kernel(type->memory_bytes) - gke_reserved_memory(type->memory_bytes) - 100 * MIB;
	node->agents_cpu_milli = 236;
	node->agents_memory_bytes = 395 * MIB;
	node->agents_pods = 4;
}

/* Between the documented sizes the reserve is interpolated; beyond 64 cores it goes on at 10m a core. */
static int64_t aks_reserved_cpu(int64_t vcpu_milli)
{
	static const int64_t cores[] = {0, 1000, 2000, 4000, 8000, 16000, 32000, 64000};
	static const int64_t reserved[] = {0, 60, 100, 140, 180, 260, 420, 740};
	size_t i = 1;
	while (i + 1 < COUNT(cores) && vcpu_milli > cores[i])
		i++;
	return reserved[i - 1] +
	       (vcpu_milli - cores[i - 1]) * (reserved[i] - reserved[i - 1]) / (cores[i] - cores[i - 1]);
}

/* AKS since 1.29: kubelet keeps min(20 MiB a pod + 50 MiB, 25%) and evicts below 100 MiB ("Node resource
 * reservations"; a node with 250 pods and 28740840 KiB shows that MB there means MiB). 110 pods, the kubenet default
 * (overlay networks start with 250 and reserve more). Linux keeps about 64 MiB + 2%: the node above has 28 GiB.
 * Agents ("Core concepts", kubectl describe node): kube-proxy 100m, azure-ip-masq-agent 100m 50 MiB,
 * cloud-node-manager 50m 50 MiB, csi-azuredisk-node and csi-azurefile-node 30m 60 MiB each. */
static void aks(const struct instance_type *type, struct allocatable *node)
{
	int64_t capacity = type->memory_bytes - 64 * MIB - type->memory_bytes / 50;
	node->pods = 110;
	node->cpu_milli = type->vcpu_milli - aks_reserved_cpu(type->vcpu_milli);
	node->memory_bytes = capacity - min64((20 * node->pods + 50) * MIB, capacity / 4) - 100 * MIB;
	node->agents_cpu_milli = 310;
	node->agents_memory_bytes = 220 * MIB;
	node->agents_pods = 5;
}

void node_allocatable(const struct instance_type *type, struct allocatable *node)
{
	static void (*const rules[PROVIDER_COUNT])(const struct instance_type *, struct allocatable *) = {
	    [PROVIDER_AWS] = eks, [PROVIDER_AZURE] = aks, [PROVIDER_GCP] = gke};
	*node = (struct allocatable){0};
	rules[type->provider](type, node);
	node->cpu_milli = max64(node->cpu_milli, 0);
	node->memory_bytes = max64(node->memory_bytes, 0);
}
