#include "web_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define BACKLOG 64

#define ALLOWED "allowed: ADDRESS:PORT (127.0.0.1:8080, [::1]:8080), or :PORT for all addresses"

/* "[::1]:80" as "::1" and "80"; an empty host stands for every address. */
static int split(const char *address, char *host, size_t size, const char **port, struct err *err)
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;
	bool bracketed = length >= 2 && address[0] == '[' && address[length - 1] == ']';
	const char *from = bracketed ? address + 1 : address;
	if (bracketed)
		length -= 2;
	if (!colon || length >= size || (!bracketed && memchr(address, ':', length)))
		return err_set(err, "--listen %.60s: is no address; " ALLOWED, address);
	memcpy(host, from, length);
	host[length] = 0;
	*port = colon + 1;
	char *end;
	long number = strtol(*port, &end, 10);
	if (strspn(*port, "0123456789") == 0 || *end || number > 65535)
		return err_set(err, "--listen %.60s: port %.20s: expected 0 to 65535", address, *port);
	return 0;
}

/* Negative with errno. */
static int listen_at(const struct addrinfo *info)
{
	int on = 1, off = 0, fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (info->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int because = errno;
	close(fd);
	errno = because;
	return -1;
}

static bool is_loopback(const struct sockaddr_storage *at)
{
	if (at->ss_family == AF_INET6) {
		const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)at)->sin6_addr;
		return IN6_IS_ADDR_LOOPBACK(six);
	}
	return ntohl(((const struct sockaddr_in *)(const void *)at)->sin_addr.s_addr) >> 24 == 127;
}

static void describe(int fd, char *where, size_t size, bool *loopback)
{
	struct sockaddr_storage at = {0};
	socklen_t length = sizeof at;
	char host[64] = "", port[8] = "";
	getsockname(fd, (struct sockaddr *)(void *)&at, &length);
	getnameinfo((const struct sockaddr *)(const void *)&at, length, host, sizeof host, port, sizeof port,
		    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(where, size, at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	*loopback = is_loopback(&at);
}

int web_listen(const char *address, char *where, size_t size, bool *loopback, struct err *err)
{
	/* Every address: those of IPv6, which takes IPv4 along, unless the machine has none. */
	static const char *const all[] = {"::", "0.0.0.0"};
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	char host[64];
	const char *port = NULL;
	int fd = -1;
	if (split(address, host, sizeof host, &port, err) < 0)
		return -1;
	for (size_t i = 0; fd < 0 && i < (*host ? 1 : COUNT(all)); i++) {
		struct addrinfo *info = NULL;
		if (getaddrinfo(*host ? host : all[i], port, &hints, &info) != 0)
			return err_set(err, "--listen %.60s: %.60s is no address; " ALLOWED, address, host);
		fd = listen_at(info);
		freeaddrinfo(info);
	}
	if (fd < 0)
		return err_set(err, "--listen %.60s: %s", address, strerror(errno));
	describe(fd, where, size, loopback);
	return fd;
}

bool web_host_is_local(const char *host)
{
	char name[64];
	size_t length = strcspn(host, *host == '[' ? "]" : ":");
	length += *host == '[' && host[length] == ']';
	const char *rest = host + length;
	if (length >= sizeof name || (*rest && (*rest != ':' || rest[1 + strspn(rest + 1, "0123456789")])))
		return false;
	memcpy(name, host, length);
	name[length] = 0;
	struct in_addr four;
	if (strcmp(name, "[::1]") == 0 || strcasecmp(name, "localhost") == 0)
		return true;
	return inet_pton(AF_INET, name, &four) == 1 && ntohl(four.s_addr) >> 24 == 127;
}
