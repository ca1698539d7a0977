#!/usr/bin/python3
# Makes the captures of the core matrix (rows.py) and of the special cases
# (special.py) again: real clients against real servers in two namespaces.
# Run as root: make/core.py [NAME...] (a name or its beginning; all if none).
# The checks of check.py are run on each; exit 1 if one does not hold.
import sys

import check
import clients
from authorities import Authorities, make_leaf
from lib import Net, scratch, version
from rows import ROWS, worded
from special import SPECIAL

SERVERS = {"nginx": "nginx", "s_server": "openssl",
           "gnutls-serv": "gnutls-serv"}
NAMES = ["api.example.com", "v2.api.example.com", "shop.example.net",
         "www.example.org", "unknown.example.com"]


def serve(net, row, leaf, keylog):
    old = row.tls in clients.OLD
    env = clients.NO_CONF if old else None
    if row.server == "nginx":
        lines = ["ssl_protocols TLSv" + row.tls.replace("1.0", "1")]
        if old:
            lines.append("ssl_ciphers DEFAULT:@SECLEVEL=0")
        return net.nginx(leaf, *lines, env=env)
    if row.server == "gnutls-serv":
        return net.gnutls_serv(leaf, priority="NORMAL:-VERS-ALL:+VERS-TLS"
                               + row.tls)
    argv = ["-tls" + row.tls.replace(".", "_").replace("1_0", "1")]
    if old:
        argv += ["-cipher", "DEFAULT:@SECLEVEL=0"]
    if keylog:
        argv += ["-keylogfile", keylog]
    return net.s_server(leaf, *argv, env=env)


def run_client(net, row, root, keylog):
    for kind, accept in row.clients:
        call, _ = clients.CLIENTS[kind]
        done = call(net, row.url, root, accept=accept, more=row.more,
                    speak=row.tls if row.tls in clients.OLD else None,
                    keylog=None if row.server == "s_server" else keylog)
        print("  %s: %d %s" % (kind, done.returncode,
                               done.stdout.strip()[-150:].replace("\n", "|")))


def make_row(net, authorities, row):
    leaf = make_leaf(row, authorities)
    keylog = scratch(".keys") if row.tls == "1.3" else None
    programs = [clients.client_text(kind) for kind in dict(row.clients)]
    programs.append(version(SERVERS[row.server]) + " (server)")
    net.hosts(check.SERVER[row.options.get("ip", 4)])
    with net.case(row.name, proves=row.says, programs=programs,
                  findings=worded(row, row.findings),
                  with_keys=worded(row, row.with_keys), made_by="core.py",
                  root=authorities.root.pem, keylog=keylog):
        with serve(net, row, leaf, keylog):
            run_client(net, row, authorities.root.pem, keylog)


def wanted(name, chosen):
    return not chosen or any(name.startswith(start) for start in chosen)


def main(chosen):
    authorities = Authorities()
    failed = []
    with Net("core", names=NAMES) as net:
        for row in ROWS + SPECIAL:
            if not wanted(row.name, chosen):
                continue
            print(row.name, flush=True)
            make = getattr(row, "make", None)
            if make:
                net.hosts(check.SERVER[4])
                make(net, authorities, row)
            else:
                make_row(net, authorities, row)
            failed += check.check(row)
    for line in failed:
        print("FAILED", line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
