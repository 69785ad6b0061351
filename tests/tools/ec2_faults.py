"""What goes wrong with the EC2 endpoint of the tests, and when: scripted faults, calls that hang, changes that are not seen yet.

`Control` is what the control endpoints of `ec2.py` set and what its requests read. Faults and their keys are described there.
"""

import threading
import time
from collections import Counter, defaultdict

MODES = ("corrected", "partial", "plain")
INTERNAL = (500, "InternalError", "An internal error has occurred")
NOTHING = (None, None, None)
# Kind: status, code and message of the answer, where the kind has one of its own.
KINDS = {
    "throttle": (503, "RequestLimitExceeded", "Request limit exceeded."),
    "unavailable": (503, "Unavailable", "The server is overloaded and can't handle the request."),
    "internal": INTERNAL,
    "expired": (400, "RequestExpired", "Request has expired."),
    "error": (400, "InternalError", "An internal error has occurred"),
    "page": (502, None, None),
    "drop": NOTHING,
    "delay": NOTHING,
    "hang": NOTHING,
    "run": NOTHING,
    "unseen": NOTHING,
    "partial": INTERNAL,
    "partial_drop": NOTHING,
    "after_error": INTERNAL,
    "after_drop": NOTHING,
    "after_half": NOTHING,
    "after_hang": NOTHING,
}
KEYS = {
    "action", "nth", "times", "kind", "code", "status", "message", "seconds", "calls", "rules", "groups", "params", "before", "after",
}  # fmt: skip
# The longest that a call hangs, in seconds, when nobody releases it.
HANG = 300

# Token buckets of an account and region: capacity and refill a second, from "Request throttling for the Amazon EC2 API".
MUTATING, TAGS, LOOKING = (50, 5), (100, 10), (100, 20)
BUCKETS = {
    "AuthorizeSecurityGroupIngress": MUTATING,
    "AuthorizeSecurityGroupEgress": MUTATING,
    "RevokeSecurityGroupIngress": MUTATING,
    "RevokeSecurityGroupEgress": MUTATING,
    "ModifySecurityGroupRules": MUTATING,
    "CreateTags": TAGS,
    "DeleteTags": TAGS,
    "DescribeSecurityGroupRules": LOOKING,
    "DescribeSecurityGroups": LOOKING,
    "DescribeManagedPrefixLists": LOOKING,
}


class Fault:
    """One scripted fault of one account."""

    def __init__(self, fault):
        unknown, kind = set(fault) - KEYS, fault.get("kind")
        if unknown or kind not in KINDS:
            raise ValueError(f"a fault needs a `kind` of {sorted(KINDS)}; unknown keys: {sorted(unknown)}")
        if "action" not in fault and not (kind == "unseen" and fault.get("groups")):
            raise ValueError("a fault needs an `action`; only `unseen` with `groups` begins by itself")
        if kind.startswith("partial") and "rules" not in fault:
            raise ValueError(f"`{kind}` needs `rules`: how many are done")
        self.commands = {}
        for moment in ("before", "after"):
            given = fault.get(moment, [])
            self.commands[moment] = given if isinstance(given, list) else [given]
            for command in self.commands[moment]:
                if set(command) - {"command", "args", "account"} or "command" not in command:
                    raise ValueError(f"`{moment}` is {{command, args, account}} or a list of them, not {command}")
        if kind == "run" and not any(self.commands.values()):
            raise ValueError("`run` needs `before` or `after`")
        self.action = fault.get("action")
        self.kind = kind
        self.first = int(fault.get("nth", 1))
        self.times = int(fault.get("times", 1))
        self.seconds = fault.get("seconds")
        self.calls = int(fault.get("calls", 1))
        self.rules = fault.get("rules")
        self.groups = list(fault.get("groups", []))
        self.params = dict(fault.get("params", {}))
        status, code, message = KINDS[kind]
        self.status = fault.get("status", status)
        self.code = fault.get("code", code)
        self.message = fault.get("message", message)
        self.seen = 0

    def hits(self, action, params):
        """Counts one call if the fault is about such calls; whether this one is hit."""
        if self.action not in (action, "*") or any(params.get(name) != value for name, value in self.params.items()):
            return False
        self.seen += 1
        return self.seen >= self.first and (self.times == 0 or self.seen < self.first + self.times)


class Veil:
    """Something that is not seen as it is: for so many calls that would show it, or for so long."""

    def __init__(self, fault, rules=None):
        self.left = fault.calls
        self.until = None if fault.seconds is None else time.monotonic() + float(fault.seconds)
        self.rules = rules  # of a group whose rules are shown as they were

    def covers(self):
        """Counts one call; whether it is kept from seeing."""
        if self.until is not None:
            return time.monotonic() < self.until
        self.left -= 1
        return self.left >= 0


class Hanging:
    """One call that waits to be released."""

    def __init__(self):
        self.released, self.finished = threading.Event(), threading.Event()
        self.go_on = True

    def wait(self):
        """Whether the call goes on when it is released; else it is as if it had never arrived."""
        return self.released.wait(HANG) and self.go_on


class Moment(threading.local):
    """What the request says that this thread answers."""

    by_hand = True  # its calls see everything and are hit by nothing
    fault = None
    veiled = {}  # what this request has asked for and whether it may see it, so that one request counts once

    def begin(self, by_hand, fault=None):
        self.by_hand, self.fault, self.veiled = by_hand, fault, {}

    def most(self):
        """How much of a batch this request does: everything (None), or so many of it."""
        return self.fault.rules if self.fault is not None and self.fault.kind.startswith("partial") else None


