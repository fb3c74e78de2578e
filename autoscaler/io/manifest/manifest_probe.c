#include "manifest_probe.h"

/* 1 to 65535, or an IANA service name: at most 15 lower case letters, digits and single hyphens, one a letter. */
static bool port_name(const char *text)
{
	size_t length = strlen(text);
	bool letter = false;
	if (length == 0 || length > 15 || text[0] == '-' || text[length - 1] == '-' || strstr(text, "--"))
		return false;
	for (size_t i = 0; i < length; i++) {
		bool is_letter = text[i] >= 'a' && text[i] <= 'z';
		if (!is_letter && !(text[i] >= '0' && text[i] <= '9') && text[i] != '-')
			return false;
		letter |= is_letter;
	}
	return letter;
}

static int check_port(const struct place *handler)
{
	struct place port = place_field(handler, "port");
	if (place_given(&port) && port.node->kind == NODE_STRING
		? port_name(place_text(&port))
		: place_int(&port, 0) >= 1 && place_int(&port, 0) <= 65535)
		return 0;
	return place_refuse(&port, "must be a port from 1 to 65535, or a port's name");
}

static int check_command(const struct place *handler)
{
	struct place command = place_field(handler, "command");
	return place_count(&command) ? 0 : place_refuse(&command, "must hold at least one word");
}

static const struct {
	const char *name;
	int (*check)(const struct place *);
} handlers[] = {{"exec", check_command}, {"httpGet", check_port}, {"tcpSocket", check_port}, {"grpc", check_port}};

static int check_handler(const struct place *probe)
{
	bool one = false;
	for (size_t i = 0; i < COUNT(handlers); i++) {
		struct place handler = place_field(probe, handlers[i].name);
		if (!place_given(&handler))
			continue;
		if (one)
			return place_refuse(&handler, "must be the only handler of the probe");
		if (handlers[i].check(&handler) < 0)
			return -1;
		one = true;
	}
	return one ? 0 : place_refuse(probe, "must have one of exec, httpGet, tcpSocket, grpc");
}

static int check_probe(const struct place *probe)
{
	static const char *const counts[] = {"initialDelaySeconds", "timeoutSeconds", "periodSeconds",
					     "successThreshold", "failureThreshold"};
	if (!place_given(probe))
		return 0;
	for (size_t i = 0; i < COUNT(counts); i++) {
		struct place count = place_field(probe, counts[i]);
		if (check_range(&count, 0, INT32_MAX) < 0)
			return -1;
	}
	struct place grace = place_field(probe, "terminationGracePeriodSeconds");
	if (check_range(&grace, 1, INT64_MAX) < 0)
		return -1;
	return check_handler(probe);
}

int check_restarting_probe(const struct place *probe)
{
	struct place threshold = place_field(probe, "successThreshold");
	if (place_int(&threshold, 1) > 1)
		return place_refuse(&threshold, "must be 1");
	return check_probe(probe);
}

int check_readiness_probe(const struct place *probe)
{
	struct place grace = place_field(probe, "terminationGracePeriodSeconds");
	if (place_given(&grace))
		return place_refuse(&grace, "must not be set for a readinessProbe");
	return check_probe(probe);
}
