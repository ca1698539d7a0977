/* no_dump.h: what may be in a core dump. */
#ifndef APP_NO_DUMP_H
#define APP_NO_DUMP_H

/*
 * From here on the process has secrets: keys that were made of them are about,
 * so none of its memory goes to a core dump, nor to who traces it.
 */
void no_dump(void);

#endif
