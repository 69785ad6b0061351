"""The Azure of the tests, driven by Microsoft's own client over HTTPS: what that client takes for Azure, is Azure as far as it goes."""

import json
import os
import ssl
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import armctl
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.mgmt.network import NetworkManagementClient

SERVER = None


def setUpModule():
    global SERVER
    SERVER = armctl.Server()


def tearDownModule():
    code = SERVER.stop()
    assert code == 0, f"the server ended with {code} when its input did"


class Credential:
    """Signs in with a client secret, with nothing of the client's own libraries between."""

    def __init__(self, account, principal=None):
        self.tenant, principal = account["tenant"], principal or account["principal"]
        self.form = {"grant_type": "client_credentials", "client_id": principal["client_id"], "client_secret": principal["client_secret"]}

    def get_token(self, *scopes, **_):
        form = urllib.parse.urlencode({**self.form, "scope": " ".join(scopes)}).encode()
        context = ssl.create_default_context(cafile=SERVER.ca)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with opener.open(f"{SERVER.endpoint}/{self.tenant}/oauth2/v2.0/token", data=form, timeout=30) as answer:
            given = json.load(answer)
        return AccessToken(given["access_token"], int(time.time()) + given["expires_in"])


def client(account, principal=None, **options):
    return NetworkManagementClient(
        Credential(account, principal),
        account["subscription"],
        base_url=SERVER.endpoint,
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=SERVER.ca,
        proxies={},
        retry_total=0,
        polling_interval=0,
        **options,
    )


def rule(name, slot, **changes):
    properties = {
        "protocol": "Tcp", "access": "Allow", "direction": "Inbound", "priority": slot, "sourceAddressPrefix": "10.0.0.0/8",
        "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "443",
    }  # fmt: skip
    properties |= changes
    return {"name": name, "properties": {key: value for key, value in properties.items() if value is not None}}


def whole(*rules, **more):
    return {"location": "eastus", "properties": {"securityRules": list(rules), **more}}


class Case(unittest.TestCase):
    """Each test has an account of its own."""

    def setUp(self):
        self.account = SERVER.account()
        self.made = SERVER.ctl(self.account, "setup", groups=["core"], asgs=["web"])
        self.network = client(self.account)
        self.groups, self.rules = self.network.network_security_groups, self.network.security_rules
        self.addCleanup(self.network.close)

    def put(self, group, body, **options):
        return self.groups.begin_create_or_update("rollout", group, body, **options)

    def names(self, group="core"):
        return [one["name"] for one in SERVER.ctl(self.account, "rules", group=group)]


