"""pki.py: a root, an expired certificate and one for another name."""
import os
import subprocess

CONFIG = """
[ca]
default_ca = lab
[lab]
dir = {dir}
database = {dir}/index
serial = {dir}/serial
new_certs_dir = {dir}
certificate = {dir}/root.pem
private_key = {dir}/root.key
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
CN = any
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[leaf]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:{name}
"""


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def write_config(folder, name):
    path = os.path.join(folder, "openssl.cnf")
    with open(path, "w") as text:
        text.write(CONFIG.format(dir=folder, name=name))
    return path


def make_root(folder, subject="/CN=Live Test Root"):
    open(os.path.join(folder, "index"), "w").close()
    with open(os.path.join(folder, "serial"), "w") as text:
        text.write("1001\n")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-days", "3650", "-subj",
            subject, "-config", write_config(folder, "none"),
            "-extensions", "root", "-keyout",
            os.path.join(folder, "root.key"), "-out",
            os.path.join(folder, "root.pem"))


def make_leaf(folder, word, name, start, end):
    """word.pem and word.key; start and end as 20200101000000Z."""
    base = os.path.join(folder, word)
    config = write_config(folder, name)
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
            "-config", config, "-keyout", base + ".key", "-out",
            base + ".csr")
    openssl("ca", "-batch", "-notext", "-config", config, "-extensions",
            "leaf", "-startdate", start, "-enddate", end, "-in",
            base + ".csr", "-out", base + ".pem")


def make_all(folder):
    make_root(folder)
    make_leaf(folder, "expired", "api.example.com", "20200101000000Z",
              "20210101000000Z")
    make_leaf(folder, "other", "shop.example.net", "20200101000000Z",
              "20450101000000Z")
