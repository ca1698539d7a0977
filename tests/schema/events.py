"""events.py: the events that the cases of pcaps/ give, and their fields."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "golden"))
import run as golden  # noqa: E402


def cases(pcaps, matrix=1):
    """(name, capture, trust, keys or None): with keys is a case of its own; see
    golden.cases()."""
    for case in golden.cases(pcaps, matrix):
        folder = os.path.join(pcaps, case)
        root = os.path.join(folder, "root.pem")
        keys = os.path.join(folder, "keys.log")
        trust = root if os.path.exists(root) else "none"
        capture = golden.capture_of(folder)
        yield case, capture, trust, None
        if os.path.exists(keys):
            yield case + " with keys", capture, trust, keys


def replay(exe, case, form="ecs",
           events="finding,certificate,handshake,status"):
    """The lines of a case as bytes, and what is wrong with the run."""
    _, capture, trust, keys = case
    cmd = [exe, "-r", capture, "-f", form, "-e", events, "-t", trust]
    if keys:
        cmd += ["-k", keys]
    run = subprocess.run(cmd, capture_output=True, timeout=120)
    if run.returncode:
        return [], "exit %d: %s" % (run.returncode,
                                    run.stderr.decode(errors="replace"))
    return run.stdout.splitlines(), ""


def schema(exe):
    run = subprocess.run([exe, "--schema"], capture_output=True, check=True)
    return json.loads(run.stdout)


def fields(node, path=""):
    """{path: (leaf schema, is it a list)} of an object of the schema."""
    out = {}
    for name, sub in node.get("properties", {}).items():
        where = path + "." + name if path else name
        is_list = sub.get("type") == "array"
        if is_list:
            sub = sub["items"]
        if sub.get("type") == "object":
            out.update(fields(sub, where))
        else:
            out[where] = sub, is_list
    return out


def field_type(sub):
    """The type of Elasticsearch that holds what a leaf of the schema says."""
    if sub["type"] in ("integer", "boolean"):
        return {"integer": "long"}.get(sub["type"], sub["type"])
    if sub.get("format") == "date-time":
        return "date"
    if any(a.get("format") == "ipv4" for a in sub.get("anyOf", ())):
        return "ip"
    return "keyword"
