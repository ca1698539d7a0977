/* version.h: what this is, and what it was built with. */
#ifndef APP_VERSION_H
#define APP_VERSION_H

extern const char version_text[]; /* "0.1.0" */
void version_print(void);

#endif
