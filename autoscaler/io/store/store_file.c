#include "store.h"
#include "store_internal.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_VERSION     1
#define STORE_APPLICATION 0x504c494d /* "PLIM" */

int store_insert(sqlite3 *db, sqlite3_stmt **statement, const char *sql, const char *types, ...)
{
	va_list values;
	if (!*statement && sqlite3_prepare_v2(db, sql, -1, statement, NULL) != SQLITE_OK)
		return -1;
	va_start(values, types);
	for (int i = 0; types[i]; i++) {
		if (types[i] == 'i')
			sqlite3_bind_int64(*statement, i + 1, va_arg(values, int64_t));
		else if (types[i] == 'r')
			sqlite3_bind_double(*statement, i + 1, va_arg(values, double));
		else
			sqlite3_bind_text(*statement, i + 1, va_arg(values, const char *), -1, SQLITE_STATIC);
	}
	va_end(values);
	int status = sqlite3_step(*statement);
	sqlite3_reset(*statement);
	return status == SQLITE_DONE ? 0 : -1;
}

static int read_pragma(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	int version = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

/* A fresh file is ours to mark; any other must carry our mark. */
static int claim(sqlite3 *db, const char *path, bool fresh, struct err *err)
{
	char pragma[64];
	snprintf(pragma, sizeof pragma, "pragma application_id=%d; pragma user_version=%d", STORE_APPLICATION,
		 STORE_VERSION);
	if (fresh && sqlite3_exec(db, pragma, NULL, NULL, NULL) != SQLITE_OK)
		return err_set(err, "--store %s: %s", path, sqlite3_errmsg(db));
	int version = read_pragma(db, "pragma user_version"), application = read_pragma(db, "pragma application_id");
	if (version < 0)
		return err_set(err, "--store %s: %s", path, sqlite3_errmsg(db));
	if (application != STORE_APPLICATION)
		return err_set(err, "--store %s: not a store of this program", path);
	if (version != STORE_VERSION)
		return err_set(err, "--store %s: of version %d, expected %d", path, version, STORE_VERSION);
	return 0;
}

static int check_folder(const char *path, struct err *err)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) + 1 : 0;
	if (length >= sizeof folder)
		return err_set(err, "--store %.60s...: the path is too long", path);
	snprintf(folder, sizeof folder, "%.*s", (int)length, path);
	if (access(length ? folder : ".", W_OK) < 0)
		return err_set(err, "--store %s: %s", path, strerror(errno));
	return 0;
}

int store_check(const char *path, struct err *err)
{
	struct stat status;
	sqlite3 *db = NULL;
	if (stat(path, &status) < 0)
		return check_folder(path, err);
	int result = 0;
	if (!S_ISREG(status.st_mode))
		result = err_set(err, "--store %s: not a file", path);
	else if (access(path, W_OK) < 0)
		result = err_set(err, "--store %s: %s", path, strerror(errno));
	else if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		result = err_set(err, "--store %s: %s", path, db ? sqlite3_errmsg(db) : "out of memory");
	else if (status.st_size > 0)
		result = claim(db, path, false, err);
	sqlite3_close(db);
	return result;
}

int store_failed(const struct store *store, struct err *err)
{
	return err_set(err, "--store %s: %s; nothing was kept", store->path, sqlite3_errmsg(store->db));
}

int store_open(struct store *store, const char *path, const char *schema, struct err *err)
{
	struct stat before;
	bool made = stat(path, &before) < 0;
	*store = (struct store){.path = path, .made = made, .fresh = made || before.st_size == 0};
	if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		return err_set(err, "--store %s: %s", path, store->db ? sqlite3_errmsg(store->db) : "out of memory");
	if (claim(store->db, path, store->fresh, err) < 0)
		return -1;
	if (sqlite3_exec(store->db, "begin immediate", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(store->db, schema, NULL, NULL, NULL) != SQLITE_OK)
		return store_failed(store, err);
	return 0;
}

int store_close(struct store *store, int status, struct err *err)
{
	if (status == 0 && sqlite3_exec(store->db, "commit", NULL, NULL, NULL) != SQLITE_OK)
		status = store_failed(store, err);
	if (status < 0 && store->db)
		sqlite3_exec(store->db, "rollback", NULL, NULL, NULL);
	sqlite3_close(store->db);
	if (status < 0 && store->made)
		unlink(store->path);
	return status;
}
