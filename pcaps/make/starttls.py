#!/usr/bin/python3
# Makes the captures of TLS inside other protocols, and of DTLS.
# usage: starttls.py [GROUP...]   groups: the CASES of starttls_*.py; default all
# Needs root and the Debian servers that each README names; a group whose server
# is missing or fails is reported, and the others are still made.
import importlib
import sys
import traceback

import starttls_world

FILES = ["mail", "server", "proxy", "dtls", "vpn"]


def main(wanted):
    failed = []
    for part in FILES:
        module = importlib.import_module("starttls_" + part)
        for name, make in module.CASES.items():
            if wanted and not {name, part} & set(wanted):
                continue
            try:
                with starttls_world.World() as net:
                    make(net)
            except Exception:
                traceback.print_exc()
                failed.append(name)
    if failed:
        print("failed: " + ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
