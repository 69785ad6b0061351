variable "security_group_ids" {
  description = "The security groups of the EMC servers."
  type        = object({ core = string, database = string })
}

resource "emc_aws_security_group_rules" "rollout" {
  name = "emc-prod"

  placements = {
    # Somewhere else: named by addresses, nothing is written there.
    agents = {
      components = ["desktop"]
      cidr_ipv4  = ["10.20.0.0/16"]
    }
    aes = {
      components = ["aes"]
      cidr_ipv4  = ["10.9.0.10/32"]
    }

    # Here: the rules of these groups are written, and the others name them by group.
    core = {
      components        = ["application_management_director", "configuration", "license_director", "media_director", "weblm", "xml_server"]
      security_group_id = var.security_group_ids.core
    }
    database = {
      components        = ["ids", "media_stores", "sql_server"]
      security_group_id = var.security_group_ids.database
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

# One line of the plan for each rule, for each flow without one the reason.
output "lines" {
  value = emc_aws_security_group_rules.rollout.lines
}

output "unexpanded" {
  value = emc_aws_security_group_rules.rollout.unexpanded
}
