/*
 * test_gateways_make.h: the knowledge of share/ and made-up leaves for tests.
 */
#ifndef TEST_GATEWAYS_MAKE_H
#define TEST_GATEWAYS_MAKE_H

#include "judge/gateways.h"

#include <check.h>
#include <stdlib.h>

static struct knowledge *k;
static struct arena a;

static inline void make_setup(void)
{
	static const char *const share[] = { "share" };
	char err[512] = "";

	k = knowledge_load(&(struct knowledge_options){ .dirs = share,
							.num_dirs = 1 },
			   err, sizeof err);
	ck_assert_msg(k != NULL, "%s", err);
	arena_init(&a, 1u << 20);
}

static inline void make_teardown(void)
{
	knowledge_free(k);
	arena_fini(&a);
}

/* A made-up leaf; lists are static. */
struct fake {
	struct cert c;
	struct cert_san san[4];
	char *cn[1], *o[1], *issuer_cn[1], *issuer_o[1];
};

static inline void put(struct cert_values *v, char **slot, const char *s)
{
	*slot = (char *)(uintptr_t)s;
	v->v = slot;
	v->num = s ? 1 : 0;
}

static inline void fake_init(struct fake *f, const char *cn, const char *o,
		      const char *san)
{
	memset(f, 0, sizeof *f);
	put(&f->c.subject.common_name, f->cn, cn);
	put(&f->c.subject.organization, f->o, o);
	put(&f->c.issuer.common_name, f->issuer_cn, NULL);
	put(&f->c.issuer.organization, f->issuer_o, NULL);
	f->c.subject.text = arena_printf(&a, "%s%s%s%s", cn ? "CN=" : "",
					 cn ? cn : "", o ? ", O=" : "",
					 o ? o : "");
	f->c.issuer.text = f->c.subject.text;
	f->c.san = f->san;
	f->c.not_after = 365 * 86400;
	if (san) {
		f->san[0].value = bytes_str(san);
		f->c.num_san = 1;
		f->c.has_san = true;
	}
}

#endif