class Groups(Case):
    def test_a_group_is_created_read_listed_updated_and_deleted(self):
        made = self.put("new", whole(rule("https", 100))).result()
        self.assertEqual((made.name, made.location, made.properties.provisioning_state), ("new", "eastus", "Succeeded"))
        self.assertEqual([one.name for one in made.properties.security_rules], ["https"])
        self.assertEqual([one.properties.priority for one in made.properties.default_security_rules], [65000, 65001, 65500] * 2)
        read = self.groups.get("rollout", "NEW")
        self.assertEqual((read.etag, read.properties.security_rules[0].etag), (made.etag, made.etag))
        self.assertEqual([one.name for one in self.groups.list("rollout")], ["core", "new"])
        self.assertEqual([one.name for one in self.groups.list_all()], ["core", "new"])
        changed = self.put("new", whole(rule("https", 100), rule("http", 110, destinationPortRange="80"), flushConnection=True)).result()
        self.assertEqual([one.name for one in changed.properties.security_rules], ["https", "http"])
        self.assertTrue(changed.properties.flush_connection)
        self.assertNotEqual(changed.etag, read.etag)
        self.groups.begin_delete("rollout", "new").result()
        with self.assertRaises(ResourceNotFoundError) as gone:
            self.groups.get("rollout", "new")
        self.assertEqual(gone.exception.error.code, "ResourceNotFound")
        self.groups.begin_delete("rollout", "new").result()  # of what is gone it is no error

    def test_lists_come_in_pages(self):
        SERVER.settings(self.account, page=2)
        SERVER.ctl(self.account, "setup", groups=["a", "b", "c", "d"])
        self.assertEqual(len(list(self.groups.list_all())), 5)
        self.assertEqual(SERVER.seen(self.account)["calls"]["GET groups"], 3)

    def test_a_group_that_changed_is_not_written(self):
        etag = self.groups.get("rollout", "core").etag
        SERVER.ctl(self.account, "put_rule", group="core", name="foreign")
        with self.assertRaises(HttpResponseError) as refused:
            self.put("core", whole(), headers={"If-Match": etag})
        error = refused.exception.error
        self.assertEqual(refused.exception.status_code, 412)
        self.assertEqual((error.code, error.details[0].code), ("PreconditionFailed", "PreconditionFailedEtagMismatch"))
        self.assertIn(etag, error.details[0].message)
        self.assertEqual(self.names(), ["foreign"])
        etag = self.groups.get("rollout", "core").etag
        self.put("core", whole(rule("ours", 200)), headers={"If-Match": etag}).result()
        self.assertEqual(self.names(), ["ours"])

    def test_an_edit_between_reading_and_writing_is_noticed(self):
        foreign = {"command": "put_rule", "args": {"group": "core", "name": "foreign"}}
        SERVER.fault(self.account, action="PUT group", kind="run", before=foreign)
        etag = self.groups.get("rollout", "core").etag
        with self.assertRaises(HttpResponseError) as refused:
            self.put("core", whole(), headers={"If-Match": etag})
        self.assertEqual(refused.exception.status_code, 412)
        self.assertEqual(self.names(), ["foreign"])

    def test_an_application_security_group_is_kept_by_its_id(self):
        asg = self.made["asgs"]["web"]
        end = {"sourceAddressPrefix": None, "sourceApplicationSecurityGroups": [{"id": asg.upper()}]}
        self.put("core", whole(rule("r", 100, **end))).result()
        read = self.groups.get("rollout", "core").properties.security_rules[0].properties
        self.assertEqual([one.id for one in read.source_application_security_groups], [asg])
        self.assertIsNone(read.source_address_prefix)

    def test_large_groups(self):
        rules = [rule(f"r{number}", 100 + number, destinationPortRange=str(number + 1)) for number in range(1000)]
        made = self.put("core", whole(*rules)).result()
        self.assertEqual(len(made.properties.security_rules), 1000)
        with self.assertRaises(HttpResponseError) as refused:
            self.put("core", whole(*rules, rule("more", 4000)))
        self.assertEqual((refused.exception.status_code, refused.exception.error.code), (400, "SecurityRuleCountLimitReached"))


