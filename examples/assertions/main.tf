# Rules of a network that must hold whatever else changes, asserted with functions of the provider: offline, without an account. The
# `check` block warns at every plan of this configuration; `terraform test` refuses, and belongs into the pipeline that reviews a change.

terraform {
  required_version = ">= 1.8"
  required_providers {
    emc = {
      source  = "emc-rollout/emc"
      version = "~> 0.1"
    }
  }
}

# The same local values go to the resource that writes the rules; functions take what they need of them.
locals {
  placements = {
    agents   = { components = ["desktop"] }
    core     = { components = ["configuration", "license_director", "xml_server"] }
    media    = { components = ["media_director", "media_stores"] }
    ids      = { components = ["ids"] }
    database = { components = ["sql_server"] }
  }
  policy = {
    transport = "secure_only"
    exclude   = ["sql_server.1433 from agents"]
    reasons   = { "sql_server.1433" = "desktops read through the servers, CHG0012345" }
  }
}

check "segmentation" {
  assert {
    condition     = !provider::emc::allows(local.placements, "desktop", "sql_server", null, local.policy)
    error_message = "A desktop reaches the SQL server: ${provider::emc::why(local.placements, "desktop", "sql_server", null, local.policy).answer}"
  }
}

output "rules" {
  description = "All lines, as a reviewer reads them."
  value       = provider::emc::expand(local.placements, local.policy).lines
}

output "desktops_to_database" {
  description = "Whether a desktop reaches the SQL server, and through what, or why not."
  value       = provider::emc::why(local.placements, "desktop", "sql_server", null, local.policy).answer
}

output "plain_from_agents" {
  description = "Whether anything leaves the agent network unencrypted, and what."
  value       = provider::emc::why(local.placements, "agents", null, "plain", local.policy).answer
}

output "stores_to_database" {
  description = "Whether the media stores reach their database."
  value       = provider::emc::why(local.placements, "media_stores", "sql_server", "tcp 1433", local.policy).answer
}
