"""Who hands out AWS credentials besides STS, for the tests: instance metadata, a container's endpoint, an SSO portal, and ways to EC2.

Run as `.venv/bin/python tests/tools/identity.py --account 000000000001 [--behind http://127.0.0.1:PORT] [--until-eof]`. The first line on
stdout is JSON: `{"port": …, "proxy": …, "tls": …, "ca": "/path/ca.pem"}`. Every credential handed out has a key of that account, as
`tests/tools/ec2.py` reads it.

On `port`, plain HTTP:

* `PUT /latest/api/token`, `GET /latest/meta-data/…`: the instance metadata service, version 2 only: what comes without a token gets 401.
  The instance has the role `instance-role` and is in the region `eu-central-1`.
* `GET /container`: a container's credentials for `Authorization: container-token`, else 401.
* `GET /federation/credentials`: the SSO portal, for the token `sso-token`, else 401 `UnauthorizedException`.
* `POST /token`: the OIDC service of SSO; refreshes `refresh-me` into `sso-token`.
* `GET /__seen`: what was asked for, as `["GET /container", …]`, on every port.

On `proxy`: a forward proxy for plain HTTP; `CONNECT` reaches `tls` whatever host is named. On `tls`: the endpoint that `--behind` names,
over HTTPS, with a certificate for 127.0.0.1 that only the authority in `ca` vouches for.
"""

import argparse
import datetime
import http.server
import ipaddress
import json
import os
import select
import socket
import ssl
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request

REGION = "eu-central-1"
EXPIRES = "2099-01-01T00:00:00Z"
METADATA_TOKEN = "metadata-token"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class State:
    """What the servers share."""

    def __init__(self, account, behind):
        self.key = f"AKIAEMC0{account}"
        self.behind = behind
        self.seen = []
        self.tls = None

    def keys(self, secret="SecretAccessKey"):
        return {"AccessKeyId": self.key, secret: "secret", "Token": "session-token", "Expiration": EXPIRES}