class Rules(Case):
    def test_a_rule_is_created_read_listed_updated_and_deleted(self):
        body = rule("https", 100)
        made = self.rules.begin_create_or_update("rollout", "core", "https", body).result()
        self.assertEqual((made.name, made.properties.priority, made.properties.provisioning_state), ("https", 100, "Succeeded"))
        self.assertEqual(made.etag, self.groups.get("rollout", "core").etag)
        self.rules.begin_create_or_update("rollout", "core", "https", rule("https", 120, access="Deny")).result()
        read = self.rules.get("rollout", "core", "HTTPS")
        self.assertEqual((read.properties.priority, read.properties.access), (120, "Deny"))
        self.assertEqual([one.name for one in self.rules.list("rollout", "core")], ["https"])
        self.rules.begin_delete("rollout", "core", "https").result()
        self.assertEqual(list(self.rules.list("rollout", "core")), [])
        with self.assertRaises(ResourceNotFoundError) as gone:
            self.rules.get("rollout", "core", "https")
        self.assertEqual(gone.exception.error.code, "NotFound")
        self.rules.begin_delete("rollout", "core", "https").result()

    def test_default_rules(self):
        found = {one.name: one.properties.access for one in self.network.default_security_rules.list("rollout", "core")}
        self.assertEqual(len(found), 6)
        self.assertEqual(found["DenyAllInBound"], "Deny")
        self.assertEqual(self.network.default_security_rules.get("rollout", "core", "AllowVnetInBound").properties.priority, 65000)

    def test_a_priority_is_taken_once_in_each_direction(self):
        self.rules.begin_create_or_update("rollout", "core", "a", rule("a", 100)).result()
        with self.assertRaises(HttpResponseError) as refused:
            self.rules.begin_create_or_update("rollout", "core", "b", rule("b", 100))
        self.assertEqual((refused.exception.status_code, refused.exception.error.code), (400, "SecurityRuleConflict"))
        self.assertIn("aka.ms/nsgrules", refused.exception.error.message)
        self.rules.begin_create_or_update("rollout", "core", "b", rule("b", 100, direction="Outbound")).result()
        self.assertEqual(self.names(), ["a", "b"])

    def test_values_that_azure_does_not_take(self):
        for code, changes in {
            "SecurityRuleParameterContainsUnsupportedValue": {"sourceAddressPrefix": None, "sourceAddressPrefixes": ["Internet"]},
            "SecurityRuleInvalidAddressPrefix": {"sourceAddressPrefix": "10.0.0.1/8"},
            "SecurityRuleInvalidPortRange": {"destinationPortRange": "443-80"},
            "OverlappingSubnetsNotPermittedInSecurityRule": {
                "sourceAddressPrefix": None, "sourceAddressPrefixes": ["10.0.0.0/8", "10.1.0.0/16"]},
            "SecurityRuleInvalidPriority": {"priority": 99},
        }.items():  # fmt: skip
            with self.subTest(code):
                with self.assertRaises(HttpResponseError) as refused:
                    self.rules.begin_create_or_update("rollout", "core", "r", rule("r", 100, **changes))
                self.assertEqual((refused.exception.status_code, refused.exception.error.code), (400, code))

    def test_a_group_that_is_not_there(self):
        with self.assertRaises(ResourceNotFoundError) as refused:
            self.rules.begin_create_or_update("rollout", "none", "r", rule("r", 100))
        self.assertEqual(refused.exception.error.code, "ParentResourceNotFound")


class Operations(Case):
    def test_they_are_waited_for_as_long_as_they_run(self):
        SERVER.settings(self.account, polls=3)
        poller = self.put("core", whole(rule("r", 100)))
        self.assertEqual(poller.result().properties.provisioning_state, "Succeeded")
        self.assertEqual(SERVER.seen(self.account)["calls"]["GET operation"], 4)

    def test_failures_are_told(self):
        SERVER.fault(self.account, action="PUT group", kind="fail", code="Rotten", message="It went bad.")
        with self.assertRaises(HttpResponseError) as failed:
            self.put("core", whole(rule("r", 100))).result()
        self.assertEqual((failed.exception.error.code, failed.exception.error.message), ("Rotten", "It went bad."))
        self.assertEqual(self.groups.get("rollout", "core").properties.provisioning_state, "Failed")

    def test_one_is_superseded_by_another(self):
        first = self.put("core", whole(rule("a", 100)), polling=False)
        first.result()
        url = first.polling_method()._initial_response.http_response.headers["Azure-AsyncOperation"]
        self.put("core", whole(rule("b", 100))).result()
        answer = self.network._client.send_request(_get(url))
        self.assertEqual(answer.json()["error"]["details"][0]["code"], "CanceledAndSupersededDueToAnotherOperation")
        self.assertEqual(self.names(), ["b"])

    def test_a_rule_waits_until_another_one_is_written(self):
        SERVER.fault(self.account, action="PUT rule", kind="held")
        first = self.rules.begin_create_or_update("rollout", "core", "a", rule("a", 100), polling=False)
        with self.assertRaises(HttpResponseError) as busy:
            self.rules.begin_create_or_update("rollout", "core", "b", rule("b", 110))
        self.assertEqual((busy.exception.status_code, busy.exception.error.code), (429, "RetryableError"))
        self.assertIn("Retry-After", busy.exception.response.headers)
        SERVER.ask("POST", "/__release", {"subscription": self.account["subscription"]})
        self.rules.begin_create_or_update("rollout", "core", "b", rule("b", 110)).result()
        self.assertEqual((first.done(), self.names()), (True, ["a", "b"]))


