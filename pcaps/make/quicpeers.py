# QUIC clients and servers beside those of matrix_quic.py: quic-go with the
# versions that it is told, quinn with rustls (deno), quiche with BoringSSL
# (npm's @matrixai/quic), and knot with kdig, DNS over QUIC (RFC 9250). Needs
# golang-go golang-github-lucas-clemente-quic-go-dev knot knot-dnsutils, and of
# npm, in the folder that PEERS_NPM names: @deno/linux-x64-glibc @matrixai/quic
# @matrixai/quic-linux-x64.
import os
import shutil

import lib
from lib import SERVER4
from matrixclients import run
from matrixlab import NAME, TRUST, path
from matrixpeers import DENO, NODE26, NPM

URL = "https://%s/v1/status" % NAME
ANSWER = "192.0.2.7"
GO = """package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/lucas-clemente/quic-go"
	"github.com/lucas-clemente/quic-go/http3"
)

func main() {
	pem, _ := os.ReadFile(os.Args[2])
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	log, _ := os.OpenFile(os.Args[3], os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0600)
	known := map[string]quic.VersionNumber{"v1": quic.Version1,
		"v2draft": quic.Version2, "draft29": quic.VersionDraft29}
	versions := []quic.VersionNumber{}
	for _, name := range strings.Split(os.Args[4], ",") {
		versions = append(versions, known[name])
	}
	config := &tls.Config{RootCAs: roots, KeyLogWriter: log}
	if len(os.Args) > 5 {
		doq(os.Args[5], config, &quic.Config{Versions: versions})
		return
	}
	http.DefaultClient.Transport = &http3.RoundTripper{
		TLSClientConfig: config,
		QuicConfig:      &quic.Config{Versions: versions}}
	answer, err := http.Get(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	io.Copy(os.Stdout, answer.Body)
}

func doq(name string, config *tls.Config, options *quic.Config) {
	config.NextProtos = []string{"doq"}
	c, err := quic.DialAddr(name+":853", config, options)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if len(os.Args) > 6 { // no question: a health check
		wait, _ := time.ParseDuration(os.Args[6])
		time.Sleep(wait)
		c.CloseWithError(0, "")
		return
	}
	for i := 0; i < 2; i++ {
		s, _ := c.OpenStreamSync(context.Background())
		s.Write([]byte{QUESTION})
		s.Close()
		answer, _ := io.ReadAll(s)
		if n := len(answer); n > 4 {
			fmt.Println(net.IP(answer[n-4:]))
		}
	}
	c.CloseWithError(0, "")
}
"""
# the question "api.example.com A", id 0, behind its length (RFC 9250 4.2)
QUESTION = "[0,33,0,0,1,0,0,1,0,0,0,0,0,0,3,97,112,105,7,101,120,97,109," \
    "112,108,101,3,99,111,109,0,0,1,0,1]"
SHOW = "console.log([...all.slice(-4)].join('.'))"
QUINN = """
const [, port] = Deno.args, all = [];
try {
  const c = await Deno.connectQuic({ hostname: '%s', port: 853,
    alpnProtocols: ['doq'], caCerts: [Deno.readTextFileSync('%s')] });
  for (const _ of [1, 2]) {
    const s = await c.createBidirectionalStream();
    const w = s.writable.getWriter();
    await w.write(new Uint8Array(%s));
    await w.close();
    for await (const part of s.readable) all.push(...part);
    %s;
  }
  c.close({ closeCode: 0, reason: '' });
} catch (e) { console.log('quinn: ' + e.message); Deno.exit(1); }
Deno.exit(0);
"""
QUICHE = """
import { QUICClient } from '@matrixai/quic';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
const ops = { randomBytes: async (b) => { webcrypto.getRandomValues(
  new Uint8Array(b)); } }, all = [];
try {
  const q = await QUICClient.createQUICClient({ host: '%s', port: 853,
    serverName: '%s', crypto: { ops }, localHost: '0.0.0.0', config: {
      ca: readFileSync('%s', 'utf8'), verifyPeer: true,
      logKeys: process.env.SSLKEYLOGFILE, applicationProtos: ['doq'] } },
    { timer: 5000 });
  for (const _ of [1, 2]) {
    const s = q.connection.newStream();
    const w = s.writable.getWriter();
    await w.write(new Uint8Array(%s));
    await w.close();
    for await (const part of s.readable) all.push(...part);
    %s;
  }
  await q.destroy({ force: true });
} catch (e) { console.log('quiche: ' + e.message + ' ' + (e.cause ?
  e.cause.message : '') + JSON.stringify(e.data ?? '')); process.exit(1); }
process.exit(0);
"""

