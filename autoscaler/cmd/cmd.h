/* The command line: one table of verbs, one table of options a verb. Parsing, help, man page and completion walk
 * them. Private to autoscaler/cmd. */
#ifndef PLIMSOLL_CMD_H
#define PLIMSOLL_CMD_H

#include "base.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_DIFFERENT = 1, /* a check was made, and it failed */
	EXIT_REFUSED = 2,   /* bad input, or something needed is not to be had; nothing was written */
};

struct option_row {
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* NULL: takes none */
	const char *help;
};

struct verb {
	const char *name, *summary, *synopsis, *description;
	const struct option_row *options;
	size_t n_options;
	const struct verb *const *under; /* what may follow it, ending with NULL; NULL: nothing */
	int (*run)(const struct verb *, int argc, char **argv); /* argv[0] is the verb */
};

extern const struct verb verb_run, verb_record, verb_import, verb_explain, verb_replay, verb_sim, verb_bill,
    verb_compare, verb_commit, verb_price, verb_crd, verb_help;
/* NULL beyond the last. */
#define VERBS_MAX 16
const struct verb *verb_at(size_t index);

/* What a verb does with one of its options: the row, and its value (NULL where it takes none). */
typedef int option_take(void *self, int row, const char *value, struct err *);
/* Gives every option of argv to `take`, --help aside. 0: the other arguments begin at argv[*rest]; 1: help was asked
 * for, and has been printed; -1 with a message. */
int options_parse(const struct verb *, int argc, char **argv, option_take *take, void *self, int *rest, struct err *);
/* The value of --OPTION as a whole number within bounds. */
int option_whole(const char *option, const char *text, int64_t least, int64_t most, int64_t *, struct err *);

/* Rows that several verbs have. */
/* clang-format off */
#define OPTION_HELP   {"help", 'h', NULL, "this text"}
#define OPTION_OUTPUT {"output", 'o', "table|json|csv", "form of the result (table)"}
#define OPTION_PRICE  {"price", 0, "CLOUD/REGION", "price list, such as aws/us-east-1 (`plimsoll price` lists them)"}
/* clang-format on */

/* Prints "plimsoll VERB: MESSAGE" and returns EXIT_REFUSED. */
int verb_refuse(const struct verb *, const struct err *);
/* Text folded at 80 columns, from a column that is reached already, continued at an indent. */
void fold(FILE *, const char *text, int column, int indent);
/* Prints a verb's help. */
void verb_help_print(const struct verb *, FILE *);

#endif
