/* main.c: reads the command line and runs what it asks for. */
#include "app/run.h"
#include "capture/source.h"
#include "judge/check.h"

#include <stdio.h>

static int list_findings(void)
{
	for (size_t i = 0; i < num_checks; i++)
		printf("%-24s %-28s %-20s %s\n", checks[i]->code,
		       checks[i]->severity, checks[i]->reference,
		       checks[i]->title);
	return EXIT_DONE;
}

static int list_interfaces(void)
{
	static char text[65536];

	if (!source_interfaces(text, sizeof text)) {
		fprintf(stderr, "wirecert: the interfaces cannot be listed\n");
		return EXIT_INPUT;
	}
	fputs(text, stdout);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct options o;
	int status;

	switch (options_read(argc, argv, &o)) {
	case OPTIONS_DONE:
		return EXIT_DONE;
	case OPTIONS_WRONG:
		options_fini(&o);
		return EXIT_USAGE;
	case OPTIONS_OK:
		break;
	}
	if (o.list_findings)
		status = list_findings();
	else if (o.list_interfaces)
		status = list_interfaces();
	else if (o.num_files)
		status = run_replay(&o);
	else
		status = run_live(&o);
	options_fini(&o);
	return status;
}
