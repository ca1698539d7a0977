"""tap.py: results as TAP (Test Anything Protocol), one line a case."""
import sys
import time


def wait_for(what, seconds=10):
    """True as soon as what() is; False after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return bool(what())


class Tap:
    """Numbers the cases, tells details of what failed, plans at the end."""

    def __init__(self):
        self.num = self.failed = self.skipped = 0

    def case(self, good, name, details=(), most=25):
        self.num += 1
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.num, name))
        if not good:
            for line in list(details)[:most]:
                for part in str(line).splitlines():
                    print("# " + part[:2000])
            if len(details) > most:
                print("# ... and %d more" % (len(details) - most))
        sys.stdout.flush()

    def skip(self, name, why):
        self.num += 1
        self.skipped += 1
        print("ok %d - %s # SKIP %s" % (self.num, name, why))

    def end(self):
        """The exit status: 1 if a case failed or none ran."""
        print("1..%d" % self.num)
        return 1 if self.failed or not self.num else 0
