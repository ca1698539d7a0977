# The lab's certificate authorities, and the leaf that a row of the core
# matrix asks for.
import datetime

from lib import CA, days, scratch, write


class Authorities:
    """One root, and what stands below it."""

    def __init__(self):
        self.root = CA("Example Lab Root R1", key="ec384")
        self.sub = self.root.sub("Example Lab Issuing E1", key="rsa2048")
        self.subsub = self.sub.sub("Example Lab Issuing E2")
        self.stale = self.root.sub("Example Lab Issuing E0", not_before=-days(
            800), not_after=-days(5))
        self.amazon = self.root.sub("Amazon RSA 2048 M02", key="rsa2048",
                                    organization="Amazon")
        self.clients = CA("Example Lab Client CA")


def make_leaf(row, authorities):
    options = dict(cn="api.example.com", sans=["api.example.com"],
                   key=row.key)
    options.update(row.cert)
    until = options.pop("until", None)
    if until:
        options["not_after"] = datetime.datetime(*until)
    leaf = getattr(authorities, row.above).leaf(**options)
    if row.options.get("send_root"):
        leaf.chain = write(scratch(".chain"), open(leaf.chain).read()
                           + open(leaf.root).read())
    return leaf
