/* gateways.c: see gateways.h. */
#include "judge/gateways.h"

#include "base/buf.h"
#include "judge/text.h"

#include <ctype.h>

#define DAY 86400

/* The last label, cut off from the name; a single dot at the end is none. */
static struct bytes last_label(struct bytes *name)
{
	size_t n = name->len;
	struct bytes label;

	while (n && name->p[n - 1] != '.')
		n--;
	label = bytes_tail(*name, n);
	name->len = n ? n - 1 : 0;
	return label;
}

static bool label_match(const char *glob, struct bytes label)
{
	return label.len && (*glob == '{' || policy_glob(glob, label));
}

static bool labels_match(const struct pattern *p, struct bytes name,
			 bool literal, struct bytes *word)
{
	struct bytes found = bytes_of(NULL, 0);

	if (name.len > 1 && name.p[name.len - 1] == '.')
		name.len--;
	for (size_t i = 0; i < p->num; i++) {
		struct bytes label;

		if (!name.len)
			return false;
		if (!strcmp(p->label[i], "**"))
			break;
		label = last_label(&name);
		if (literal && !strcmp(p->label[i], "*") &&
		    !bytes_is(label, "*"))
			return false;
		if (!label_match(p->label[i], label))
			return false;
		if (*p->label[i] == '{')
			found = label;
		if (i + 1 == p->num && name.len)
			return false;
	}
	if (word)
		*word = found;
	return true;
}

bool pattern_match(const struct pattern *p, struct bytes name,
		   struct bytes *word)
{
	return labels_match(p, name, false, word);
}

static uint8_t second_bit(struct bytes label)
{
	return (uint8_t)((unsigned)tolower(label.p[0]) * 7 +
			 (unsigned)tolower(label.p[label.len - 1]) * 59 +
			 (unsigned)label.len);
}

void gateways_index(struct knowledge *k)
{
	for (size_t i = 0; i < k->num_gateways; i++) {
		const struct gateway *g = &k->gateways[i];

		for (size_t n = 0; n < g->num_names; n++) {
			const struct pattern *p = &g->names[n].pattern;
			uint8_t bit;

			if (!p->second_len) {
				k->any_second = true;
				continue;
			}
			bit = second_bit(bytes_str(p->label[1]));
			k->seconds[bit / 64] |= 1ULL << bit % 64;
		}
	}
}

/* Nearly every name: no gateway's looks like it. */
static bool is_known_second(const struct knowledge *k, struct bytes second)
{
	uint8_t bit;

	if (k->any_second)
		return true;
	if (!second.len)
		return false;
	bit = second_bit(second);
	return k->seconds[bit / 64] >> bit % 64 & 1;
}

/* Could the pattern's second label be this one? */
static bool second_fits(const struct pattern *p, struct bytes second)
{
	return !p->second_len ||
	       (p->second_len == second.len &&
		p->second_first == tolower(second.p[0]));
}

bool gateway_find(const struct knowledge *k, struct bytes name,
		  struct gateway_hit *out)
{
	struct bytes word, rest = name, second;

	if (rest.len > 1 && rest.p[rest.len - 1] == '.')
		rest.len--;
	(void)last_label(&rest);
	second = last_label(&rest);
	if (!k || !is_known_second(k, second))
		return false;
	for (size_t i = 0; i < k->num_gateways; i++) {
		const struct gateway *g = &k->gateways[i];

		for (size_t n = 0; n < g->num_names; n++) {
			const struct pattern *p = &g->names[n].pattern;

			if (!second_fits(p, second) ||
			    !pattern_match(p, name, &word))
				continue;
			*out = (struct gateway_hit){ .gateway = g,
						     .name = &g->names[n],
						     .word = word };
			return true;
		}
	}
	return false;
}

bool gateway_of_chain(const struct evidence *ev, struct gateway_hit *out,
		      size_t *at)
{
	const struct knowledge *k = ev->policy->knowledge;
	struct gateway_hit hit;

	if (!ev->num_dns_chain ||
	    gateway_find(k, bytes_str(ev->dns_chain[0]), &hit))
		return false;
	for (size_t i = 1; i < ev->num_dns_chain; i++) {
		if (!gateway_find(k, bytes_str(ev->dns_chain[i]), &hit))
			continue;
		*out = hit;
		*at = i;
		return true;
	}
	return false;
}

static bool of_leaf(const struct evidence *ev, struct gateway_hit *out)
{
	const struct cert *c = ev->leaf;

	/* a gateway's own certificate leads with its name */
	for (size_t i = 0; c && i < c->num_san && i < 4; i++)
		if (c->san[i].type == CERT_SAN_DNS &&
		    gateway_find(ev->policy->knowledge, c->san[i].value, out))
			return true;
	return false;
}

void gateway_complete(struct evidence *ev)
{
	const struct knowledge *k = ev->policy->knowledge;
	struct gateway_hit hit;
	size_t at;

	if (!gateway_of_chain(ev, &hit, &at) &&
	    !gateway_find(k, ev->name.reference, &hit) && !of_leaf(ev, &hit))
		return;
	if (!ev->gateway_name)
		ev->gateway_name = hit.gateway->name;
	ev->gateway_provider = hit.gateway->provider;
	ev->gateway_role = hit.name->role;
	ev->gateway_renews = hit.name->renews;
}

