/* words.h: the words of CONTRACT.md for what facts and verdicts say. */
#ifndef EVENT_WORDS_H
#define EVENT_WORDS_H

extern const char *const visibility_words[];
extern const char *const absent_words[];
extern const char *const flight_words[];
extern const char *const hidden_words[];
extern const char *const verdict_words[];
extern const char *const evidence_words[];
extern const char *const ech_words[];
extern const char *const carrier_words[];
extern const char *const side_words[];

#endif
