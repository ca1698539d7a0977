/* zeek.h: the words of the Zeek renderer that a test holds. */
#ifndef EVENT_ZEEK_H
#define EVENT_ZEEK_H

#define ZEEK_NOTE 64

/* The notice type of a finding: Zeek's own where it has one, else
 * "Wirecert::Name_Mismatch". */
void zeek_note(const char *code, char out[static ZEEK_NOTE]);

#endif
