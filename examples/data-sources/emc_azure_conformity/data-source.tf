variable "network_security_group_ids" {
  description = "The groups in front of the servers, whoever made them: `core` and `database`."
  type        = map(string)
}

variable "application_security_group_ids" {
  description = "The group that the network interfaces of the core servers are members of: `core`."
  type        = map(string)
}

# The groups as they are now, against the vendor's table and what this site decided. Nothing is written.
data "emc_azure_conformity" "audit" {
  placements = {
    agents = { components = ["desktop"], address_prefixes = ["10.20.0.0/16"] }
    core = {
      components                     = ["configuration", "xml_server"]
      network_security_group_id      = var.network_security_group_ids["core"]
      application_security_group_ids = [var.application_security_group_ids["core"]]
    }
    database = {
      components                = ["sql_server"]
      network_security_group_id = var.network_security_group_ids["database"]
      address_prefixes          = ["10.1.2.0/24"]
    }
  }

  policy {
    transport  = "prefer_secure"
    directions = ["ingress"] # what goes out of these groups is not judged

    answers = {
      A31 = "CHG0041877: secure mode is set up on both servers"
    }
  }
}

output "verdict" {
  value = data.emc_azure_conformity.audit.verdict
}

# One line a finding, for a report.
output "findings" {
  value = {
    missing = data.emc_azure_conformity.audit.missing
    extra   = data.emc_azure_conformity.audit.extra
    wider   = data.emc_azure_conformity.audit.wider
  }
}

# Every plan and apply looks again. What does not conform is a warning; if the groups cannot be read, it is an error, unless the data
# source stands inside of the check.
check "port_matrix" {
  assert {
    condition     = data.emc_azure_conformity.audit.conforms != "no"
    error_message = "The network security groups differ from the port matrix: ${data.emc_azure_conformity.audit.verdict}"
  }
}
