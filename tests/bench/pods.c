/* What a pod costs: checked and decoded from an API answer of about 4 KB, and kept. Aims: 15 us; 20,000 in 20 MB. */
#include "../../autoscaler/io/live/pods.h"

#include <malloc.h>
#include <time.h>

#define PODS 20000
#define APPS 1000

#define MANAGED                                                                                                        \
	"{\"manager\":\"kubelet\",\"operation\":\"Update\",\"apiVersion\":\"v1\",\"fieldsType\":\"FieldsV1\","         \
	"\"fieldsV1\":"                                                                                                \
	"{\"f:metadata\":{\"f:labels\":{\".\":{},\"f:app\":{},\"f:pod-template-hash\":{}},\"f:ownerReferences\":{\"."  \
	"\":{},"                                                                                                       \
	"\"k:{\\\"uid\\\":\\\"d1b3c0c2-5d5f-4d8e-9d6a-0c2f3a1b2c3d\\\"}\":{}}},\"f:spec\":{\"f:containers\":{"         \
	"\"k:{\\\"name\\\":\\\"main\\\"}\":{\".\":{},\"f:image\":{},\"f:resources\":{\".\":{},\"f:requests\":{"        \
	"\".\":{},\"f:cpu\":{},\"f:memory\":{}}},\"f:terminationMessagePath\":{}}},\"f:dnsPolicy\":{}}}}"
#define CONTAINER(name)                                                                                                \
	"{\"name\":\"" name "\",\"image\":\"registry.example.com/web:v1.2.3\",\"resources\":{\"requests\":{\"cpu\":"   \
	"\"250m\",\"memory\":\"256Mi\"},\"limits\":{\"memory\":\"256Mi\"}},\"volumeMounts\":[{\"name\":\"token\","     \
	"\"readOnly\":true,\"mountPath\":\"/var/run/secrets/kubernetes.io/serviceaccount\"}],\"ports\":[{"             \
	"\"containerPort\":8080,\"protocol\":\"TCP\"}],\"env\":[{\"name\":\"A\",\"value\":\"some value\"},{\"name\":"  \
	"\"B\",\"value\":\"another value\"}],\"terminationMessagePath\":\"/dev/termination-log\"}"
#define TOLERATION(key)                                                                                                \
	"{\"key\":\"node.kubernetes.io/" key                                                                           \
	"\",\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300}"
#define CONDITION(type)                                                                                                \
	"{\"type\":\"" type "\",\"status\":\"True\",\"lastProbeTime\":null,\"lastTransitionTime\":"                    \
	"\"2026-11-24T14:00:05Z\"}"

/* clang-format off */
static const char pod[] =
    "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web-%04d-7f5c6d8b9c-%05d\",\"namespace\":\"default\","
    "\"uid\":\"%s\",\"resourceVersion\":\"12345\",\"creationTimestamp\":\"2026-11-24T14:00:00Z\",\"labels\":{\"app\":"
    "\"web-%04d\",\"app.kubernetes.io/managed-by\":\"Helm\",\"pod-template-hash\":\"7f5c6d8b9c\",\"tier\":\"front\"},"
    "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"web-7f5c6d8b9c\",\"uid\":"
    "\"d1b3c0c2-5d5f-4d8e-9d6a-0c2f3a1b2c3d\",\"controller\":true}],\"managedFields\":[" MANAGED "," MANAGED "," MANAGED
    "]},\"spec\":{\"volumes\":[{\"name\":\"token\",\"projected\":{\"sources\":[{\"serviceAccountToken\":{"
    "\"expirationSeconds\":3607,\"path\":\"token\"}}],\"defaultMode\":420}}],\"containers\":["
    CONTAINER("main") "," CONTAINER("side") "],\"restartPolicy\":\"Always\",\"nodeName\":\"node-%d\",\"tolerations\":["
    TOLERATION("not-ready") "," TOLERATION("unreachable") "],\"priority\":0},\"status\":{\"phase\":\"Running\","
    "\"conditions\":[" CONDITION("Initialized") "," CONDITION("Ready") "," CONDITION("ContainersReady") ","
    CONDITION("PodScheduled") "],\"hostIP\":\"10.0.0.1\",\"startTime\":\"2026-11-24T14:00:00Z\",\"qosClass\":\"Burstable\"}}";
/* clang-format on */

static double microseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double kept_mb(void)
{
	return (double)mallinfo2().uordblks / 1e6;
}

int main(void)
{
	struct err err;
	struct live_pods *pods = live_pods_open(NULL, NULL, &err);
	static char text[16384];
	double checking = 0, decoding = 0, memory = kept_mb();
	int size = 0;
	if (!pods)
		return 1;
	struct watch_sink sink = live_pods_sink(pods);
	for (int i = 0; i < PODS; i++) {
		char uid[40];
		struct json_value object;
		snprintf(uid, sizeof uid, "%08d-0000-4000-8000-000000000000", i);
		size = snprintf(text, sizeof text, pod, i % APPS, i, uid, i % APPS, i % 200);
		double start = microseconds();
		if (json_value_parse("pod", text, (size_t)size, &object, &err) < 0)
			return fprintf(stderr, "%s\n", err.message), 1;
		double checked = microseconds();
		sink.put(sink.self, uid, object);
		checking += checked - start;
		decoding += microseconds() - checked;
	}
	printf("    %d bytes: %.1f us to check, %.1f us to decode and to index; %d pods in %.1f MB\n", size,
	       checking / PODS, decoding / PODS, PODS, kept_mb() - memory);
	live_pods_close(pods);
	return 0;
}
