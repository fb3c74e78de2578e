/* Scales written: all at once, each at most once. */
#include "../text/json_value.h"
#include "actuate_internal.h"
#include "live.h"

/* So many at once: kube-apiserver's HTTP/2 streams on a connection. Each is asked may_act when it goes out. */
#define SCALE_WINDOW 100u
#define SCALE_TRIES  3u

/* ---- one scale, as answers come ---- */

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
	/* One that was tried again may be in conflict with itself. */
	if (heard->status == 409 || is_unknown(heard->status)) {
		try->maybe = try->maybe || is_unknown(heard->status) || heard->tries > 1;
		snprintf(try->trouble, sizeof try->trouble, "%s", heard->message);
		return SCALE_READ;
	}
	return refuse(try, "%s", heard->message);
}

static enum scale_step after_read(struct scale_try *try, const struct scale_heard *heard)
{
	if (heard->status < 200 || heard->status >= 300)
		return refuse(try, try->maybe ? "not known whether it was accepted: %s" : "%s", heard->message);
	if (heard->replicas == try->to && try->maybe)
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

static const char *put_scale(struct json_put *put, const char *namespace_, const char *name, const char *version,
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

const char *scale_body(struct json_put *put, const struct live_target *target, const char *resource_version,
		       int32_t replicas, struct err *err)
{
	return put_scale(put, target->namespace_, target->name, resource_version, replicas, err);
}
