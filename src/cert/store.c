/*
 * store.c: loading a trust store: PEM bundles, folders of PEM files, the
 * platform's own. At start and at a reload; never on the packet path.
 */
#include "cert/store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/limits.h"
#include "cert/chain.h"
#include "cert/der.h"
#include "cert/parts.h"

/* Where platforms keep theirs; the first that is there counts. */
static const char *const system_paths[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
	"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/ca-bundle.pem", /* openSUSE */
	"/var/lib/ca-certificates/ca-bundle.pem",
	"/etc/ssl/cert.pem",		     /* Alpine, BSDs, macOS */
	"/usr/local/share/certs/ca-root-nss.crt", /* FreeBSD */
};

/* Never ask the terminal for a pass phrase: certificates have none. */
static int no_password(char *buf, int size, int rwflag, void *user)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)user;
	return -1;
}

static bool is_end_of_pem(void)
{
	unsigned long e = ERR_peek_last_error();

	return ERR_GET_LIB(e) == ERR_LIB_PEM &&
	       ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

/*
 * Adds the certificates of a PEM file; a damaged block costs only itself. Each
 * turn spends a line at least, so the loop ends with the file.
 */
static size_t load_bio(X509_STORE *store, BIO *in)
{
	size_t num = 0;

	for (;;) {
		X509 *x = PEM_read_bio_X509_AUX(in, NULL, no_password, NULL);

		if (x) {
			num += X509_STORE_add_cert(store, x) == 1;
			X509_free(x);
			continue;
		}
		if (is_end_of_pem() || BIO_eof(in))
			return num;
		ERR_clear_error();
	}
}

/* 0 or an errno; ENODATA where no certificate is in it. */
static int load_file(X509_STORE *store, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t num;
	BIO *in;

	if (!f)
		return errno ? errno : EIO;
	in = BIO_new_fp(f, BIO_CLOSE);
	if (!in) {
		fclose(f);
		return ENOMEM;
	}
	num = load_bio(store, in);
	BIO_free(in);
	return num ? 0 : ENODATA;
}

/* Links by hash and other files that are no PEM are usual there. */
static int load_folder(X509_STORE *store, const char *path)
{
	DIR *d = opendir(path);
	int err = ENODATA, left = LIMIT_INPUTS;
	struct dirent *e;
	struct stat st;
	char *file;

	if (!d)
		return errno ? errno : EIO;
	while (left-- > 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.' ||
		    asprintf(&file, "%s/%s", path, e->d_name) < 0)
			continue;
		if (!stat(file, &st) && S_ISREG(st.st_mode) &&
		    !load_file(store, file))
			err = 0;
		free(file);
	}
	closedir(d);
	return err;
}

static int load_path(X509_STORE *store, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno ? errno : EIO;
	return S_ISDIR(st.st_mode) ? load_folder(store, path) :
				     load_file(store, path);
}

static int load_system(X509_STORE *store)
{
	for (size_t i = 0; i < sizeof system_paths / sizeof *system_paths;
	     i++) {
		if (!load_path(store, system_paths[i]))
			return 0;
	}
	return ENOENT;
}

static const char *load_reason(int err)
{
	return err == ENODATA ? "no certificate in it (PEM is read)" :
				strerror(err);
}

/* What is the store worth? Copies of one certificate count once. */
static size_t store_size(X509_STORE *x)
{
	int num = sk_X509_OBJECT_num(X509_STORE_get0_objects(x));

	return num > 0 ? (size_t)num : 0;
}

/* When was the store made, at the earliest? */
static int64_t store_newest(X509_STORE *x)
{
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(x);
	int64_t newest = INT64_MIN, from;

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		X509 *c = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
		const ASN1_TIME *t = c ? X509_get0_notBefore(c) : NULL;

		if (t && der_time(cert_asn1_bytes(t),
				  ASN1_STRING_type(t) == V_ASN1_UTCTIME,
				  &from) &&
		    from > newest)
			newest = from;
	}
	return newest;
}

struct chain_store *chain_store_load(const char *const *paths,
				     size_t num_paths, char *err,
				     size_t err_len)
{
	struct chain_store *s = calloc(1, sizeof *s);

	if (err_len)
		err[0] = '\0';
	if (s)
		s->x = X509_STORE_new();
	if (!s || !s->x) {
		snprintf(err, err_len, "trust store: no memory");
		chain_store_free(s);
		return NULL;
	}
	ERR_set_mark();
	for (size_t i = 0; i < num_paths; i++) {
		int e = strcmp(paths[i], "system") ?
				load_path(s->x, paths[i]) :
				load_system(s->x);

		if (e && err_len && !err[0])
			snprintf(err, err_len, "trust store %s: %s", paths[i],
				 load_reason(e));
	}
	ERR_pop_to_mark();
	s->num = store_size(s->x);
	s->newest = store_newest(s->x);
	s->authorities = authorities_new(s->x);
	s->siblings = siblings_new();
	if (s->num && s->authorities && s->siblings)
		return s;
	if (err_len && !err[0])
		snprintf(err, err_len, "trust store: %s",
			 s->num ? "no memory" : "none given");
	chain_store_free(s);
	return NULL;
}

void chain_store_free(struct chain_store *s)
{
	if (!s)
		return;
	siblings_free(s->siblings);
	authorities_free(s->authorities);
	X509_STORE_free(s->x);
	free(s);
}

size_t chain_store_size(const struct chain_store *s)
{
	return s ? s->num : 0;
}
