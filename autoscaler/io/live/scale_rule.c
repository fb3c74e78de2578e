/* What follows from each answer about a scale, and its JSON. */
#include "../text/json_value.h"
#include "actuate_internal.h"

#define SCALE_TRIES 3u

__attribute__((format(printf, 2, 3))) static enum scale_step refuse(struct scale_try *try, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(try->trouble, sizeof try->trouble, format, args);
	va_end(args);
	return SCALE_REFUSED;
}

static bool is_unknown(int status)
{
	return status == 0 || status == 408 || status >= 500;
}

static enum scale_step after_write(struct scale_try *try, const struct scale_heard *heard)
{
	if (heard->status >= 200 && heard->status < 300)
		return SCALE_ACCEPTED;
	/* A conflict may be with itself: a connection that breaks before an answer makes libcurl send it again. */
	if (heard->status == 409 || is_unknown(heard->status)) {
		try->maybe = try->maybe || is_unknown(heard->status);
		snprintf(try->trouble, sizeof try->trouble, "%s", heard->message);
		return SCALE_READ;
	}
	return refuse(try, "%s", heard->message);
}

static enum scale_step after_read(struct scale_try *try, const struct scale_heard *heard)
{
	if (heard->status < 200 || heard->status >= 300)
		return refuse(try, try->maybe ? "not known whether it was accepted: %s" : "%s", heard->message);
	/* As decided, after we had written: ours, or as good as ours. Before: another's. */
	if (heard->replicas == try->to && try->writes)
		return SCALE_ACCEPTED;
	if (heard->replicas != try->from)
		return refuse(try, "replicas were %d when it was decided, and are %d by now: left alone", try->from,
			      heard->replicas);
	if (try->writes >= SCALE_TRIES)
		return refuse(try, "written %u times, each in conflict or unanswered", try->writes);
	return SCALE_WRITE;
}

enum scale_step scale_after(struct scale_try *try, const struct scale_heard *heard)
{
	return heard->read ? after_read(try, heard) : after_write(try, heard);
}

const char *scale_body(struct json_put *put, const char *namespace_, const char *name, const char *version,
		       int32_t replicas, struct err *err)
{
	json_put_reset(put);
	json_put_object(put, NULL);
	json_put_text(put, "apiVersion", "autoscaling/v1");
	json_put_text(put, "kind", "Scale");
	json_put_object(put, "metadata");
	json_put_text(put, "name", name);
	json_put_text(put, "namespace", namespace_);
	json_put_text(put, "resourceVersion", version);
	json_put_end(put);
	json_put_object(put, "spec");
	json_put_int(put, "replicas", replicas);
	json_put_end(put);
	json_put_end(put);
	return json_put_done(put, err);
}

int scale_parse(const char *text, size_t size, int32_t *replicas, char version[SCALE_VERSION_MAX], struct err *err)
{
	struct json_value whole;
	if (json_value_parse("scale", text, size, &whole, err) < 0)
		return -1;
	struct json_value spec = json_in(whole, "spec");
	/* Zero is left out by the API. */
	int64_t found = json_int(json_in(spec, "replicas"), 0);
	if (!json_is_object(spec) || found < 0 || found > INT32_MAX)
		return err_set(err, "scale: spec.replicas: none, or beyond 0 to %d", INT32_MAX);
	size_t length = json_copy(json_path(whole, "metadata.resourceVersion"), version, SCALE_VERSION_MAX);
	if (length == 0 || length >= SCALE_VERSION_MAX)
		return err_set(err, "scale: metadata.resourceVersion: %zu bytes long, allowed: 1 to %d", length,
			       SCALE_VERSION_MAX - 1);
	*replicas = (int32_t)found;
	return 0;
}
