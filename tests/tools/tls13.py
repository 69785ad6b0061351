"""A TLS 1.3 client that can lie: it presents one certificate and signs with any key. Every TLS library refuses to, so this is by hand.

Offers X25519, AES-128-GCM and SHA-256 only, sends a client certificate with an ECDSA P-521 signature, and does not check the server. For
the one test that asks whether the provider accepts a holder of the (public) certificate who lacks its key. `try_identity` answers what
the server did. RFC 8446 is the text; the names are its names."""

import hashlib
import hmac
import os
import socket
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION = 20, 21, 22, 23
CERTIFICATE, CERTIFICATE_REQUEST, CERTIFICATE_VERIFY, FINISHED = 11, 13, 15, 20
ECDSA_SECP521R1_SHA512 = 0x0603
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # and empty SETTINGS


class Refused(Exception):
    """The server sent this alert, or cut the connection (None)."""

    def __init__(self, alert):
        super().__init__(f"alert {alert}")
        self.alert = alert


def vector(data, width):
    return len(data).to_bytes(width, "big") + data


def expand_label(secret, label, context, length):
    info = struct.pack("!H", length) + vector(b"tls13 " + label, 1) + vector(context, 1)
    return HKDFExpand(hashes.SHA256(), length, info).derive(secret)


def extract(salt, secret):
    return hmac.digest(salt, secret, "sha256")


def message(kind, body):
    return bytes([kind]) + vector(body, 3)


class Cipher:
    """One direction under one traffic secret."""

    def __init__(self, secret):
        self.secret = secret
        self.key = AESGCM(expand_label(secret, b"key", b"", 16))
        self.iv = expand_label(secret, b"iv", b"", 12)
        self.count = 0

    def nonce(self):
        nonce = (int.from_bytes(self.iv, "big") ^ self.count).to_bytes(12, "big")
        self.count += 1
        return nonce

    def seal(self, kind, data):
        head = struct.pack("!BHH", APPLICATION, 0x0303, len(data) + 17)
        return head + self.key.encrypt(self.nonce(), data + bytes([kind]), head)

    def open(self, head, data):
        plain = self.key.decrypt(self.nonce(), data, head).rstrip(b"\0")
        return plain[-1], plain[:-1]


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.transcript = b""
        self.reader = None
        self.pending = b""

    def exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.connection.recv(count - len(data))
            if not part:
                raise Refused(None)
            data += part
        return data

    def record(self):
        """The next record's kind and content."""
        while True:
            head = self.exactly(5)
            data = self.exactly(struct.unpack("!H", head[3:])[0])
            kind = head[0]
            if kind == CHANGE_CIPHER_SPEC:
                continue
            if kind == APPLICATION and self.reader:
                kind, data = self.reader.open(head, data)
            if kind == ALERT:
                raise Refused(data[1])
            return kind, data

    def handshake_message(self):
        while len(self.pending) < 4 or len(self.pending) < 4 + int.from_bytes(self.pending[1:4], "big"):
            kind, data = self.record()
            assert kind == HANDSHAKE, kind
            self.pending += data
        length = 4 + int.from_bytes(self.pending[1:4], "big")
        whole, self.pending = self.pending[:length], self.pending[length:]
        self.transcript += whole
        return whole[0], whole[4:]

    def hello(self, share):
        def extension(kind, body):
            return struct.pack("!H", kind) + vector(body, 2)

        name = vector(b"\0" + vector(b"localhost", 2), 2)
        extensions = (
            extension(0, name)
            + extension(10, vector(struct.pack("!H", 0x001D), 2))
            + extension(13, vector(struct.pack("!4H", 0x0403, 0x0503, ECDSA_SECP521R1_SHA512, 0x0807), 2))
            + extension(16, vector(vector(b"h2", 1), 2))
            + extension(43, vector(struct.pack("!H", 0x0304), 1))
            + extension(51, vector(struct.pack("!H", 0x001D) + vector(share, 2), 2))
        )
        body = struct.pack("!H", 0x0303) + os.urandom(32) + vector(os.urandom(32), 1) + vector(struct.pack("!H", 0x1301), 2) + b"\1\0"
        whole = message(1, body + vector(extensions, 2))
        self.transcript += whole
        self.connection.sendall(struct.pack("!BHH", HANDSHAKE, 0x0301, len(whole)) + whole)

    def server_share(self):
        _, body = self.handshake_message()
        at = 34 + 1 + body[34]  # version, random, session id
        at += 2 + 1 + 2  # cipher suite, compression, length of extensions
        while at < len(body):
            kind, length = struct.unpack_from("!HH", body, at)
            if kind == 51:
                return body[at + 8 : at + 4 + length]
            at += 4 + length
        raise Refused(None)

    def hashed(self):
        return hashlib.sha256(self.transcript).digest()

    def talk(self, certificate, key):
        """The whole handshake, then HTTP/2's first words; what the server answers to them."""
        own = X25519PrivateKey.generate()
        self.hello(own.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))
        shared = own.exchange(X25519PublicKey.from_public_bytes(self.server_share()))
        zero, nothing = bytes(32), hashlib.sha256(b"").digest()
        handshake = extract(expand_label(extract(zero, zero), b"derived", nothing, 32), shared)
        writer = Cipher(expand_label(handshake, b"c hs traffic", self.hashed(), 32))
        self.reader = Cipher(expand_label(handshake, b"s hs traffic", self.hashed(), 32))
        kind, asked = None, False
        while kind != FINISHED:
            kind, _ = self.handshake_message()
            asked |= kind == CERTIFICATE_REQUEST
        if not asked:
            raise AssertionError("the server asked for no certificate: it authenticates nobody")
        master = extract(expand_label(handshake, b"derived", nothing, 32), zero)
        application_reader = Cipher(expand_label(master, b"s ap traffic", self.hashed(), 32))
        application_writer = Cipher(expand_label(master, b"c ap traffic", self.hashed(), 32))

        flight = message(CERTIFICATE, b"\0" + vector(vector(certificate, 3) + b"\0\0", 3))
        self.transcript += flight
        signed = b" " * 64 + b"TLS 1.3, client CertificateVerify\0" + self.hashed()
        signature = key.sign(signed, ec.ECDSA(hashes.SHA512()))
        verify = message(CERTIFICATE_VERIFY, struct.pack("!H", ECDSA_SECP521R1_SHA512) + vector(signature, 2))
        self.transcript += verify
        finished_key = expand_label(writer.secret, b"finished", b"", 32)
        finished = message(FINISHED, hmac.digest(finished_key, self.hashed(), "sha256"))
        self.connection.sendall(writer.seal(HANDSHAKE, flight + verify + finished))
        self.reader = application_reader
        self.connection.sendall(application_writer.seal(APPLICATION, HTTP2_PREFACE))
        while True:
            kind, data = self.record()
            if kind == APPLICATION and data:
                return data


def try_identity(connection: socket.socket, certificate_pem, key_pem):
    """Connects as the holder of this certificate, signing with this key: the server's first HTTP/2 bytes, or `Refused`."""
    connection.settimeout(10)
    der = x509.load_pem_x509_certificate(certificate_pem).public_bytes(serialization.Encoding.DER)
    try:
        return Client(connection).talk(der, serialization.load_pem_private_key(key_pem, None))
    except (ConnectionError, BrokenPipeError) as error:
        raise Refused(None) from error
