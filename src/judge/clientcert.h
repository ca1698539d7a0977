/*
 * clientcert.h: what the findings about client certificates share: mutual TLS
 * (RFC 8446 4.4.2, RFC 5246 7.4.6).
 */
#ifndef JUDGE_CLIENTCERT_H
#define JUDGE_CLIENTCERT_H

#include "judge/check.h"

/* The client's certificate, where it is to be judged: readable, and not of
 * WebRTC, whose peers pin each other's. */
const struct cert *clientcert_judged(const struct evidence *ev);
/* "client 10.9.0.10 (CN=device-17) for api.example.com at 203.0.113.20:443" */
const char *clientcert_whose(const struct evidence *ev, struct arena *a);
/* " The server refused it (alert certificate_expired)." or "" */
const char *clientcert_answer(const struct evidence *ev, struct arena *a);
/* The server's readable fatal alert about a certificate; -1: none. */
int clientcert_alert(const struct evidence *ev);

#endif
