# The firewall rules of one EMC 6.6 site whose servers run on AWS while agents, telephony and mail stay in the company's network.
#
# Who lives where is all that is said here. The provider derives the rules from the vendor's port matrix, and the plan shows each of
# them with the row that asks for it.

terraform {
  required_version = ">= 1.8"
  required_providers {
    emc = {
      source  = "emc-rollout/emc"
      version = "~> 0.1"
    }
  }
}

provider "emc" {
  aws {
    region = var.region
  }
}

locals {
  # In the company's network: named by addresses. Their own firewalls are not ours to write.
  outside = {
    agents = {
      components = ["desktop"]
      cidr_ipv4  = var.agent_networks
    }
    supervisors = {
      components = ["control_panel", "reporting", "ttrace_console"]
      cidr_ipv4  = var.supervisor_networks
    }
    aes = {
      components = ["aes"]
      cidr_ipv4  = var.aes_addresses
    }
    mail = {
      components = ["mail_server"]
      cidr_ipv4  = var.mail_addresses
    }
    bastion = { # no part of EMC: only the extra flows below name it
      cidr_ipv4 = var.bastion_networks
    }
  }

  # On AWS: the rules of these groups are what this configuration maintains.
  servers = {
    core = {
      components = [
        "application_management_director", "call_routing", "configuration", "license_director",
        "task_director", "ttrace_server", "weblm", "xml_server",
      ]
      security_group_id = var.security_group_ids.core
    }
    ids = {
      components        = ["ids"]
      security_group_id = var.security_group_ids.ids
      single_host       = true
    }
    media = {
      components        = ["media_director", "media_stores"]
      security_group_id = var.security_group_ids.media
    }
    gateways = { # in the DMZ
      components        = ["gateways"]
      security_group_id = var.security_group_ids.gateways
    }
    database = {
      components        = ["sql_server"]
      security_group_id = var.security_group_ids.database
    }
  }
}

resource "emc_aws_security_group_rules" "rollout" {
  name       = var.name
  placements = merge(local.outside, local.servers)

  policy {
    transport       = "prefer_secure" # secure mode is configured on the servers (A31)
    mail            = ["imaps", "smtps"]
    management_from = ["supervisors"]

    # The TTrace Console is the only one here that opens the data connection.
    initiators = { "ttrace_server.10403" = ["ttrace_console"] }

    ports = {
      "xml_server.implied.client_ports" = "3000-3003" # one fixed XML Client Port for each AES stream
      "aes.implied.link_ports"          = "1050-1053" # as set on the AES
    }

    exclude = ["ttrace_server.10400 from agents"]

    # The reason of a flow that is excluded from somewhere is shown there, and not on the lines that stay.
    reasons = {
      "ttrace_server.10400" = "tracing is wanted, except of desktops"
      "ttrace_server.10403" = "console of the operations team"
    }

    # What was found out on site, so that nobody has to ask again. It is a record and opens or closes nothing: once no desktop uses 29085
    # any more, "simple_messaging_store.29085.desktop" goes into exclude.
    answers = {
      A12 = "39085 is the secure port of the store, 29085 the plain one, and some desktops still use it; seen on the store, CHG0041230"
      A31 = "secure mode is configured on all servers, every 39xxx port listens; CHG0041231"
    }

    # Remote desktop to every server, until the session broker takes over.
    dynamic "extra" {
      for_each = local.servers
      content {
        name     = "rdp-${extra.key}"
        from     = "bastion"
        to       = extra.key
        protocol = "tcp"
        ports    = "3389"
        reason   = "administration of Windows"
        ticket   = "CHG0041877"
        expires  = "2027-12-31"
      }
    }
  }
}