class Control:
    """What the control endpoints set and the requests read. Every method takes the lock for itself."""

    def __init__(self, mode):
        self.lock = threading.Lock()
        self.default_mode = mode
        self.moment = Moment()
        self.modes, self.quotas, self.buckets = {}, {}, {}
        self.asked = defaultdict(set)  # never forgotten
        self.counts, self.logs, self.faults = defaultdict(Counter), defaultdict(list), defaultdict(list)
        self.absent, self.stale, self.hanging, self.mishaps = defaultdict(dict), defaultdict(dict), defaultdict(list), defaultdict(list)

    def mode(self, account):
        return self.modes.get(account, self.default_mode)

    def quota(self, account):
        return self.quotas.get(account, 60)

    def begin(self, account, action, params, service="ec2"):
        """Notes a call; its entry in the log (whose status is filled in later) and the fault that hits it."""
        entry = {"action": action, "params": params, "status": None}
        with self.lock:
            if service == "ec2":
                self.asked[account].add(action)
            self.counts[account][action] += 1
            self.logs[account].append(entry)
            hit = [fault for fault in self.faults[account] if fault.hits(action, params)]
            if not hit and account in self.buckets and not self.has_token(account, action):
                hit = [Fault({"action": action, "kind": "throttle"})]
        return entry, hit[0] if hit else None

    def has_token(self, account, action):
        capacity, refill = BUCKETS.get(action, LOOKING)
        speed, buckets = self.buckets[account]
        now = time.monotonic()
        tokens, then = buckets.get(action, (capacity, now))
        tokens = min(capacity, tokens + (now - then) * refill * speed)
        buckets[action] = (tokens - 1 if tokens >= 1 else tokens, now)
        return tokens >= 1

    def calls(self, account):
        with self.lock:
            return {
                "calls": dict(sorted(self.counts[account].items())),
                "log": list(self.logs[account]),
                "asked": sorted(self.asked[account]),
                "hanging": len(self.hanging[account]),
                "mishaps": list(self.mishaps[account]),
            }

    def add_faults(self, account, faults):
        faults = [Fault(fault) for fault in faults]
        for fault in faults:
            if self.mode(account) == "plain" and (fault.kind == "unseen" or fault.kind.startswith("partial")):
                raise ValueError(f"`{fault.kind}` needs the corrected handlers: not in the mode `plain`")
        with self.lock:
            for fault in faults:
                if fault.action is None:
                    self.absent[account] |= {group: Veil(fault) for group in fault.groups}
                else:
                    self.faults[account].append(fault)

    def changes(self, account, group, rules):
        """Notes how a group was before a change, if the fault that hits this request keeps others from seeing the change."""
        fault = self.moment.fault
        if fault is not None and fault.kind == "unseen":
            with self.lock:
                older = self.stale[account].get(group)  # who does not see an earlier change does not see this one either
                self.stale[account][group] = Veil(fault, rules() if older is None else older.rules)

    def is_made(self, account, group):
        """Notes that a group has been made, which others may not see yet."""
        fault = self.moment.fault
        if fault is not None and fault.kind == "unseen":
            with self.lock:
                self.absent[account][group] = Veil(fault)

    def is_absent(self, account, group):
        """Whether this request does not see the group yet."""
        return self.veil(self.absent[account], group) is not None

    def stale_rules(self, account, group):
        """The rules of a group as this request sees them, if it sees older ones; else None."""
        veil = self.veil(self.stale[account], group)
        return None if veil is None else veil.rules

    def veil(self, veils, group):
        moment, asked = self.moment, (id(veils), group)
        if moment.by_hand:
            return None
        with self.lock:
            if asked not in moment.veiled:
                veil = veils.get(group)
                moment.veiled[asked] = veil if veil is not None and veil.covers() else None
                if veil is not None and moment.veiled[asked] is None:
                    del veils[group]
            return moment.veiled[asked]

    def hang(self, account):
        """Waits until the call is released, and gives what to tell when it is finished."""
        hanging = Hanging()
        with self.lock:
            self.hanging[account].append(hanging)
        return hanging

    def release(self, account, done):
        """Lets every hanging call of an account go on, or be lost, and waits until they are finished; how many there were."""
        with self.lock:
            hanging = self.hanging.pop(account, [])
        for one in hanging:
            one.go_on = done
            one.released.set()
        for one in hanging:
            one.finished.wait(30)
        return len(hanging)

    def note_mishap(self, account, text):
        with self.lock:
            self.mishaps[account].append(text)

    def set_mode(self, account, mode):
        if mode not in MODES:
            raise ValueError(f"`{mode}` is no mode; one of {MODES}")
        with self.lock:
            self.modes[account] = mode

    def set_quota(self, account, quota):
        with self.lock:
            self.quotas[account] = int(quota)

    def set_throttling(self, account, speed):
        """Full token buckets that refill `speed` times as fast as those of AWS; None: no throttling."""
        with self.lock:
            self.buckets.pop(account, None)
            if speed is not None:
                self.buckets[account] = (float(speed), {})

    def reset(self, account):
        self.release(account, True)
        with self.lock:
            for kept in (self.counts, self.logs, self.faults, self.absent, self.stale):
                kept.pop(account, None)