static bool any_glob(const struct globs *g, const char *text)
{
	for (size_t i = 0; i < g->num; i++)
		if (policy_glob(g->glob[i], bytes_str(text)))
			return true;
	return false;
}

static bool any_value(const struct globs *g, const struct cert_values *v)
{
	for (size_t i = 0; i < v->num; i++)
		if (any_glob(g, v->v[i]))
			return true;
	return false;
}

static bool field_holds(const struct fallback *f, enum fallback_field n,
			const struct cert *c)
{
	const struct globs *g = &f->field[n];

	if (!g->num)
		return true;
	switch (n) {
	case FIELD_SUBJECT:
		return any_glob(g, c->subject.text);
	case FIELD_ISSUER:
		return any_glob(g, c->issuer.text);
	case FIELD_SUBJECT_CN:
		return any_value(g, &c->subject.common_name);
	case FIELD_SUBJECT_O:
		return any_value(g, &c->subject.organization);
	case FIELD_SUBJECT_OU:
		return any_value(g, &c->subject.organizational_unit);
	case FIELD_SUBJECT_L:
		return any_value(g, &c->subject.locality);
	case FIELD_ISSUER_CN:
		return any_value(g, &c->issuer.common_name);
	case FIELD_ISSUER_O:
		return any_value(g, &c->issuer.organization);
	default:
		return any_value(g, &c->issuer.organizational_unit);
	}
}

static bool san_holds(const struct fallback *f, const struct cert *c,
		      struct fallback_hit *hit)
{
	for (size_t i = 0; i < c->num_san; i++) {
		if (c->san[i].type != CERT_SAN_DNS)
			continue;
		for (size_t n = 0; n < f->san.num; n++) {
			if (!labels_match(&f->san.pattern[n], c->san[i].value,
					  true, &hit->word))
				continue;
			hit->name = c->san[i].value;
			return true;
		}
	}
	return !f->san.num;
}

static bool is_only_cn(const struct cert *c)
{
	const struct cert_name *s = &c->subject;
	size_t len = strlen(s->text);

	/* a text of one attribute has no ", " */
	return s->common_name.num == 1 && len > 3 &&
	       !strncmp(s->text, "CN=", 3) && !strstr(s->text, ", ");
}

static bool is_san_cn(const struct cert *c)
{
	return c->num_san == 1 && c->san[0].type == CERT_SAN_DNS &&
	       c->subject.common_name.num == 1 &&
	       bytes_is(c->san[0].value, c->subject.common_name.v[0]);
}

static bool shape_holds(const struct fallback *f, const struct cert *c)
{
	int64_t life = c->not_after - c->not_before;

	if ((f->self_issued && !c->self_issued) ||
	    (f->no_san && c->num_san) || (f->only_cn && !is_only_cn(c)) ||
	    (f->san_is_cn && !is_san_cn(c)) ||
	    (f->not_ca && (c->is_ca || !c->has_basic_constraints)))
		return false;
	if (f->min_days && life < (int64_t)f->min_days * DAY - 1)
		return false;
	return !f->max_days || life <= (int64_t)f->max_days * DAY;
}

static bool fallback_holds(const struct fallback *f, const struct cert *c,
			   struct fallback_hit *out)
{
	struct fallback_hit hit = { .fallback = f };

	for (int n = 0; n < FIELD_NUM; n++)
		if (!field_holds(f, (enum fallback_field)n, c))
			return false;
	if (!shape_holds(f, c) || !san_holds(f, c, &hit))
		return false;
	*out = hit;
	return true;
}

bool fallback_find(const struct knowledge *k, const struct cert *c,
		   struct fallback_hit *out)
{
	if (!k || !c || c->error)
		return false;
	for (size_t i = 0; i < k->num_fallbacks; i++)
		if (fallback_holds(&k->fallbacks[i], c, out))
			return true;
	return false;
}

bool fallback_is_foreign(const struct fallback *f, struct bytes name)
{
	for (size_t i = 0; i < f->own.num; i++)
		if (pattern_match(&f->own.pattern[i], name, NULL))
			return false;
	return true;
}

/* Is text at a "{what}"? */
static bool at_word(const char *text, const char *what)
{
	size_t n = strlen(what);

	return text[0] == '{' && !strncmp(text + 1, what, n) &&
	       text[n + 1] == '}';
}

const char *gateway_text(struct arena *a, const char *text,
			 struct bytes name, struct bytes target,
			 struct bytes word)
{
	const struct {
		const char *what;
		struct bytes value;
		const char *without;
	} words[] = { { "name", name, "the name" },
		      { "target", target, "the default endpoint" },
		      { "word", word, "REGION" } };
	struct buf b;
	const char *s;

	buf_init(&b, 8192);
	while (*text) {
		size_t i = 0;

		while (i < 3 && !at_word(text, words[i].what))
			i++;
		if (i == 3) {
			buf_add_char(&b, *text++);
			continue;
		}
		buf_add_str(&b, words[i].value.len
					? text_name(a, words[i].value)
					: words[i].without);
		text += strlen(words[i].what) + 2;
	}
	s = arena_str(a, buf_bytes(&b));
	buf_fini(&b);
	return s ? s : "";
}
