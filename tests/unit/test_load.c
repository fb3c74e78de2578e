#include "load.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static int parse(const char *text, struct load *load, struct err *err)
{
	return load_parse("x.csv", text, strlen(text), 1, 0, load, err);
}

static struct load read_text(const char *text)
{
	struct load load;
	struct err err;
	if (parse(text, &load, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return load;
}

/* Refused, with all of `says` in the message, and nothing left behind (the sanitizer would tell). */
static void refused(const char *text, const char *says)
{
	struct load load;
	struct err err = {""};
	if (parse(text, &load, &err) == 0)
		fail_msg("accepted: %s", text);
	if (!strstr(err.message, says))
		fail_msg("'%s' is not in: %s", says, err.message);
	assert_null(load.arena.blocks);
}

static void test_plain_file(void **state)
{
	(void)state;
	struct load load = read_text("time,cpu\n2009-12-01T00:00:00Z,1.5\n2009-12-01T00:10:00Z,0\n"
				     "2009-12-01T00:20:00Z,2.000000001\n");
	assert_int_equal(load.n_series, 1);
	const struct load_series *s = load.series;
	assert_null(s->workload);
	assert_null(s->memory_bytes);
	assert_null(s->requests_milli);
	assert_int_equal(s->n_metrics, 0);
	assert_int_equal(s->n, 3);
	assert_int_equal(s->time[1], INT64_C(1259626200000));
	assert_int_equal(s->cpu_nano[0], 1500000000);
	assert_int_equal(s->cpu_nano[1], 0);
	assert_int_equal(s->cpu_nano[2], 2000000001);
	assert_int_equal(load.from, s->time[0]);
	assert_int_equal(load.step, 10 * MINUTE_MS);
	assert_int_equal(load.until, s->time[2] + 10 * MINUTE_MS);
	load_free(&load);
	assert_null(load.arena.blocks);
}

/* The same two points, as people write them. */
static void test_spellings(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "time,cpu\n0,1\n300,2\n",
	    "0,1\n300,2\n",
	    "0,1\r\n300,2",
	    "\xef\xbb\xbftime,cpu\n0,1\n300,2\n",
	    "\"Timestamp\", CPU Cores\n 0 , 1 \n\" 300 \",\t2 \n",
	    "ds,y\n0,1\n5m,2\n",
	    "cpu,seconds\n1,0\n2,300\n",
	    "y,ts\n1,0\n2,300.0\n",
	    "TIME,Cores\n0s,1000m\n5m0s,2000000u\n",
	    "1970-01-01,1e0\n1970-01-01 00:05:00,20e-1\n",
	    "time,cpu,note\n0,1,start\n300,2,\n",
	    "\n\ntime,cpu\n\n0,1\n\n300,+2.\n\n",
	    "time;x,cpu\n0,1\n300,2\n",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct load load = read_text(texts[i]);
		assert_int_equal(load.n_series, 1);
		assert_int_equal(load.series->n, 2);
		assert_int_equal(load.series->time[0], 0);
		assert_int_equal(load.series->time[1], 300000);
		assert_int_equal(load.series->cpu_nano[0], NANO);
		assert_int_equal(load.series->cpu_nano[1], 2 * NANO);
		assert_int_equal(load.series->n_metrics, 0);
		load_free(&load);
	}
}

static void test_all_columns(void **state)
{
	(void)state;
	struct load load = read_text("workload,time,queue depth,cpu,memory,rps,zone\n"
				     "web,0,,1,1Gi,100.25,eu\n"
				     "cart,0,7.5,0.25,536870912,0,us\n"
				     "web,60,3,2,2G,,eu\n"
				     "cart,90,0,0.5,1e9,1,us\n");
	assert_int_equal(load.n_series, 2);
	const struct load_series *web = &load.series[0], *cart = &load.series[1];
	assert_string_equal(web->workload, "web");
	assert_string_equal(cart->workload, "cart");
	assert_int_equal(web->memory_bytes[0], GIB);
	assert_int_equal(web->memory_bytes[1], 2000000000);
	assert_int_equal(cart->memory_bytes[1], 1000000000);
	assert_int_equal(web->requests_milli[0], 100250);
	assert_true(web->requests_milli[1] < 0);
	assert_int_equal(web->n_metrics, 1); /* the zone is text */
	assert_string_equal(web->metrics[0].name, "queue depth");
	assert_true(web->metrics[0].milli[0] < 0);
	assert_int_equal(web->metrics[0].milli[1], 3000);
	assert_int_equal(cart->metrics[0].milli[0], 7500);
	assert_int_equal(cart->time[1], 90000);
	assert_int_equal(load.step, 60000); /* the lower of 60 and 90 */
	assert_int_equal(load.until, 150000);
	load_free(&load);
}

static void test_single_point(void **state)
{
	(void)state;
	struct load load = read_text("time,cpu\n2020-02-29,3\n");
	assert_int_equal(load.step, 60000);
	assert_int_equal(load.until - load.from, 60000);
	load_free(&load);
}

static void test_median_spacing(void **state)
{
	(void)state;
	struct load load = read_text("0,1\n10,1\n20,1\n1000,1\n1010,1\n5000,1\n");
	assert_int_equal(load.step, 10000);
	load_free(&load);
}

static void test_scale_and_requests(void **state)
{
	(void)state;
	struct load load;
	struct err err;
	const char *text = "time,cpu,rps\n0,1.5,10\n60,0.1,20\n";
	assert_int_equal(load_parse("x", text, strlen(text), 2, 0.5, &load, &err), 0);
	assert_int_equal(load.series->cpu_nano[0], 3 * NANO);
	assert_int_equal(load.series->cpu_nano[1], NANO / 5);
	assert_int_equal(load.series->requests_milli[1], 40000);
	load_free(&load);
	text = "time,requests\n0,10\n60,0.001\n";
	assert_int_equal(load_parse("x", text, strlen(text), 2, 0.05, &load, &err), 0);
	assert_int_equal(load.series->cpu_nano[0], NANO);
	assert_int_equal(load.series->cpu_nano[1], 100000);
	assert_int_equal(load.series->requests_milli[1], 2);
	load_free(&load);
	assert_true(load_parse("x", text, strlen(text), 1, 0, &load, &err) < 0);
	assert_non_null(strstr(err.message, "--set load.cpu_per_request="));
	const double bad[] = {NAN, INFINITY, -1, 1e300};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_true(load_parse("x", text, strlen(text), bad[i], 0.05, &load, &err) < 0);
		assert_true(load_parse("x", text, strlen(text), 1, bad[i], &load, &err) < 0);
	}
	assert_true(load_parse("x", text, strlen(text), 0, 0.05, &load, &err) < 0);
	assert_true(load_parse("x", text, strlen(text), 1, 1e6, &load, &err) < 0);
	assert_non_null(strstr(err.message, "x:2: column requests: '10' times 1e+06 is too large"));
}

