variable "network_security_group_ids" {
  description = "The network security groups in front of the EMC servers."
  type        = object({ core = string, database = string })
}

variable "application_security_group_ids" {
  description = "The application security group that the network interfaces of the core servers are members of."
  type        = object({ core = string })
}

resource "emc_azure_network_security_rules" "rollout" {
  name = "emc-prod"

  placements = {
    # Somewhere else: named by addresses, nothing is written there.
    agents = {
      components       = ["desktop"]
      address_prefixes = ["10.20.0.0/16"]
    }
    aes = {
      components       = ["aes"]
      address_prefixes = ["10.9.0.10/32"]
    }

    # Here: the rules of these groups are written. A rule on Azure names both of its ends, so each placement also says where its hosts
    # are: in an application security group, or at addresses.
    core = {
      components                     = ["application_management_director", "configuration", "license_director", "media_director", "weblm", "xml_server"]
      network_security_group_id      = var.network_security_group_ids.core
      application_security_group_ids = [var.application_security_group_ids.core]
    }
    database = {
      components                = ["ids", "media_stores", "sql_server"]
      network_security_group_id = var.network_security_group_ids.database
      address_prefixes          = ["10.30.2.0/27"]
    }
  }

  policy {
    # Plain ports close for whoever has a secure one, so the servers have to be configured for secure mode first (A31 in open_questions).
    transport = "prefer_secure"

    # What the vendor's table leaves to the site: who connects to 29068, and which ports the telephony streams were fixed to.
    initiators = { "ids_voice_and_presence.29068" = ["ids_view"] }
    ports = {
      "xml_server.implied.client_ports" = "3000-3003"
      "aes.implied.link_ports"          = "1050-1053"
    }
    reasons = {
      "ids_voice_and_presence.29068" = "the View server connects, seen with netstat"
    }
  }
}

# One line of the plan for each rule, its priority first, and for each flow without one the reason.
output "lines" {
  value = emc_azure_network_security_rules.rollout.lines
}

output "unexpanded" {
  value = emc_azure_network_security_rules.rollout.unexpanded
}

# How many of these rules change nothing, because Azure lets the same pass anyway.
output "void" {
  value = emc_azure_network_security_rules.rollout.void
}
