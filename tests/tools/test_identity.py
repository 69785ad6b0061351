"""The sources of credentials of the tests, asked by the official SDK for Python: what it accepts is what AWS answers."""

import hashlib
import json
import os
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ACCOUNT = "000000000042"
FIND = (
    "import sys, botocore.session;"
    "session = botocore.session.Session(profile=sys.argv[1] if sys.argv[1:] else None);"
    "print(session.get_credentials().get_frozen_credentials().access_key)"
)
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Sources(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "identity.py"), "--account", ACCOUNT, "--until-eof"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ports = json.loads(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.ports['port']}"
        self.home = tempfile.TemporaryDirectory()
        foreign = ("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        self.environment = {name: value for name, value in os.environ.items() if not name.upper().startswith(foreign)}
        self.environment["HOME"] = self.home.name
        self.environment["AWS_CONFIG_FILE"] = os.path.join(self.home.name, "config")
        self.environment["AWS_SHARED_CREDENTIALS_FILE"] = os.path.join(self.home.name, "credentials")

    def tearDown(self):
        self.process.stdin.close()
        self.assertEqual(self.process.wait(10), 0)
        self.process.stdout.close()
        self.assertFalse(os.path.exists(self.ports["ca"]), "what it wrote is gone")
        self.home.cleanup()

    def key(self, profile=None):
        """The key that the SDK finds, in a process of its own: it works its paths out when it is imported. None where it fails."""
        asked = [sys.executable, "-c", FIND, *([profile] if profile else [])]
        found = subprocess.run(asked, env=self.environment, capture_output=True, text=True, timeout=60)
        return found.stdout.strip() if found.returncode == 0 else None

    def seen(self):
        return json.load(OPENER.open(f"{self.url}/__seen"))

    def test_instance(self):
        self.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = self.url
        self.assertEqual(self.key(), f"AKIAEMC0{ACCOUNT}")
        self.assertIn("PUT /latest/api/token", self.seen())
        with self.assertRaises(urllib.error.HTTPError) as refused:
            OPENER.open(f"{self.url}/latest/meta-data/placement/region")
        self.assertEqual(refused.exception.code, 401, "version 1 is not served")
        refused.exception.close()

    def test_container(self):
        self.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{self.url}/container"
        self.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "container-token"
        self.assertEqual(self.key(), f"AKIAEMC0{ACCOUNT}")
        self.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "another"
        self.assertIsNone(self.key())

    def sso(self, token):
        with open(self.environment["AWS_CONFIG_FILE"], "w") as config:
            config.write(
                "[profile work]\nsso_session = corp\nsso_account_id = 000000000042\nsso_role_name = admin\nregion = eu-central-1\n"
                "[sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.example/start\n"
            )
        cache = os.path.join(self.home.name, ".aws/sso/cache")
        os.makedirs(cache)
        with open(os.path.join(cache, hashlib.sha1(b"corp").hexdigest() + ".json"), "w") as file:
            json.dump({"accessToken": token, "expiresAt": "2099-01-01T00:00:00Z", "startUrl": "https://corp.example/start"}, file)
        self.environment["AWS_ENDPOINT_URL_SSO"] = self.url

    def test_sso(self):
        self.sso("sso-token")
        self.assertEqual(self.key("work"), f"AKIAEMC0{ACCOUNT}")

    def test_sso_refuses_another_token(self):
        self.sso("stale")
        self.assertIsNone(self.key("work"))

    def test_https_needs_the_authority(self):
        url = f"https://127.0.0.1:{self.ports['tls']}/"
        with self.assertRaises(urllib.error.URLError):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, data=b"x")
        context = ssl.create_default_context(cafile=self.ports["ca"])
        handler = urllib.request.HTTPSHandler(context=context)
        with self.assertRaises(urllib.error.HTTPError) as answered:
            urllib.request.build_opener(urllib.request.ProxyHandler({}), handler).open(url, data=b"x", timeout=10)
        self.assertEqual(answered.exception.code, 502, "nobody is behind it here")
        answered.exception.close()
        self.assertIn("tls POST /", self.seen())

    def test_proxy_passes_on(self):
        proxy = urllib.request.ProxyHandler({"http": f"http://127.0.0.1:{self.ports['proxy']}"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.build_opener(proxy).open(f"{self.url}/nothing")
        self.assertEqual(refused.exception.code, 404)
        refused.exception.close()
        self.assertEqual(self.seen(), [f"proxy GET {self.url}/nothing", "GET /nothing"])


if __name__ == "__main__":
    unittest.main()