static void test_refusals(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"", "x.csv: is empty"},
	    {"\n\n", "is empty"},
	    {"time,cpu\n", "no rows after the header"},
	    {"time\n0\n", "x.csv:1: one column, 'time'"},
	    {"time;cpu\n0;1\n", "one column"},
	    {"cpu,memory,workload\n1,2,a\n",
	     "no time column among cpu, memory, workload; allowed names: time, timestamp"},
	    {"time,memory\n0,1\n", "no cpu column among time, memory; allowed names: cpu, cpu_cores"},
	    {"time,load,other\n0,1,2\n", "no cpu column"},
	    {"time,timestamp,cpu\n0,0,1\n", "columns 'time' and 'timestamp' are both read as the time"},
	    {"time,CPU,cores\n0,0,1\n", "columns 'CPU' and 'cores' are both read as the cpu"},
	    {"time,cpu,a,a\n0,0,1,1\n", "columns 'a' and 'a' are both read as the same metric"},
	    {"time,cpu,\n0,0,1\n", "column 3 has no name"},
	    {"0,1,2\n", "no header"},
	    {"minute,cpu\n0,1\n",
	     "column 'minute' is not taken for the time by its place; if it holds times or seconds"},
	    {"time,CPU Percent\n0,1\n",
	     "'CPU Percent' is not taken for the cpu by its place; if it holds cores, name it cpu"},

	    {"time,cpu\n0,1\n60\n", "x.csv:3: 1 fields; there are 2"},
	    {"time,cpu\n0,1,2\n", "x.csv:2: 3 fields"},
	    {"time,cpu\n0,NaN\n", "x.csv:2: column cpu: 'NaN' is not a number; allowed: cores such as 1.5 or 250m"},
	    {"time,Cores\n0,inf\n", "column Cores: 'inf' is not a number"},
	    {"time,cpu\n0,-1\n", "'-1' is negative"},
	    {"time,cpu\n0,-100m\n", "'-100m' is negative"},
	    {"time,cpu\n0,1e300\n", "'1e300' is too large; allowed: cores such as 1.5 or 250m, from 0 to 1000000"},
	    {"time,cpu\n0,1000000.1\n", "too large"},
	    {"time,cpu\n0,1Ei\n", "too large"},
	    {"time,cpu\n0,1e99999999999999999999\n", "too large"},
	    {"time,cpu\n0,\n", "x.csv:2: column cpu is empty; allowed"},
	    {"time,cpu\n0,0x10\n", "not a number"},
	    {"time,cpu\n0,1 2\n", "not a number"},
	    {"time,cpu\n0,1.2.3\n", "not a number"},
	    {"time,cpu\n0,\".\"\n", "not a number"},
	    {"time,cpu,memory\n0,1,\n", "column memory is empty"},
	    {"time,cpu,memory\n0,1,lots\n", "bytes, or a quantity such as 2Gi"},
	    {"time,cpu,q\n0,1,nan\n", "column q: 'nan' is not a number"},
	    {"time,cpu,q\n0,1,1\n60,1,x\n", "x.csv:3: column q: 'x' is not a number"},
	    {"time,cpu,q\n0,1,-4\n", "column q: '-4' is negative"},
	    {"time,rps,cpu\n0,-4,1\n", "column rps: '-4' is negative"},
	    {"time,cpu\nyesterday,1\n", "x.csv:2: column time: 'yesterday' is not a time; allowed: a date"},
	    {"time,cpu\n,1\n", "'' is not a time"},
	    {"time,cpu\n0,1\n60,1\n30,1\n", "x.csv:4: time '30' is before that on line 3"},
	    {"time,cpu\n0,1\n60,1\n\n1m,1\n", "x.csv:5: time '1m' is the same as on line 3"},
	    {"time,cpu,workload\n0,1,a\n0,1,b\n5,1,a\n0,1,b\n",
	     "x.csv:5: time '0' of workload 'b' is the same as on line 3"},
	    {"time,cpu,workload\n0,1,\n", "column workload: '' is no name"},
	    {"time,cpu\n0,\x01\n", "x.csv:2: byte \\x01"},
	    {"PK\x03\x04zip", "x.csv:1: byte \\x03"},
	    {"time,cpu\n0,1\n60,\x1b[31m\n", "x.csv:3"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		refused(cases[i].text, cases[i].says);
}

