#include "cmd.h"

#include "nearest.h"
#include "settings.h"
#include "smooth.h"

void fold(FILE *out, const char *text, int column, int indent)
{
	while (*text) {
		int word = (int)strcspn(text, " \n");
		if (column + word > 79 && column > indent) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		}
		fprintf(out, "%.*s", word, text);
		column += word;
		text += word;
		if (*text == '\n') {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
			text++;
		} else if (*text == ' ') {
			if (column + 1 + (int)strcspn(text + 1, " \n") <= 79)
				fputc(' ', out);
			column++;
			text++;
		}
	}
	fputc('\n', out);
}

static void option_name(const struct option_row *row, char *text, size_t size)
{
	char letter[8] = "    ";
	if (row->letter)
		snprintf(letter, sizeof letter, "-%c, ", row->letter);
	snprintf(text, size, "%s--%s%s%s", letter, row->name, row->argument ? " " : "",
		 row->argument ? row->argument : "");
}

/* Length of the paragraph at text; it is an example, to be shown as it is, when it has lines. */
static size_t paragraph(const char *text, bool *example)
{
	const char *end = strstr(text, "\n\n");
	size_t length = end ? (size_t)(end - text) : strlen(text);
	*example = memchr(text, '\n', length) != NULL;
	return length;
}

static void description(FILE *out, const char *text)
{
	while (*text) {
		bool example;
		char words[2048];
		size_t length = paragraph(text, &example);
		snprintf(words, sizeof words, "%.*s", (int)length, text);
		if (example)
			fprintf(out, "%s\n", words);
		else
			fold(out, words, 0, 0);
		text += length + strspn(text + length, "\n");
		if (*text)
			fprintf(out, "\n");
	}
}

void verb_help_print(const struct verb *verb, FILE *out)
{
	int column = fprintf(out, "Usage: plimsoll %s ", verb->name);
	fold(out, verb->synopsis, column, column);
	fprintf(out, "\n");
	description(out, verb->description);
	if (verb->n_options)
		fprintf(out, "\nOptions:\n");
	for (size_t i = 0; i < verb->n_options; i++) {
		char name[80];
		option_name(&verb->options[i], name, sizeof name);
		fprintf(out, "  %-26s", name);
		if (strlen(name) > 25)
			fprintf(out, "\n%28s", "");
		fold(out, verb->options[i].help, 28, 28);
	}
	for (size_t i = 0; verb->under && verb->under[i]; i++) {
		fprintf(out, "%s  %-26s", i ? "" : "\nVerbs under it, each with a --help of its own:\n",
			verb->under[i]->name);
		fold(out, verb->under[i]->summary, 28, 28);
	}
}

static void help_overview(FILE *out)
{
	fprintf(out,
		"Plimsoll %s: what a Kubernetes autoscaling policy costs and risks,\nbefore production sees it.\n\n"
		"Usage: plimsoll VERB [options]\n\n",
		PLIMSOLL_VERSION);
	for (size_t i = 0; verb_at(i); i++) {
		fprintf(out, "  %-8s ", verb_at(i)->name);
		fold(out, verb_at(i)->summary, 11, 11);
	}
	fprintf(out, "\n  plimsoll help VERB       options of a verb\n"
		     "  plimsoll help settings   every parameter of --set, with its default\n"
		     "  plimsoll --version\n\n"
		     "Exit status: 0 done; 1 a check failed; 2 refused, and one message says why.\n");
}

static void help_settings(FILE *out)
{
	fprintf(out, "Settings, given as --set KEY=VALUE. Defaults are upstream's where it has one.\n"
		     "`plimsoll run` goes by hpa, guard, ca and metrics.resolution; the others are of\n"
		     "the simulated world.\n");
	for (size_t i = 0; settings_row(i); i++) {
		const struct setting_row *row = settings_row(i);
		fprintf(out, "\n  %s=%s  (%s)\n%6s", row->key, *row->fallback ? row->fallback : "\"\"",
			settings_type(i), "");
		fold(out, row->help, 6, 6);
	}
	fprintf(out, "\nSmoothing (hpa.smoothing, or the annotation plimsoll.dev/smoothing):\n");
	for (size_t i = 0; i < SMOOTH_KINDS; i++) {
		fprintf(out, "\n  %s%s%s\n%6s", smooth_rows[i].name, *smooth_rows[i].parameters ? "  " : "",
			smooth_rows[i].parameters, "");
		fold(out, smooth_rows[i].help, 6, 6);
	}
}