QUICHE_SERVER = """
import { QUICServer, events } from '@matrixai/quic';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
const [,, key, cert] = process.argv, hmac = { name: 'HMAC', hash: 'SHA-256' };
const secret = new Uint8Array(32);
const use = (how) => webcrypto.subtle.importKey('raw', secret, hmac, false,
  [how]);
const server = new QUICServer({ crypto: { key: secret.buffer, ops: {
  sign: async (k, d) => webcrypto.subtle.sign('HMAC', await use('sign'), d),
  verify: async (k, d, s) => webcrypto.subtle.verify('HMAC',
    await use('verify'), s, d) } },
  config: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8'),
    applicationProtos: ['doq'], verifyPeer: false } });
server.addEventListener(events.EventQUICServerConnection.name, (e) =>
  e.detail.addEventListener(events.EventQUICConnectionStream.name,
    async (e) => {
      for await (const _ of e.detail.readable);
      const w = e.detail.writable.getWriter();
      await w.write(new Uint8Array([0, 5, 0, 192, 0, 2, 7]));
      await w.close();
    }));
await server.start({ host: '0.0.0.0', port: 853 });
"""


def prepare():
    lib.write(path("fetch-quic.go"), GO.replace("QUESTION", QUESTION[1:-1]))
    run("go", "build", "-o", path("fetch-quic"), path("fetch-quic.go"),
        env=dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode",
                 GOCACHE="/tmp/wirecert-gocache"))
    lib.write(path("quinn.js"), QUINN % (NAME, TRUST, QUESTION, SHOW))
    lib.write(path("quiche.mjs"), QUICHE % (SERVER4, NAME, TRUST, QUESTION,
                                            SHOW))
    lib.write(path("server.mjs"), QUICHE_SERVER)
    if not os.path.exists(path("node_modules")):
        os.symlink(NPM, path("node_modules"))


def quic_go(versions="v1", *doq):
    return [path("fetch-quic"), URL, TRUST, path("secrets"), versions, *doq]


def kdig(*more):
    return ["kdig", "@" + SERVER4, "-p", "853", "+tls-ca=" + TRUST,
            "+tls-hostname=" + NAME, "+quic", "+timeout=3", "+retry=0", *more,
            NAME, "A"]


def quinn():
    return [DENO, "run", "--quiet", "--unstable-net", "--allow-net",
            "--allow-read", path("quinn.js")]


def quiche():
    return [NODE26, path("quiche.mjs")]


def quiche_server(lab, cert):
    """Answers anything, each connection behind a Retry."""
    leaf = lab.certs[cert]
    return lab.server(NODE26, path("server.mjs"), leaf.key, leaf.chain,
                      port=853, udp=True)


def knot(lab, cert):
    """knotd, DNS over QUIC on port 853, the zone of one name. It takes its
    packets by XDP, before tcpdump sees them: that listens at the client."""
    lab.tap_ns = lab.client_ns
    leaf, home = lab.certs[cert], path("knot")
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)
    lib.write(home + "/zone", "example.com. 60 SOA ns.example.com. a. 1 9 9 9 "
              "9\nexample.com. 60 NS ns.example.com.\nns.example.com. 60 A "
              "192.0.2.8\n%s. 60 A %s\n" % (NAME, ANSWER))
    lib.write(home + "/conf", "server:\n    rundir: %s\n    user: root\n"
              "    listen: %s@53\n    cert-file: %s\n    key-file: %s\n"
              "xdp:\n    listen: eth0@1053\n    quic: on\n    quic-port: 853\n"
              "    route-check: off\n"
              "database:\n    storage: %s\nzone:\n"
              "  - domain: example.com\n    file: %s/zone\n" % (
                  home, SERVER4, leaf.chain, leaf.key, home, home))
    return lab.server("knotd", "-c", home + "/conf", port=53, udp=True,
                      env={"SSLKEYLOGFILE": path("secrets")})