static void test_nul_bytes_refused(void **state)
{
	(void)state;
	struct load load;
	struct err err;
	static const char zeros[100000];
	assert_true(load_parse("x", zeros, sizeof zeros, 1, 0, &load, &err) < 0);
	assert_non_null(strstr(err.message, "\\x00"));
}

/* Cells above LOAD_MAX_CORES come from long digit strings too; the last digit decides. */
static void test_numbers_are_exact(void **state)
{
	(void)state;
	static const struct {
		const char *cell;
		int64_t nano;
	} cases[] = {
	    {"0.0000000005", 1}, /* half up */
	    {"0.00000000049999999999999999999999", 0},
	    {"0.1", 100000000},
	    {"0.123456789", 123456789},
	    {"0.1234567895", 123456790},
	    {"123456.0123456785", 123456012345679},
	    {"1000000", 1000000 * NANO},
	    {"000000000000000000000000000000001", NANO},
	    {"1.00000000000000000000000000000000000000000000", NANO},
	    {"1000000000000000000000e-18", 1000 * NANO},
	    {"0.000000000000000000000001e24", NANO},
	    {"1e-300", 0},
	    {"-0", 0},
	    {"-0.0e5", 0},
	    {".5", NANO / 2},
	    {"1n", 1},
	    {"0.1n", 1}, /* a quantity is rounded up */
	    {"1k", 1000 * NANO},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[100];
		snprintf(text, sizeof text, "time,cpu\n0,%s\n", cases[i].cell);
		struct load load = read_text(text);
		if (load.series->cpu_nano[0] != cases[i].nano)
			fail_msg("%s read as %lld", cases[i].cell, (long long)load.series->cpu_nano[0]);
		load_free(&load);
	}
}