/* ---- for install: made from the same tables ---- */

static void roff_text(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((i == 0 || text[i - 1] == '\n') && (text[i] == '.' || text[i] == '\''))
			fputs("\\&", out);
		if (text[i] == '-')
			fputs("\\-", out);
		else if (text[i] == '\\')
			fputs("\\e", out);
		else
			fputc(text[i], out);
	}
	fputc('\n', out);
}

static void roff(FILE *out, const char *text)
{
	for (bool first = true; *text; first = false) {
		bool example;
		size_t length = paragraph(text, &example);
		if (!first)
			fputs(".PP\n", out);
		if (example)
			fputs(".nf\n", out);
		roff_text(out, text, length);
		if (example)
			fputs(".fi\n", out);
		text += length + strspn(text + length, "\n");
	}
}

static void man_verb(FILE *out, const struct verb *verb)
{
	fprintf(out, ".SS ");
	fprintf(out, "plimsoll %s ", verb->name);
	roff(out, verb->synopsis);
	roff(out, verb->description);
	for (size_t o = 0; o < verb->n_options; o++) {
		char name[80];
		option_name(&verb->options[o], name, sizeof name);
		fprintf(out, ".TP\n.B ");
		roff(out, name + strspn(name, " "));
		roff(out, verb->options[o].help);
	}
	for (size_t i = 0; verb->under && verb->under[i]; i++)
		man_verb(out, verb->under[i]);
}

static void help_man(FILE *out)
{
	fprintf(out,
		".TH PLIMSOLL 1 \"\" \"plimsoll %s\" \"User Commands\"\n.SH NAME\nplimsoll \\- what a Kubernetes "
		"autoscaling policy costs and risks; and a controller that runs it\n.SH SYNOPSIS\n.B plimsoll\n.I "
		"VERB\n[options]\n.SH VERBS\n",
		PLIMSOLL_VERSION);
	for (size_t i = 0; verb_at(i); i++)
		man_verb(out, verb_at(i));
	fprintf(out, ".SH SETTINGS\nGiven as \\-\\-set KEY=VALUE.\n");
	for (size_t i = 0; settings_row(i); i++) {
		const struct setting_row *row = settings_row(i);
		fprintf(out, ".TP\n.BR %s = ", row->key);
		fprintf(out, "\"%s\"\n", row->fallback);
		roff(out, row->help);
	}
	fprintf(out, ".SH SMOOTHING\nOf hpa.smoothing, and of the annotation plimsoll.dev/smoothing.\n");
	for (size_t i = 0; i < SMOOTH_KINDS; i++) {
		fprintf(out, ".TP\n.B %s\n", smooth_rows[i].name);
		if (*smooth_rows[i].parameters)
			fprintf(out, "%s:\n", smooth_rows[i].parameters);
		roff(out, smooth_rows[i].help);
	}
	fprintf(out,
		".SH EXIT STATUS\n0 done; 1 a check was made and failed; 2 refused, with one message that says why: "
		"nothing was written.\n.SH FILES\nThe price lists are looked for in $PLIMSOLL_HOME/data, beside the "
		"program "
		"(../data, ../../data), and where it was installed. The journal is $PLIMSOLL_JOURNAL, else "
		"plimsoll/journal.db in $XDG_STATE_HOME or ~/.local/state.\n");
}

static void help_completion(FILE *);

static const struct {
	const char *name;
	void (*print)(FILE *);
} topics[] = {{"settings", help_settings}, {"man", help_man}, {"completion", help_completion}};

static void complete_options(FILE *out, const struct verb *verb)
{
	for (size_t o = 0; o < verb->n_options; o++)
		fprintf(out, "--%s ", verb->options[o].name);
	for (size_t i = 0; verb->under && verb->under[i]; i++)
		complete_options(out, verb->under[i]);
}