class Handler(http.server.BaseHTTPRequestHandler):
    """What all of them need; one answer a connection."""

    state = None
    name = ""

    def log_message(self, *_):
        pass

    def note(self):
        self.state.seen.append(f"{self.name}{self.command} {self.path}")

    def answer(self, status, body, **headers):
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def forward(self, url):
        """Passes the request on, and the answer back."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "proxy-connection", "content-length")}
        data = self.body() or None
        request = urllib.request.Request(url, data=data, method=self.command, headers=headers)
        try:
            with DIRECT.open(request, timeout=60) as answer:
                self.answer(answer.status, answer.read(), Content_Type=answer.headers.get("Content-Type", "text/xml"))
        except urllib.error.HTTPError as error:
            self.answer(error.code, error.read(), Content_Type=error.headers.get("Content-Type", "text/xml"))
        except urllib.error.URLError as error:
            self.answer(502, str(error))


class Identity(Handler):
    """Instance metadata, container, SSO portal, OIDC."""

    def do_PUT(self):
        self.note()
        if self.path != "/latest/api/token" or not self.headers.get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"):
            return self.answer(400, "")
        self.answer(200, METADATA_TOKEN, X_Aws_Ec2_Metadata_Token_Ttl_Seconds="21600")

    def do_GET(self):
        path = urllib.parse.urlparse(self.path).path
        if path == "/__seen":
            return self.answer(200, self.state.seen)
        self.note()
        if path.startswith("/latest/"):
            if self.headers.get("X-Aws-Ec2-Metadata-Token") != METADATA_TOKEN:
                return self.answer(401, "")
            answers = {
                "/latest/meta-data/iam/security-credentials/": "instance-role",
                "/latest/meta-data/iam/security-credentials/instance-role": {"Code": "Success", "Type": "AWS-HMAC", **self.state.keys()},
                "/latest/meta-data/placement/region": REGION,
            }
            return self.answer(200, answers[path]) if path in answers else self.answer(404, "")
        if path == "/container":
            if self.headers.get("Authorization") != "container-token":
                return self.answer(401, {"code": "Unauthorized", "message": "who are you"})
            return self.answer(200, self.state.keys())
        if path == "/federation/credentials":
            if self.headers.get("x-amz-sso_bearer_token") != "sso-token":
                error = {"message": "Session token not found or invalid"}
                return self.answer(401, error, x_amzn_errortype="UnauthorizedException", Content_Type="application/json")
            keys = {"accessKeyId": self.state.key, "secretAccessKey": "secret", "sessionToken": "session-token", "expiration": 4070908800000}
            return self.answer(200, {"roleCredentials": keys}, Content_Type="application/json")
        self.answer(404, "")

    def do_POST(self):
        self.note()
        asked = json.loads(self.body() or b"{}")
        if self.path == "/token" and asked.get("refreshToken") == "refresh-me":
            return self.answer(200, {"accessToken": "sso-token", "expiresIn": 3600, "tokenType": "Bearer"}, Content_Type="application/json")
        self.answer(400, {"error": "invalid_grant"}, x_amzn_errortype="InvalidGrantException", Content_Type="application/json")


class Proxy(Handler):
    """A forward proxy."""

    name = "proxy "

    def do_GET(self):
        self.note()
        self.forward(self.path)

    do_POST = do_PUT = do_GET

    def do_CONNECT(self):
        self.note()
        with socket.create_connection(("127.0.0.1", self.state.tls)) as there:
            self.send_response(200, "Connection established")
            self.end_headers()
            here = self.connection
            while True:
                for end in select.select([here, there], [], [], 60)[0]:
                    data = end.recv(65536)
                    if not data:
                        self.close_connection = True
                        return
                    (there if end is here else here).sendall(data)


class Tls(Handler):
    """EC2 over HTTPS."""

    name = "tls "

    def do_POST(self):
        self.note()
        self.forward(self.state.behind + self.path)


def certificates():
    """An authority and a certificate for 127.0.0.1 by it, as PEM files; the path of the authority's, and of certificate and key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def name(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def made(subject, issuer, key, signer, *extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = name("authority of the tests")
    authority = made(issuer, issuer, authority_key, authority_key, (x509.BasicConstraints(ca=True, path_length=0), True))
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost"), x509.DNSName("*.amazonaws.com"), x509.DNSName("*.eu-central-1.amazonaws.com")]
    usage = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH])
    leaf = made(name("127.0.0.1"), issuer, key, authority_key, (x509.SubjectAlternativeName(names), False), (usage, False))
    folder = tempfile.mkdtemp(prefix="emc-identity-")
    pem = serialization.Encoding.PEM
    files = {
        "ca.pem": authority.public_bytes(pem),
        "leaf.pem": leaf.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    }
    for file, data in files.items():
        with open(os.path.join(folder, file), "wb") as out:
            out.write(data)
    return os.path.join(folder, "ca.pem"), os.path.join(folder, "leaf.pem")


class Server(http.server.ThreadingHTTPServer):
    """Says nothing of clients that go away; one that does not trust the certificate is what some tests are about."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # an ssl.SSLError is one
            super().handle_error(request, client_address)


def serve(handler, state, context=None):
    """Serves on a free port, which it returns."""
    server = Server(("127.0.0.1", 0), type(handler.__name__, (handler,), {"state": state}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def main():
    parser = argparse.ArgumentParser(description="Sources of AWS credentials for the tests.")
    parser.add_argument("--account", default="123456789012")
    parser.add_argument("--behind", default="http://127.0.0.1:1", help="the EC2 endpoint behind `tls`")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
    options = parser.parse_args()
    state = State(options.account, options.behind)
    ca, leaf = certificates()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf)
    state.tls = serve(Tls, state, context)
    ports = {"port": serve(Identity, state), "proxy": serve(Proxy, state), "tls": state.tls, "ca": ca}
    print(json.dumps(ports), flush=True)
    try:
        if options.until_eof:
            while os.read(sys.stdin.fileno(), 4096):
                pass
        else:
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    for file in (ca, leaf):
        os.unlink(file)
    os.rmdir(os.path.dirname(ca))


if __name__ == "__main__":
    main()