static void test_large_numbers_are_exact(void **state)
{
	(void)state;
	struct load load = read_text("time,cpu,memory,q\n0,0,999999999999999999,999999999999999.9995\n"
				     "1,0,123456789012345678.5,123456789012345.678\n");
	assert_int_equal(load.series->memory_bytes[0], INT64_C(999999999999999999));
	assert_int_equal(load.series->memory_bytes[1], INT64_C(123456789012345679));
	assert_int_equal(load.series->metrics[0].milli[0], INT64_C(1000000000000000000));
	assert_int_equal(load.series->metrics[0].milli[1], INT64_C(123456789012345678));
	load_free(&load);
}

static void test_random_numbers(void **state)
{
	(void)state;
	unsigned seed = (unsigned)time(NULL);
	printf("seed %u\n", seed);
	for (size_t i = 0; i < 20000; i++) {
		int64_t nano = (int64_t)(rand_r(&seed) % 1000000) * NANO + rand_r(&seed) % NANO;
		char text[100];
		snprintf(text, sizeof text, "0,%lld.%09lld\n", (long long)(nano / NANO), (long long)(nano % NANO));
		struct load load = read_text(text);
		assert_int_equal(load.series->cpu_nano[0], nano);
		load_free(&load);
	}
}

static void test_time_spellings(void **state)
{
	(void)state;
	const ms_t origin = INT64_C(1000000000000);
	static const struct {
		const char *text;
		ms_t ms;
	} cases[] = {
	    {"2011-11-01", INT64_C(1320105600000)},
	    {"2011-11-01 09:30", INT64_C(1320139800000)},
	    {"2011-11-01 09:30:00", INT64_C(1320139800000)},
	    {"2011-11-01T09:30:00", INT64_C(1320139800000)},
	    {"2011-11-01t09:30:00z", INT64_C(1320139800000)},
	    {"2011-11-01T09:30:00Z", INT64_C(1320139800000)},
	    {"2011-11-01 09:30:00 UTC", INT64_C(1320139800000)},
	    {"2011-11-01T10:30:00+01:00", INT64_C(1320139800000)},
	    {"2011-11-01 10:30:00 +0100", INT64_C(1320139800000)},
	    {"2011-10-31T23:00:00-10:30", INT64_C(1320139800000)},
	    {"2011-11-01T09:30:00.25Z", INT64_C(1320139800250)},
	    {"2011-11-01T09:30:00.0004999Z", INT64_C(1320139800000)},
	    {"2011-11-01T09:30:00.9996Z", INT64_C(1320139801000)},
	    {"2000-02-29", INT64_C(951782400000)},
	    {"1970-01-01T01:00:00+01:00", 0},
	    {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
	    {"1320139800", INT64_C(1320139800000)},
	    {"1320139800.5", INT64_C(1320139800500)},
	    {"1.3201398e9", INT64_C(1320139800000)},
	    {"1320139800500", INT64_C(1320139800500)},
	    {"100000000", INT64_C(100000000000)},
	    {"99999999", INT64_C(1000000000000) + INT64_C(99999999000)},
	    {"0", INT64_C(1000000000000)},
	    {"90s", INT64_C(1000000090000)},
	    {"5m", INT64_C(1000000300000)},
	    {"1h30m", INT64_C(1000005400000)},
	    {"2d", INT64_C(1000172800000)},
	    {"1500ms", INT64_C(1000000001500)},
	    {"0.5h", INT64_C(1000001800000)},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		ms_t ms = -1;
		struct err err;
		if (time_parse(cases[i].text, origin, &ms, &err) < 0)
			fail_msg("%s", err.message);
		if (ms != cases[i].ms)
			fail_msg("%s read as %lld", cases[i].text, (long long)ms);
	}
}

static void test_time_refusals(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "",
	    " ",
	    "x",
	    "-1",
	    "-5m",
	    "5 m",
	    "5",
	    "2011",
	    "2011-11",
	    "2011-13-01",
	    "2011-00-01",
	    "2011-11-31",
	    "2011-02-29",
	    "1900-02-29",
	    "2011-11-00",
	    "2011-11-01T",
	    "2011-11-01T24:00:00",
	    "2011-11-01T09",
	    "2011-11-01T09:60:00",
	    "2011-11-01T09:30:61",
	    "2011-11-01T09:30:00.",
	    "2011-11-01T09:30:00+24:00",
	    "2011-11-01T09:30:00+1",
	    "2011-11-01T09:30:00 ",
	    "2011-11-01T09:30:00Zx",
	    "2011-11-01T09:30:00 UT",
	    "1969-12-31",
	    "10000-01-01",
	    "1e300",
	    "nan",
	    "inf",
	    "1e20",
	    "99999999999999999",
	    "300000000000000",
	    "5M",
	    "5y",
	    "1h30",
	    "99999999999999999999d",
	    "1970-01-01T00:00:00+00:01",
	    "\n",
	    "01/11/2011",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		ms_t ms = 77;
		struct err err = {""};
		if (strcmp(texts[i], "5") == 0 || strcmp(texts[i], "2011") == 0)
			continue; /* seconds */
		if (time_parse(texts[i], 0, &ms, &err) == 0)
			fail_msg("'%s' read as %lld", texts[i], (long long)ms);
		assert_int_equal(ms, 77);
		assert_non_null(strstr(err.message, "allowed"));
	}
	ms_t ms;
	struct err err;
	assert_true(time_parse("1", INT64_MAX, &ms, &err) < 0);
	assert_true(time_parse("1d", INT64_MAX - 1, &ms, &err) < 0);
	assert_true(time_parse("1", INT64_MIN, &ms, &err) < 0);
}

