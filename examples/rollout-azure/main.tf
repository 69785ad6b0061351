# The firewall rules of one EMC 6.6 site whose servers run on Azure while agents, telephony and mail stay in the company's network.
#
# Who lives where is all that is said here. The provider derives the rules from the vendor's port matrix, and the plan shows each of
# them with its priority and the row that asks for it.

terraform {
  required_version = ">= 1.8"
  required_providers {
    emc = {
      source  = "emc-rollout/emc"
      version = "~> 0.1"
    }
  }
}

# Who signs in comes from the environment: `az login`, or the ARM_ variables of the official provider. Subscriptions are in the ids.
provider "emc" {
  azure {}
}

locals {
  # In the company's network, or without network security group of ours: named by addresses.
  outside = {
    agents = {
      components       = ["desktop"]
      address_prefixes = var.agent_networks
    }
    supervisors = {
      components       = ["control_panel", "reporting", "ttrace_console"]
      address_prefixes = var.supervisor_networks
    }
    aes = {
      components       = ["aes"]
      address_prefixes = var.aes_addresses
    }
    mail = {
      components       = ["mail_server"]
      address_prefixes = var.mail_addresses
    }
    bastion = { # no part of EMC: only the extra flows below name it
      address_prefixes = var.bastion_networks
    }
    # Nor are domain controllers, which matter once everything else is denied. A placement that is null is not there.
    directory = var.deny_unlisted ? { address_prefixes = var.directory_addresses } : null
  }

  # On Azure: the rules in front of these are what this configuration maintains. Three kinds of servers share a subnet and its network
  # security group, and are told apart by application security groups.
  servers = {
    core = {
      components = [
        "application_management_director", "call_routing", "configuration", "license_director",
        "task_director", "ttrace_server", "weblm", "xml_server",
      ]
      network_security_group_id      = var.network_security_group_ids.servers
      application_security_group_ids = [var.application_security_group_ids.core]
    }
    ids = {
      components                     = ["ids"]
      network_security_group_id      = var.network_security_group_ids.servers
      application_security_group_ids = [var.application_security_group_ids.ids]
      single_host                    = true
    }
    media = {
      components                     = ["media_director", "media_stores"]
      network_security_group_id      = var.network_security_group_ids.servers
      application_security_group_ids = [var.application_security_group_ids.media]
    }
    gateways = { # in the DMZ
      components                     = ["gateways"]
      network_security_group_id      = var.network_security_group_ids.dmz
      application_security_group_ids = [var.application_security_group_ids.gateways]
    }
    database = { # a subnet of its own, so that its addresses say enough
      components                = ["sql_server"]
      network_security_group_id = var.network_security_group_ids.data
      address_prefixes          = var.database_networks
    }
  }

  # What a member of a domain asks of its controllers. No row of the table lists it; see deny_unlisted below.
  directory_ports = {
    tcp = "53,88,135,389,445,464,49152-65535"
    udp = "53,88,123,389,464"
  }
  to_directory = {
    for pair in setproduct(keys(local.servers), keys(local.directory_ports)) :
    "directory-${pair[0]}-${pair[1]}" => { from = pair[0], protocol = pair[1], ports = local.directory_ports[pair[1]] }
  }
}

resource "emc_azure_network_security_rules" "rollout" {
  name       = var.name
  placements = merge(local.outside, local.servers)

  # Until this is true, Azure's default rules let everything pass inside of the virtual network, whatever is listed.
  deny_unlisted = var.deny_unlisted

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

    # Remote desktop to every server, through Azure Bastion.
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

    # What the servers need beside EMC has to be said once everything else is denied.
    dynamic "extra" {
      for_each = var.deny_unlisted ? local.to_directory : {}
      content {
        name     = extra.key
        from     = extra.value.from
        to       = "directory"
        protocol = extra.value.protocol
        ports    = extra.value.ports
        reason   = "members of the domain"
        ticket   = "CHG0041902"
      }
    }
  }
}
