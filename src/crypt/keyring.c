/*
 * keyring.c: see keyring.h. Sessions are slots of one mapping, used round and
 * round, found by a chained hash table; pages that are not used cost nothing.
 */
#include "crypt/keyring.h"

#include "base/hash.h"
#include "base/limits.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <threads.h>

#define NUM_SECRETS KEYRING_ECH_CONFIG
/* Configurations belong to servers, not to sessions: few are in use at once. */
#define NUM_CONFIGS 1024u

struct slot {
	uint32_t next; /* in its chain; 0: none, else a slot's number */
	uint32_t config; /* number of a configuration; 0: none */
	bool used;
	uint8_t len[NUM_SECRETS];
	uint8_t random[32];
	uint8_t secret[NUM_SECRETS][KEYRING_SECRET_MAX];
};

struct config {
	uint16_t len;
	uint8_t p[KEYRING_CONFIG_MAX];
};

struct keyring {
	pthread_rwlock_t lock;
	struct hash_key hash;
	struct slot *slots; /* from 1 on */
	uint32_t *heads;
	struct config *configs; /* from 1 on */
	uint32_t max, mask, last, last_config;
	atomic_uint_fast64_t generation;
	atomic_bool given;
	struct keyring_counters counters;
};

/* What a thread was lent; a page of its own, so that no dump shows it. */
struct loan {
	uint8_t p[KEYRING_CONFIG_MAX];
};

static once_flag once = ONCE_FLAG_INIT;
static tss_t loan_of_thread;
static bool have_loans;

static void *secret_map(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, len, MADV_DONTDUMP);
	return p;
}

static void loan_free(void *p)
{
	OPENSSL_cleanse(p, sizeof(struct loan));
	(void)munmap(p, sizeof(struct loan));
}

static void loans_init(void)
{
	have_loans = tss_create(&loan_of_thread, loan_free) == thrd_success;
}

static struct loan *loan_get(void)
{
	struct loan *l;

	call_once(&once, loans_init);
	if (!have_loans)
		return NULL;
	l = tss_get(loan_of_thread);
	if (l)
		return l;
	l = secret_map(sizeof *l);
	if (l && tss_set(loan_of_thread, l) != thrd_success) {
		(void)munmap(l, sizeof *l);
		l = NULL;
	}
	return l;
}

void keyring_forget(void)
{
	struct loan *l;

	call_once(&once, loans_init);
	l = have_loans ? tss_get(loan_of_thread) : NULL;
	if (l)
		OPENSSL_cleanse(l, sizeof *l);
}

static size_t slots_size(const struct keyring *k)
{
	return ((size_t)k->max + 1) * sizeof *k->slots;
}

static size_t configs_size(void)
{
	return (NUM_CONFIGS + 1) * sizeof(struct config);
}

struct keyring *keyring_new(uint32_t max_sessions)
{
	struct keyring *k = calloc(1, sizeof *k);
	uint32_t num = 64;

	if (!k)
		return NULL;
	k->max = max_sessions ? max_sessions : LIMIT_KEYLOG_SESSIONS;
	while (num < k->max)
		num *= 2;
	k->mask = num - 1;
	k->heads = calloc(num, sizeof *k->heads);
	k->slots = secret_map(slots_size(k));
	k->configs = secret_map(configs_size());
	if (!k->heads || !k->slots || !k->configs ||
	    !hash_key_random(&k->hash) ||
	    pthread_rwlock_init(&k->lock, NULL) != 0) {
		free(k->heads);
		if (k->slots)
			(void)munmap(k->slots, slots_size(k));
		if (k->configs)
			(void)munmap(k->configs, configs_size());
		free(k);
		return NULL;
	}
	return k;
}

void keyring_free(struct keyring *k)
{
	uint64_t num;

	if (!k)
		return;
	/* pages never used need no wiping */
	num = k->counters.sessions + 1;
	OPENSSL_cleanse(k->slots, num * sizeof *k->slots);
	(void)munmap(k->slots, slots_size(k));
	(void)munmap(k->configs, configs_size());
	(void)pthread_rwlock_destroy(&k->lock);
	free(k->heads);
	free(k);
	keyring_forget();
}

static uint32_t *head_of(const struct keyring *k, const uint8_t *random)
{
	return &k->heads[hash_bytes(&k->hash, bytes_of(random, 32)) & k->mask];
}

