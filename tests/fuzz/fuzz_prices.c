/* Any bytes as one of the price lists, the others being good: a book with sane prices, or one message. */
#include "price.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const lists[][2] = {
    {"aws_instances.csv",
     "region,type,family,class,arch,vcpu,memory_gib,gpus,usd_per_hour,spot_usd_per_hour,source,as_of\n"
     "r,a.b,a,general,amd64,2,8,0,0.1,,me,2026-01-01\n"},
    {"azure_instances.csv",
     "region,type,family,class,arch,vcpu,memory_gib,gpus,usd_per_hour,spot_usd_per_hour,source,as_of\n"},
    {"gcp_unit_rates.csv",
     "region,family,usd_per_vcpu_hour,usd_per_gib_hour,spot_usd_per_vcpu_hour,spot_usd_per_gib_hour,source,as_of\n"
     "r,e2,0.02,0.003,0.01,,me,2026-01-01\n"},
    {"gcp_machine_types.csv", "type,family,class,arch,vcpu,charged_vcpu,memory_gib,source,as_of\n"
			      "e2-a,e2,general,amd64,2,0.5,8,me,2026-01-01\n"},
    {"fees.csv", "provider,region,item,name,value,unit,source,as_of,confidence\n"
		 "aws,*,control_plane,cp,0.1,u,s,d,high\naws,*,boot_disk,bd,0.08,u,s,d,high\n"
		 "aws,*,boot_disk_size,bd,20,u,s,d,high\naws,*,min_charge,m,60,u,s,d,high\n"
		 "gcp,*,control_plane,cp,0.1,u,s,d,high\ngcp,*,boot_disk,bd,0.08,u,s,d,high\n"
		 "gcp,*,boot_disk_size,bd,20,u,s,d,high\ngcp,*,min_charge,m,60,u,s,d,high\n"},
};

static char folder[] = "/tmp/plimsoll-fuzz-XXXXXX";

static void put(size_t list, const void *text, size_t size)
{
	char path[128];
	snprintf(path, sizeof path, "%s/prices/%s", folder, lists[list][0]);
	FILE *file = fopen(path, "w");
	if (!file || fwrite(text, 1, size, file) != size || fclose(file) != 0)
		abort();
}

static void clean_up(void)
{
	char path[128];
	for (size_t i = 0; i < COUNT(lists); i++) {
		snprintf(path, sizeof path, "%s/prices/%s", folder, lists[i][0]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/prices", folder);
	rmdir(path);
	rmdir(folder);
}

static void set_up(void)
{
	static bool ready;
	char path[128];
	if (ready)
		return;
	ready = true;
	if (!mkdtemp(folder) || snprintf(path, sizeof path, "%s/prices", folder) < 0 || mkdir(path, 0700) != 0)
		abort();
	for (size_t i = 0; i < COUNT(lists); i++)
		put(i, lists[i][1], strlen(lists[i][1]));
	atexit(clean_up);
}

static void read_region(const char *region)
{
	struct price_book book;
	struct err err = {""};
	if (price_book_read(folder, region, &book, &err) < 0) {
		if (!err.message[0])
			abort();
		return;
	}
	for (uint32_t i = 0; i < book.n_types; i++) {
		struct allocatable node;
		const struct instance_type *found;
		node_allocatable(&book.types[i], &node);
		if (book.types[i].price_nano_per_hour < 0 || node.cpu_milli < 0 || node.memory_bytes < 0)
			abort();
		if (price_book_find(&book, book.types[i].name, &found, &err) < 0 || found != &book.types[i])
			abort();
	}
	price_book_free(&book);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	set_up();
	if (size == 0)
		return 0;
	size_t list = data[0] % COUNT(lists);
	put(list, data + 1, size - 1);
	read_region("aws/r");
	read_region("gcp/r");
	put(list, lists[list][1], strlen(lists[list][1]));
	return 0;
}
