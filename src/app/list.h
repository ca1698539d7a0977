/* list.h: "wirecert inventory": what the state directory knows, for people and
 * for programs. Reads only, also while a sensor runs. */
#ifndef APP_LIST_H
#define APP_LIST_H

/* argv[0] is "inventory"; the exit status. */
int list_inventory(int argc, char **argv);
/* status, unless standard output did not take all of it, which is told. */
int list_printed(int status);

#endif