static uint32_t find(const struct keyring *k, const uint8_t *random)
{
	uint32_t n = *head_of(k, random);

	while (n && memcmp(k->slots[n].random, random, 32) != 0)
		n = k->slots[n].next;
	return n;
}

/* The oldest session makes room. */
static void unlink_slot(struct keyring *k, uint32_t n)
{
	struct slot *s = &k->slots[n];
	uint32_t *at = head_of(k, s->random);

	while (*at != n)
		at = &k->slots[*at].next;
	*at = s->next;
	OPENSSL_cleanse(s, sizeof *s);
	k->counters.evicted++;
	k->counters.sessions--;
}

static uint32_t slot_take(struct keyring *k, const uint8_t *random)
{
	uint32_t n = k->last % k->max + 1, *head;

	if (k->slots[n].used)
		unlink_slot(k, n);
	k->last = n;
	head = head_of(k, random);
	k->slots[n].used = true;
	memcpy(k->slots[n].random, random, 32);
	k->slots[n].next = *head;
	*head = n;
	k->counters.sessions++;
	return n;
}

/* Many sessions have the same one. It is public: lost ones only cost ECH. */
static uint32_t config_take(struct keyring *k, struct bytes b)
{
	struct config *c;

	for (uint32_t i = 1; i <= NUM_CONFIGS && k->configs[i].len; i++)
		if (bytes_eq(bytes_of(k->configs[i].p, k->configs[i].len), b))
			return i;
	k->last_config = k->last_config % NUM_CONFIGS + 1;
	c = &k->configs[k->last_config];
	memcpy(c->p, b.p, b.len);
	c->len = (uint16_t)b.len;
	return k->last_config;
}

bool keyring_add(struct keyring *k, const uint8_t client_random[static 32],
		 enum keyring_label label, struct bytes secret)
{
	struct slot *s;
	uint32_t n;
	size_t max = label == KEYRING_ECH_CONFIG ? KEYRING_CONFIG_MAX
						 : KEYRING_SECRET_MAX;

	if (!secret.len || secret.len > max) {
		k->counters.refused++;
		return false;
	}
	(void)pthread_rwlock_wrlock(&k->lock);
	n = find(k, client_random);
	if (!n)
		n = slot_take(k, client_random);
	s = &k->slots[n];
	if (label == KEYRING_ECH_CONFIG) {
		s->config = config_take(k, secret);
	} else {
		OPENSSL_cleanse(s->secret[label], KEYRING_SECRET_MAX);
		memcpy(s->secret[label], secret.p, secret.len);
		s->len[label] = (uint8_t)secret.len;
	}
	k->counters.added++;
	(void)pthread_rwlock_unlock(&k->lock);
	atomic_fetch_add(&k->generation, 1);
	keyring_set_given(k);
	return true;
}

static struct bytes stored(const struct keyring *k, uint32_t n,
			   enum keyring_label label)
{
	const struct slot *s = &k->slots[n];
	const struct config *c = &k->configs[s->config];

	if (!n)
		return bytes_of(NULL, 0);
	if (label == KEYRING_ECH_CONFIG)
		return bytes_of(c->p, s->config ? c->len : 0);
	return bytes_of(s->secret[label], s->len[label]);
}

bool keyring_find(const struct keyring *k,
		  const uint8_t client_random[static 32],
		  enum keyring_label label, struct bytes *secret)
{
	/* taking the lock to read changes nothing that a reader can see */
	pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)&k->lock;
	struct loan *l = loan_get();
	struct bytes b;

	if (!l)
		return false;
	(void)pthread_rwlock_rdlock(lock);
	b = stored(k, find(k, client_random), label);
	OPENSSL_cleanse(l, sizeof *l);
	if (b.len)
		memcpy(l->p, b.p, b.len);
	(void)pthread_rwlock_unlock(lock);
	if (!b.len)
		return false;
	*secret = bytes_of(l->p, b.len);
	return true;
}

uint64_t keyring_generation(const struct keyring *k)
{
	return atomic_load(&k->generation);
}

void keyring_set_given(struct keyring *k)
{
	atomic_store(&k->given, true);
}

bool keyring_is_given(const struct keyring *k)
{
	return atomic_load(&k->given);
}

void keyring_counters(const struct keyring *k, struct keyring_counters *out)
{
	pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)&k->lock;

	(void)pthread_rwlock_rdlock(lock);
	*out = k->counters;
	(void)pthread_rwlock_unlock(lock);
}
