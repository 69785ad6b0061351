"""An EC2 endpoint for the tests: moto in this process, with calls counted, faults scripted and deviations from AWS corrected.

Run as `.venv/bin/python tests/tools/ec2.py [--port N] [--mode corrected|partial|plain] [--until-eof]`. The first line on stdout is
`{"endpoint": "http://127.0.0.1:PORT", "port": PORT}`; port 0 (the default) takes a free one. With `--until-eof` the process ends when its
standard input does, so it cannot outlive the tests that started it, however they end.

One process serves many tests at once. The access key chooses the account, and every account has its own VPCs, groups, counters, faults,
mode and quota:

* `AKIAEMC0` + twelve digits: the account of those digits; its calls are counted, logged and hit by faults.
* `AKIAEMC9` + twelve digits: the same account by hand: neither counted nor hit. For what a test does besides the provider.
* a key that `/__user` gave: the same account as a user whose policy is enforced: EC2 refuses what it does not allow. Counted and hit.
* any other key: what moto makes of it (keys of an assumed role belong to the role's account), counted.

Control endpoints, JSON in and out; `account` is twelve digits and may be left out for moto's default account:

* `GET /__ready`: `{"ready": true}`.
* `GET /__calls?account=…`: `{"calls": {"AuthorizeSecurityGroupIngress": 2, …}, "log": [{"action", "params", "status"}, …], "asked": […],
  "hanging": 0, "mishaps": []}`; calls that a fault stopped are counted too, their status is null when the connection was cut. `asked` are
  the actions of EC2 that were called since the account was made, whatever was reset; `hanging` is how many calls wait for `/__release`
  now; `mishaps` are commands of faults that failed.
* `POST /__faults {"account", "faults": [fault, …]}`: adds faults, see below.
* `POST /__release {"account", "done": true}`: lets every hanging call go on and waits until it is carried out; with `"done": false` they are
  lost instead, as if they had never arrived. `{"released": how many}`.
* `POST /__mode {"account", "mode"}`: `corrected`, `partial` (a refused batch keeps what came before the refusal) or `plain` (moto as it is).
* `POST /__quota {"account", "quota"}`: rules per direction and family of a group (60).
* `POST /__throttling {"account", "speed": 1.0}`: token buckets for each action as AWS documents them, refilled so many times as fast; null
  ends it.
* `POST /__user {"account", "policy"}`: a new IAM user that has exactly this policy: `{"access_key", "secret_key"}`.
* `POST /__reset {"account"}`: forgets counters, log and faults and releases what hangs; groups and rules stay.
* `POST /__ctl {"account", "region", "command", "args"}`: runs a function of `ec2ctl.py` by hand, for instance `"setup"` with
  `{"groups": ["core", "db"]}`.

A fault is `{"action", "nth": 1, "times": 1, "kind", …}`. It hits the nth call of that action from now on, `times` calls in a row (0: for
ever); the action `"*"` means every action, so that `nth` counts over all of them; `"params": {"GroupId": "sg-…"}` narrows it to calls that
were sent with these parameters. `code`, `status` and `message` replace what the kind brings. Kinds, by what becomes of the call:

* nothing is done: `throttle` (503 RequestLimitExceeded), `unavailable` (503 Unavailable), `internal` (500 InternalError), `expired` (400
  RequestExpired, what EC2 says to credentials that have run out), `error` (400 and `code`), `page` (502 with a page of HTML, as of a proxy),
  `drop` (connection cut).
* done, and then: `after_error` (500 InternalError), `after_drop` (connection cut), `after_half` (cut in the middle of the answer).
* the first `rules` of its batch are done, and then: `partial` (500 InternalError, or what `code` and `status` say), `partial_drop` (cut).
* done and answered, but late: `delay` (`seconds`, then as usual), `hang` (not before `/__release`; then as usual), `after_hang` (done at
  once, answered not before `/__release`). A test that kills the provider during a call waits for `hanging`, kills, and releases.
* done and answered, but others do not see it yet: `unseen`. What the call changed in its group is not shown by the next `calls` (1)
  DescribeSecurityGroupRules that cover the group, or for `seconds`: a new rule is missing, a revoked one still there, tags are the old
  ones. With `"groups": ["sg-…"]` and no `action` it begins at once, and the groups themselves are not there yet: describes leave them out
  or answer InvalidGroup.NotFound, and so do all other calls that name them.
* done and answered as usual: `run`, which is for what somebody else does at that very moment: `"before": {"command", "args"}` runs a function of
  `ec2ctl.py` when the call has arrived and is not carried out yet, `"after"` when it is carried out and not answered yet. Either may be
  a list, and may name another `account`. `{"action": "AuthorizeSecurityGroupIngress", "nth": 2, "kind": "run", "before": {"command":
  "revoke", "args": {"group": "sg-…", "ports": "443"}}}`. Every other kind takes `before` and `after` as well.

By-hand calls see everything at once and are hit by nothing. `unseen` and `partial` do not work in the mode `plain`.
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
from urllib.parse import parse_qs, parse_qsl
from xml.sax.saxutils import escape

from ec2_faults import MODES, Control, Fault

DEFAULT_ACCOUNT = "123456789012"
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/]+/([^/]+)/([^/]+)/aws4_request")
OWN_KEY = re.compile(r"AKIAEMC([09])(\d{12})\Z")


class Endpoint:
    """The WSGI application: control endpoints, then faults and counting, then moto."""

    def __init__(self, control):
        import ec2_iam
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.control = control
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.users = ec2_iam
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
        entry, fault = self.control.begin(account, action, fields, credential.group(3) if credential else None)

        def remember(status, headers, exc_info=None):
            entry["status"] = int(status.split()[0])
            return start_response(status, headers, exc_info)

        denied = self.denied(account, credential, action, fields) if fault is None else None
        if denied is not None:
            fault = Fault({"action": action, "kind": "error", "code": "UnauthorizedOperation", "status": 403, "message": denied})
        if fault is None:
            return self.ask_moto(environ, body, remember, counted=True)
        return self.hit(fault, account, credential, environ, body, remember)

    def denied(self, account, credential, action, fields):
        """What IAM says against a call of one of its users to EC2, if anything."""
        key, region, service = credential.groups() if credential else (None, None, None)
        if service != "ec2" or not self.users.is_user(account, key):
            return None
        return self.users.refusal(account, key, region, action, fields)

    def hit(self, fault, account, credential, environ, body, start_response):
        """Answers a call that a fault hits: before, the call itself unless the fault keeps it from being done, after, the answer."""
        region, service = credential.group(2, 3) if credential else ("eu-central-1", "ec2")
        kind, answer, held = fault.kind, None, []

        def carry_out():
            def hold(*head):
                held[:] = head

            return self.ask_moto(environ, body, hold, counted=True, fault=fault)

        self.run_commands(fault.commands["before"], account, region, environ)
        if kind == "delay":
            time.sleep(1 if fault.seconds is None else float(fault.seconds))
        hanging = self.control.hang(account) if kind == "hang" else None
        try:
            if hanging and not hanging.wait():
                cut(environ)
            if kind.startswith(("after_", "partial")) or kind in ("delay", "hang", "run", "unseen"):
                answer = carry_out()
        finally:
            if hanging:
                hanging.finished.set()
        self.run_commands(fault.commands["after"], account, region, environ)
        if kind == "after_hang":
            hanging = self.control.hang(account)
            hanging.finished.set()
            if not hanging.wait():
                cut(environ)
        if kind.endswith("drop"):
            cut(environ)
        if fault.status is not None:
            return refusal(fault, service, start_response)
        start_response(*held)
        return half(answer, environ) if kind == "after_half" else answer

    def run_commands(self, commands, account, region, environ):
        endpoint = f"http://127.0.0.1:{environ['SERVER_PORT']}"
        for command in commands:
            try:
                self.hand.run(endpoint, command.get("account", account), region, command["command"], command.get("args", {}))
            except Exception as error:  # the test that looks for mishaps sees what went wrong
                self.control.note_mishap(account, f"{command['command']}: {type(error).__name__}: {error}")

    def account_of(self, environ, access_key):
        """The account of a request, and whether its calls count. Tells moto, where the key is one of ours."""
        own = OWN_KEY.match(access_key or "")
        if own:
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = own.group(2)
            return own.group(2), own.group(1) == "0"
        from moto.iam.models import get_account_id_from

        return get_account_id_from(access_key or ""), True

    def ask_moto(self, environ, body, start_response, counted=False, fault=None):
        environ["wsgi.input"] = io.BytesIO(body)
        with self.moto_lock:
            self.control.moment.begin(by_hand=not counted, fault=fault)
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
        elif (method, path) == ("POST", "/__throttling"):
            self.control.set_throttling(account, given["speed"])
        elif (method, path) == ("POST", "/__user"):
            return self.users.make_user(account, given["policy"])
        elif (method, path) == ("POST", "/__release"):
            return {"released": self.control.release(account, given.get("done", True))}
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
    if fault.code is None:
        text = f"<html><head><title>{fault.status} Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\r\n".encode()
        start_response(f"{fault.status} Bad Gateway", [("Content-Type", "text/html"), ("Content-Length", str(len(text)))])
        return [text]
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


def half(answer, environ):
    """The first half of an answer; the head has promised all of it."""
    text = b"".join(answer)
    yield text[: len(text) // 2]
    cut(environ)


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
