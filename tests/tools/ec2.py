"""An EC2 endpoint for the tests: moto in this process, with calls counted, faults scripted and deviations from AWS corrected.

Run as `.venv/bin/python tests/tools/ec2.py [--port N] [--mode corrected|partial|plain] [--until-eof]`. The first line on stdout is
`{"endpoint": "http://127.0.0.1:PORT", "port": PORT}`; port 0 (the default) takes a free one. With `--until-eof` the process ends when its
standard input does, so it cannot outlive the tests that started it, however they end.

One process serves many tests at once. The access key chooses the account, and every account has its own VPCs, groups, counters, faults,
mode and quota:

* `AKIAEMC0` + twelve digits: the account of those digits; its calls are counted, logged and hit by faults.
* `AKIAEMC9` + twelve digits: the same account by hand: neither counted nor hit. For what a test does besides the provider.
* any other key: what moto makes of it (keys of an assumed role belong to the role's account), counted.

Control endpoints, JSON in and out; `account` is twelve digits and may be left out for moto's default account:

* `GET /__ready`: `{"ready": true}`.
* `GET /__calls?account=…`: `{"calls": {"AuthorizeSecurityGroupIngress": 2, …}, "log": [{"action", "params", "status"}, …]}`; calls that a
  fault stopped are counted too, their status is null when the connection was cut.
* `POST /__faults {"account", "faults": [fault, …]}`: adds faults. A fault is `{"action", "nth": 1, "times": 1, "kind", "code", "status",
  "message", "seconds"}`; it hits the nth call of that action from now on, `times` calls in a row (0: for ever). Kinds: `throttle` (503
  RequestLimitExceeded), `error` (400 and `code`), `drop` (connection cut, nothing done), `delay` (`seconds`, then as usual), `after_error`
  (done, then 500 InternalError), `after_drop` (done, then the connection is cut). `code` and `status` replace what the kind brings.
* `POST /__mode {"account", "mode"}`: `corrected`, `partial` (a refused batch keeps what came before the refusal) or `plain` (moto as it is).
* `POST /__quota {"account", "quota"}`: rules per direction and family of a group (60).
* `POST /__reset {"account"}`: forgets counters, log and faults; groups and rules stay.
* `POST /__ctl {"account", "region", "command", "args"}`: runs a function of `ec2ctl.py` by hand, for instance `"setup"` with
  `{"groups": ["core", "db"]}`.
"""

import argparse
import hashlib
import io
import json
import os
import re
import socket
import sys
import threading
import time
from collections import Counter, defaultdict
from urllib.parse import parse_qs, parse_qsl
from xml.sax.saxutils import escape

DEFAULT_ACCOUNT = "123456789012"
MODES = ("corrected", "partial", "plain")
KINDS = {
    "throttle": (503, "RequestLimitExceeded", "Request limit exceeded."),
    "error": (400, "InternalError", "An internal error has occurred"),
    "drop": (None, None, None),
    "delay": (None, None, None),
    "after_error": (500, "InternalError", "An internal error has occurred"),
    "after_drop": (None, None, None),
}


class Fault:
    """One scripted fault of one account and action."""

    def __init__(self, fault):
        unknown = set(fault) - {"action", "nth", "times", "kind", "code", "status", "message", "seconds"}
        if unknown or "action" not in fault or fault.get("kind") not in KINDS:
            raise ValueError(f"fault needs `action` and a `kind` of {sorted(KINDS)}; unknown keys: {sorted(unknown)}")
        self.action = fault["action"]
        self.kind = fault["kind"]
        self.first = int(fault.get("nth", 1))
        self.times = int(fault.get("times", 1))
        self.seconds = float(fault.get("seconds", 1))
        status, code, message = KINDS[self.kind]
        self.status = fault.get("status", status)
        self.code = fault.get("code", code)
        self.message = fault.get("message", message)
        self.seen = 0

    def hits(self):
        """Counts one call of the action; whether this one is hit."""
        self.seen += 1
        return self.seen >= self.first and (self.times == 0 or self.seen < self.first + self.times)


class Control:
    """What the control endpoints set and the requests read. Every method takes the lock for itself."""

    def __init__(self, mode):
        self.lock = threading.Lock()
        self.default_mode = mode
        self.modes, self.quotas = {}, {}
        self.counts, self.logs, self.faults = defaultdict(Counter), defaultdict(list), defaultdict(list)

    def mode(self, account):
        return self.modes.get(account, self.default_mode)

    def quota(self, account):
        return self.quotas.get(account, 60)

    def begin(self, account, action, params):
        """Notes a call; its entry in the log (whose status is filled in later) and the fault that hits it."""
        entry = {"action": action, "params": params, "status": None}
        with self.lock:
            self.counts[account][action] += 1
            self.logs[account].append(entry)
            hit = [fault for fault in self.faults[account] if fault.action == action and fault.hits()]
        return entry, hit[0] if hit else None

    def calls(self, account):
        with self.lock:
            return {"calls": dict(sorted(self.counts[account].items())), "log": list(self.logs[account])}

    def add_faults(self, account, faults):
        faults = [Fault(fault) for fault in faults]
        with self.lock:
            self.faults[account] += faults

    def set_mode(self, account, mode):
        if mode not in MODES:
            raise ValueError(f"`{mode}` is no mode; one of {MODES}")
        with self.lock:
            self.modes[account] = mode

    def set_quota(self, account, quota):
        with self.lock:
            self.quotas[account] = int(quota)

    def reset(self, account):
        with self.lock:
            for kept in (self.counts, self.logs, self.faults):
                kept.pop(account, None)


CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/]+/([^/]+)/([^/]+)/aws4_request")
OWN_KEY = re.compile(r"AKIAEMC([09])(\d{12})\Z")


class Endpoint:
    """The WSGI application: control endpoints, then faults and counting, then moto."""

    def __init__(self, control):
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.control = control
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.moto_lock = threading.RLock()  # moto's stores are plain dictionaries
        self.hand = Hand()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].startswith("/__"):
            return self.answer_control(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        credential = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        account, counted = self.account_of(environ, credential.group(1) if credential else None)
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        action = fields.pop("Action", None)
        if action is None or not counted:
            return self.ask_moto(environ, body, start_response)
        fields.pop("Version", None)
        entry, fault = self.control.begin(account, action, fields)

        def remember(status, headers, exc_info=None):
            entry["status"] = int(status.split()[0])
            return start_response(status, headers, exc_info)

        if fault is None:
            return self.ask_moto(environ, body, remember)
        if fault.kind == "delay":
            time.sleep(fault.seconds)
            return self.ask_moto(environ, body, remember)
        if fault.kind.startswith("after_"):
            self.ask_moto(environ, body, lambda *_: None)
        if fault.kind.endswith("drop"):
            cut(environ)
        return refusal(fault, credential.group(3) if credential else "ec2", remember)

    def account_of(self, environ, access_key):
        """The account of a request, and whether its calls count. Tells moto, where the key is one of ours."""
        own = OWN_KEY.match(access_key or "")
        if own:
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = own.group(2)
            return own.group(2), own.group(1) == "0"
        from moto.iam.models import get_account_id_from

        return get_account_id_from(access_key or ""), True

    def ask_moto(self, environ, body, start_response):
        environ["wsgi.input"] = io.BytesIO(body)
        with self.moto_lock:
            return [b"".join(self.moto(environ, start_response))]

    def answer_control(self, environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        query = {key: values[-1] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        try:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            given = {**query, **(json.loads(body) if body else {})}
            account = given.get("account", DEFAULT_ACCOUNT)
            answer = self.control_answer(method, path, account, given, environ)
            status = "200 OK" if answer is not None else "404 Not Found"
        except Exception as error:  # the test that asked sees what went wrong
            status, answer = "400 Bad Request", {"error": f"{type(error).__name__}: {error}"}
        text = json.dumps(answer if answer is not None else {"error": f"no {method} {path}"}).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
        return [text]

    def control_answer(self, method, path, account, given, environ):
        if (method, path) == ("GET", "/__ready"):
            return {"ready": True}
        if (method, path) == ("GET", "/__calls"):
            return self.control.calls(account)
        if (method, path) == ("POST", "/__faults"):
            self.control.add_faults(account, given["faults"])
        elif (method, path) == ("POST", "/__mode"):
            self.control.set_mode(account, given["mode"])
        elif (method, path) == ("POST", "/__quota"):
            self.control.set_quota(account, given["quota"])
        elif (method, path) == ("POST", "/__reset"):
            self.control.reset(account)
        elif (method, path) == ("POST", "/__ctl"):
            endpoint = f"http://127.0.0.1:{environ['SERVER_PORT']}"
            return self.hand.run(endpoint, account, given.get("region", "eu-central-1"), given["command"], given.get("args", {}))
        else:
            return None
        return {"ok": True}


class Hand:
    """Runs functions of `ec2ctl` against this endpoint, with a client for each account and region that is made once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.clients = {}
        self.session = None

    def run(self, endpoint, account, region, command, args):
        import ec2ctl

        with self.lock:
            if self.session is None:
                self.session = ec2ctl.session()
            if (account, region) not in self.clients:
                self.clients[account, region] = ec2ctl.client(endpoint, f"AKIAEMC9{account}", region, self.session)
        return {"result": ec2ctl.COMMANDS[command](self.clients[account, region], **args)}


def refusal(fault, service, start_response):
    """An error as EC2, or one of the other query services, answers it."""
    request_id = hashlib.sha256(os.urandom(8)).hexdigest()[:32]
    code, message = escape(fault.code), escape(fault.message or "")
    if service == "ec2":
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    start_response(f"{fault.status} Fault", [("Content-Type", "text/xml;charset=UTF-8"), ("Content-Length", str(len(text)))])
    return [text]


def cut(environ):
    """Ends the connection without an answer."""
    try:
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    raise ConnectionError("cut on purpose")


def serve(port, mode, announce):
    """Serves until the process ends; `announce` gets the port once the socket listens."""
    import logging

    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    import ec2_rules

    class Handler(MotoRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open, as those of AWS do

        def log_request(self, *_):
            pass

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    control = Control(mode)
    ec2_rules.install(control)
    server = make_server("127.0.0.1", port, Endpoint(control), threaded=True, request_handler=Handler)
    announce(server.server_port)
    server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description="An EC2 endpoint for the tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mode", choices=MODES, default="corrected")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
    options = parser.parse_args()

    def announce(port):
        print(json.dumps({"endpoint": f"http://127.0.0.1:{port}", "port": port}), flush=True)

    if options.until_eof:

        def watch():
            while os.read(sys.stdin.fileno(), 4096):
                pass
            os._exit(0)

        threading.Thread(target=watch, daemon=True).start()
    # moto reads these when it is imported, and nothing of the machine's own AWS settings shall reach it.
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_"))]:
        del os.environ[name]
    try:
        serve(options.port, options.mode, announce)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