class Access(Case):
    def test_what_a_role_does_not_say_is_refused(self):
        permissions = [{"actions": ["Microsoft.Network/networkSecurityGroups/read", "Microsoft.Network/networkSecurityGroups/securityRules/*"]}]
        made = SERVER.ask("POST", "/__principal", {"subscription": self.account["subscription"], "permissions": permissions})
        with client(self.account, made) as limited:
            limited.network_security_groups.get("rollout", "core")
            limited.security_rules.begin_create_or_update("rollout", "core", "r", rule("r", 100)).result()
            with self.assertRaises(HttpResponseError) as refused:
                limited.network_security_groups.begin_create_or_update("rollout", "core", whole())
            self.assertEqual((refused.exception.status_code, refused.exception.error.code), (403, "AuthorizationFailed"))
            self.assertIn("'Microsoft.Network/networkSecurityGroups/write'", refused.exception.error.message)
            end = {"sourceAddressPrefix": None, "sourceApplicationSecurityGroups": [{"id": self.made["asgs"]["web"]}]}
            with self.assertRaises(HttpResponseError) as refused:
                limited.security_rules.begin_create_or_update("rollout", "core", "s", rule("s", 110, **end))
            self.assertEqual(refused.exception.error.code, "LinkedAuthorizationFailed")

    def test_tokens_run_out(self):
        self.groups.get("rollout", "core")
        SERVER.ask("POST", "/__expire", {"subscription": self.account["subscription"]})
        with self.assertRaises(ClientAuthenticationError) as refused:
            self.groups.get("rollout", "core")
        self.assertIn("ExpiredAuthenticationToken", str(refused.exception))

    def test_nothing_is_trusted_without_the_authority(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ssl.create_default_context()))
        with self.assertRaises(urllib.error.URLError) as refused:
            opener.open(f"{SERVER.endpoint}/metadata/endpoints?api-version=2022-09-01", timeout=30)
        self.assertIn("CERTIFICATE_VERIFY_FAILED", str(refused.exception))

    def test_a_cut_connection_is_one(self):
        SERVER.fault(self.account, action="PUT group", kind="after_drop")
        with self.assertRaises(Exception) as lost:
            self.put("core", whole(rule("r", 100)))
        self.assertNotIsInstance(lost.exception, HttpResponseError)
        self.assertEqual(self.names(), ["r"])


class Command(Case):
    def test_by_hand_from_the_shell(self):
        def run(*arguments):
            command = [sys.executable, armctl.__file__, "--control", SERVER.control, "--subscription", self.account["subscription"], *arguments]
            return subprocess.run(command, capture_output=True, text=True, timeout=60)

        run("put_rule", '{"group": "core", "name": "r"}').check_returncode()
        self.assertEqual([one["name"] for one in json.loads(run("rules", '{"group": "core"}').stdout)], ["r"])
        failed = run("rules", '{"group": "none"}')
        self.assertEqual((failed.returncode, failed.stdout), (1, ""))
        self.assertTrue(failed.stderr.startswith("armctl: "))

    def test_wrong_arguments(self):
        for arguments in ([], ["--ca"], ["--port", "x", "--ca", os.devnull], ["--dance"]):
            run = subprocess.run([armctl.program(), *arguments], capture_output=True, text=True, timeout=60)
            self.assertEqual((run.returncode, run.stdout), (1, ""), arguments)


def _get(url):
    from azure.core.rest import HttpRequest

    return HttpRequest("GET", url)


if __name__ == "__main__":
    unittest.main()
