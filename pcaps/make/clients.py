# Real TLS clients, each run in one of two moods: "reject" as it verifies by
# default (or as a careful program configures it), "accept" as people switch
# verification off. All take (net, url, root) and write a key log on request.
import os
import subprocess
from urllib.parse import urlsplit

from lib import WORK, scratch, version, write

REQUEST = "GET / HTTP/1.0\r\nHost: %s\r\n\r\n"
OLD = {"1.0", "1.1"}            # versions that today's defaults refuse
NO_CONF = {"OPENSSL_CONF": "/dev/null"}


def host_of(url):
    return urlsplit(url).hostname


def is_address(host):
    return ":" in host or host.replace(".", "").isdigit()


def curl(net, url, root, accept=False, speak=None, keylog=None, more=()):
    argv = ["curl", "-sS", "--cacert", root] + ["-k"] * accept
    env = {"SSLKEYLOGFILE": keylog} if keylog else {}
    if speak in OLD:
        argv += ["--tlsv1.0", "--ciphers", "DEFAULT@SECLEVEL=0"]
        env.update(NO_CONF)
    if speak:
        argv += ["--tls-max", speak]
    return net.client(*argv, *more, url, env=env)


def s_client(net, url, root, accept=False, speak=None, keylog=None, more=()):
    host = host_of(url)
    argv = ["openssl", "s_client", "-connect", "%s:443" % (
        "[%s]" % host if ":" in host else host), "-CAfile", root,
        "-ign_eof"]
    if not accept:
        argv += ["-verify_return_error", "-verify_ip" if is_address(host)
                 else "-verify_hostname", host]
    if speak:
        argv.append("-tls" + {"1.0": "1"}.get(speak, speak.replace(".", "_")))
    if speak in OLD:
        argv += ["-cipher", "DEFAULT:@SECLEVEL=0"]
    if keylog:
        argv += ["-keylogfile", keylog]
    return net.client(*argv, *more, stdin=REQUEST % host,
                      env=NO_CONF if speak in OLD else None)


def gnutls(net, url, root, accept=False, speak=None, keylog=None, more=()):
    host = host_of(url)
    argv = ["gnutls-cli", "--x509cafile", root, "-p", "443"]
    argv += ["--insecure"] * accept
    if speak:
        argv += ["--priority", "NORMAL:-VERS-ALL:+VERS-TLS" + speak]
    return net.client(*argv, *more, host, stdin=REQUEST % host, seconds=0.4,
                      env={"SSLKEYLOGFILE": keylog} if keylog else None)


NODE = """
const [url, root, accept, speak] = process.argv.slice(1);
const old = ['1.0', '1.1'].includes(speak);
const version = speak && 'TLSv' + speak.replace('1.0', '1');
require('https').get(url, {
  ca: require('fs').readFileSync(root), rejectUnauthorized: accept !== 'yes',
  ...(version ? { maxVersion: version } : {}),
  ...(old ? { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
}, (r) => r.on('data', (d) => process.stdout.write(d)))
  .on('error', (e) => { console.log(e.code, e.message); process.exit(1); });
"""


def node(net, url, root, accept=False, speak=None, keylog=None, more=()):
    argv = ["node"] + (["--tls-keylog=" + keylog] if keylog else [])
    return net.client(*argv, *more, "-e", NODE, url, root,
                      "yes" if accept else "no", speak or "")


PYTHON = """
import ssl, sys, urllib.request
url, root, accept, speak, keylog, cn = sys.argv[1:7]
context = ssl.create_default_context(cafile=root)
if accept == "yes":
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
if speak in ("1.0", "1.1"):
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
if speak:
    context.maximum_version = getattr(ssl.TLSVersion, {
        "1.0": "TLSv1"}.get(speak, "TLSv" + speak.replace(".", "_")))
if keylog:
    context.keylog_filename = keylog
context.hostname_checks_common_name = cn == "yes"
print(urllib.request.urlopen(url, context=context, timeout=10).read())
"""


def python(net, url, root, accept=False, speak=None, keylog=None, more=()):
    cn = "no" if "no-cn" in more else "yes"     # urllib3 2 says no-cn
    return net.client("/usr/bin/python3", "-W", "ignore", "-c", PYTHON, url,
                      root, "yes" if accept else "no", speak or "",
                      keylog or "", cn)


JAVA = """
import java.io.*; import java.net.*; import java.security.*;
import java.security.cert.*; import javax.net.ssl.*;
public class Fetch {
    static class Trusting extends X509ExtendedTrustManager {
        public void checkClientTrusted(X509Certificate[] c, String a) {}
        public void checkServerTrusted(X509Certificate[] c, String a) {}
        public void checkClientTrusted(X509Certificate[] c, String a,
                                       Socket s) {}
        public void checkServerTrusted(X509Certificate[] c, String a,
                                       Socket s) {}
        public void checkClientTrusted(X509Certificate[] c, String a,
                                       SSLEngine e) {}
        public void checkServerTrusted(X509Certificate[] c, String a,
                                       SSLEngine e) {}
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
    public static void main(String[] args) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("root", CertificateFactory
            .getInstance("X.509")
            .generateCertificate(new FileInputStream(args[1])));
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        boolean accept = args[2].equals("yes");
        context.init(null, accept ? new TrustManager[] { new Trusting() }
                     : factory.getTrustManagers(), null);
        HttpsURLConnection http =
            (HttpsURLConnection) new URL(args[0]).openConnection();
        http.setSSLSocketFactory(context.getSocketFactory());
        if (accept)
            http.setHostnameVerifier((name, session) -> true);
        System.out.write(http.getInputStream().readAllBytes());
        System.out.flush();
    }
}
"""


def java(net, url, root, accept=False, speak=None, keylog=None, more=()):
    """Writes no key log: let the server write it."""
    if not os.path.exists(os.path.join(WORK, "Fetch.class")):
        write(os.path.join(WORK, "Fetch.java"), JAVA)
        subprocess.run(["javac", "Fetch.java"], cwd=WORK, check=True)
    argv = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1"]
    if speak:
        argv.append("-Djdk.tls.client.protocols=TLSv" + speak)
    return net.client(*argv, *more, "-cp", WORK, "Fetch", url, root,
                      "yes" if accept else "no")


CLIENTS = {"curl": (curl, "curl"), "s_client": (s_client, "openssl"),
           "gnutls": (gnutls, "gnutls-cli"), "node": (node, "node"),
           "java": (java, "java"), "python": (python, "/usr/bin/python3")}

# What each is, for a README.
SAYS = {"curl": "curl", "s_client": "s_client", "gnutls": "gnutls-cli",
        "node": "Node https", "java": "Java HttpsURLConnection",
        "python": "Python urllib (ssl)"}


def client_text(kind):
    return "%s (client)" % version(CLIENTS[kind][1])