static void help_completion(FILE *out)
{
	fprintf(out, "# bash completion for plimsoll; made by `plimsoll help completion`\n_plimsoll()\n{\n"
		     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}\n"
		     "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"");
	for (size_t i = 0; verb_at(i); i++)
		fprintf(out, "%s ", verb_at(i)->name);
	fprintf(out, "--help --version\" -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase $prev in\n\t--set)\n\t\tcompopt -o "
		     "nospace\n\t\t"
		     "COMPREPLY=($(compgen -W \"");
	for (size_t i = 0; settings_row(i); i++)
		fprintf(out, "%s= ", settings_row(i)->key);
	fprintf(out, "\" -- \"$cur\"))\n\t\treturn ;;\n\t-o|--output)\n\t\tCOMPREPLY=($(compgen -W \"table json csv\" "
		     "-- \"$cur\"))\n"
		     "\t\treturn ;;\n\t--price)\n\t\tCOMPREPLY=($(compgen -W \"$(plimsoll price -o csv 2>/dev/null | "
		     "tail -n +2 | cut "
		     "-d, -f1)\" -- \"$cur\"))\n\t\treturn ;;\n\thelp)\n\t\tCOMPREPLY=($(compgen -W \"");
	for (size_t i = 0; i < COUNT(topics); i++)
		fprintf(out, "%s ", topics[i].name);
	for (size_t i = 0; verb_at(i); i++)
		fprintf(out, "%s ", verb_at(i)->name);
	fprintf(out, "\" -- \"$cur\"))\n\t\treturn ;;\n\tesac\n\tcase $cur in\n\t-*)\n\t\tcase $verb in\n");
	for (size_t i = 0; verb_at(i); i++) {
		fprintf(out, "\t\t%s) COMPREPLY=($(compgen -W \"", verb_at(i)->name);
		complete_options(out, verb_at(i));
		fprintf(out, "\" -- \"$cur\")) ;;\n");
	}
	fprintf(out, "\t\tesac ;;\n\t*)\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\")) ;;\n\tesac\n}\ncomplete -o "
		     "filenames -F _plimsoll "
		     "plimsoll\n");
}

static int unknown_topic(const struct verb *verb, const char *word)
{
	const char *names[COUNT(topics) + VERBS_MAX];
	size_t n = 0;
	struct err err;
	for (size_t i = 0; i < COUNT(topics); i++)
		names[n++] = topics[i].name;
	for (size_t i = 0; verb_at(i); i++)
		names[n++] = verb_at(i)->name;
	err_set(&err, "nothing is known of '%.40s'; the nearest is %s", word, nearest(word, names, n));
	return verb_refuse(verb, &err);
}

/* `price`, or `price diff`; NULL: there is none. */
static const struct verb *named_verb(const char *name, const char *under)
{
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		return &verb_help;
	for (size_t i = 0; verb_at(i); i++) {
		const struct verb *verb = verb_at(i);
		size_t length = strlen(verb->name);
		if (strcmp(name, verb->name) != 0)
			continue;
		for (size_t u = 0; under && verb->under && verb->under[u]; u++)
			if (!strcmp(verb->under[u]->name + length + 1, under))
				return verb->under[u];
		return verb;
	}
	return NULL;
}

static int help(const struct verb *verb, int argc, char **argv)
{
	if (argc < 2) {
		help_overview(stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COUNT(topics); i++)
		if (!strcmp(argv[1], topics[i].name)) {
			topics[i].print(stdout);
			return EXIT_DONE;
		}
	const struct verb *asked = named_verb(argv[1], argv[2]);
	if (!asked)
		return unknown_topic(verb, argv[1]);
	verb_help_print(asked, stdout);
	return EXIT_DONE;
}

const struct verb verb_help = {
    .name = "help",
    .summary = "explain a verb, or the settings",
    .synopsis = "[VERB | settings | man | completion]",
    .description =
	"Explains a verb and its options, or lists the settings; `man` and `completion` print the manual page and "
	"the bash completion.",
    .run = help,
};