/* Every day from 1970 to 2399 is one day after the last, in a calendar of its own. */
static void test_calendar(void **state)
{
	(void)state;
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	ms_t expected = 0;
	for (int year = 1970; year < 2400; year++)
		for (int month = 1; month <= 12; month++) {
			bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
			int days = lengths[month - 1] + (month == 2 && leap);
			for (int day = 1; day <= days; day++, expected += DAY_MS) {
				char text[32];
				ms_t ms;
				struct err err;
				snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
				assert_int_equal(time_parse(text, 0, &ms, &err), 0);
				assert_int_equal(ms, expected);
			}
		}
}

static void test_many_workloads(void **state)
{
	(void)state;
	enum { WORKLOADS = 500, ROUNDS = 20 };
	char *text = malloc(WORKLOADS * ROUNDS * 40 + 100), *at = text;
	assert_non_null(text);
	at += sprintf(at, "time,workload,cpu\n");
	for (int t = 0; t < ROUNDS; t++)
		for (int w = 0; w < WORKLOADS; w++) {
			int id = t % 2 ? w : (w * 7 + 3) % WORKLOADS; /* in order, and not */
			at += sprintf(at, "%d,w%d,%d\n", t * 60, id, id * 100 + t);
		}
	struct load load = read_text(text);
	assert_int_equal(load.n_series, WORKLOADS);
	for (uint32_t i = 0; i < load.n_series; i++) {
		int id = atoi(load.series[i].workload + 1);
		assert_int_equal(load.series[i].n, ROUNDS);
		for (int t = 0; t < ROUNDS; t++)
			assert_int_equal(load.series[i].cpu_nano[t], (id * 100 + t) * NANO);
	}
	assert_string_equal(load.series[0].workload, "w3");
	load_free(&load);
	free(text);
}

static void test_too_many_workloads(void **state)
{
	(void)state;
	char *text = malloc((LOAD_MAX_WORKLOADS + 1) * 20 + 100), *at = text;
	assert_non_null(text);
	at += sprintf(at, "time,workload,cpu\n");
	for (int w = 0; w <= LOAD_MAX_WORKLOADS; w++)
		at += sprintf(at, "0,w%d,1\n", w);
	refused(text, "x.csv:10002: more than 10000 workloads");
	free(text);
}

