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

/* 0 or an errno; ENODATA where no certificate is in it. */
static int load_file(struct roots *roots, const char *path)
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
	num = roots_load(roots, in);
	BIO_free(in);
	return num ? 0 : ENODATA;
}

/* Links by hash and other files that are no PEM are usual there. */
static int load_folder(struct roots *roots, const char *path)
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
		    !load_file(roots, file))
			err = 0;
		free(file);
	}
	closedir(d);
	return err;
}

static int load_path(struct roots *roots, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno ? errno : EIO;
	return S_ISDIR(st.st_mode) ? load_folder(roots, path) :
				     load_file(roots, path);
}

static int load_system(struct roots *roots)
{
	for (size_t i = 0; i < sizeof system_paths / sizeof *system_paths;
	     i++) {
		if (!load_path(roots, system_paths[i]))
			return 0;
	}
	return ENOENT;
}

static const char *load_reason(int err)
{
	return err == ENODATA ? "no certificate in it (PEM is read)" :
				strerror(err);
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
	if (s && s->x)
		s->authorities = authorities_new();
	if (s && s->authorities)
		s->roots = roots_new(s->x, s->authorities);
	if (!s || !s->roots) {
		snprintf(err, err_len, "trust store: no memory");
		chain_store_free(s);
		return NULL;
	}
	ERR_set_mark();
	for (size_t i = 0; i < num_paths; i++) {
		int e = strcmp(paths[i], "system") ?
				load_path(s->roots, paths[i]) :
				load_system(s->roots);

		if (e && err_len && !err[0])
			snprintf(err, err_len, "trust store %s: %s", paths[i],
				 load_reason(e));
	}
	ERR_pop_to_mark();
	s->num = roots_count(s->roots);
	s->newest = roots_newest(s->roots);
	s->siblings = siblings_new();
	if (s->num && s->siblings)
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
	X509_STORE_free(s->x);
	roots_free(s->roots);
	authorities_free(s->authorities);
	free(s);
}

size_t chain_store_size(const struct chain_store *s)
{
	return s ? s->num : 0;
}