static void write_file(const char *path, const void *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static size_t read_file(const char *path, char *bytes, size_t size)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t n = fread(bytes, 1, size, file);
	fclose(file);
	return n;
}

static void write_gzip(const char *path, int rows)
{
	gzFile file = gzopen(path, "wb");
	assert_non_null(file);
	gzputs(file, "time,cpu\n");
	for (int i = 0; i < rows; i++)
		gzprintf(file, "%d,%d.5\n", i * 60, (i * 7919) % 1000);
	assert_int_equal(gzclose(file), Z_OK);
}

static void test_files(void **state)
{
	(void)state;
	char path[] = "/tmp/plimsoll-load-XXXXXX", bytes[1 << 16];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	struct load load;
	struct err err;
	write_gzip(path, 5000);
	assert_int_equal(load_read(path, 1, 0, &load, &err), 0);
	assert_int_equal(load.series->n, 5000);
	assert_int_equal(load.series->cpu_nano[4999], (int64_t)(4999 * 7919 % 1000) * NANO + NANO / 2);
	load_free(&load);

	size_t size = read_file(path, bytes, sizeof bytes);
	write_file(path, bytes, size / 2); /* cut off */
	assert_true(load_read(path, 1, 0, &load, &err) < 0);
	assert_non_null(strstr(err.message, "cut off"));
	bytes[size / 2] ^= 0x55; /* damaged */
	write_file(path, bytes, size);
	assert_true(load_read(path, 1, 0, &load, &err) < 0);
	assert_non_null(strstr(err.message, path));

	write_file(path, "time,cpu\n0,1\n", 13);
	assert_int_equal(load_read(path, 1, 0, &load, &err), 0);
	load_free(&load);
	write_file(path, "", 0);
	assert_true(load_read(path, 1, 0, &load, &err) < 0);
	assert_non_null(strstr(err.message, "is empty"));
	unlink(path);
	assert_true(load_read(path, 1, 0, &load, &err) < 0);
	assert_non_null(strstr(err.message, "No such file"));
	assert_true(load_read("/tmp", 1, 0, &load, &err) < 0);
	assert_non_null(strstr(err.message, "irectory"));
	assert_true(load_read("/dev/zero", 1, 0, &load, &err) < 0);
}

/* Run from the top of the source tree. */
static void test_shipped_load(void **state)
{
	(void)state;
	struct load load;
	struct err err;
	if (load_read("data/loads/online_retail.csv.gz", 1, 0, &load, &err) < 0)
		fail_msg("%s", err.message);
	const struct load_series *s = load.series;
	assert_int_equal(load.n_series, 1);
	assert_int_equal(s->n, 106304);
	assert_int_equal(load.step, 10 * MINUTE_MS);
	assert_int_equal(s->n_metrics, 2);
	int64_t peak = 0, sum = 0;
	for (uint32_t i = 0; i < s->n; i++) {
		peak = max64(peak, s->cpu_nano[i]);
		sum += s->cpu_nano[i] / 1000;
		int64_t requests = 20000 + 20 * (s->metrics[0].milli[i] * 800 + s->metrics[1].milli[i] * 20) / 600;
		assert_true(llabs(s->requests_milli[i] - requests) <= 10);
		assert_true(llabs(s->cpu_nano[i] - requests * 30000) <= 100000);
	}
	assert_true(peak > 30 * NANO && peak < 50 * NANO);
	assert_true(sum / s->n > 1000000 && sum / s->n < 1500000);
	load_free(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain_file),
	    cmocka_unit_test(test_spellings),
	    cmocka_unit_test(test_all_columns),
	    cmocka_unit_test(test_single_point),
	    cmocka_unit_test(test_median_spacing),
	    cmocka_unit_test(test_scale_and_requests),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_nul_bytes_refused),
	    cmocka_unit_test(test_numbers_are_exact),
	    cmocka_unit_test(test_large_numbers_are_exact),
	    cmocka_unit_test(test_random_numbers),
	    cmocka_unit_test(test_time_spellings),
	    cmocka_unit_test(test_time_refusals),
	    cmocka_unit_test(test_calendar),
	    cmocka_unit_test(test_many_workloads),
	    cmocka_unit_test(test_too_many_workloads),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_shipped_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
