# The rules of an EMC 6.6 site for teams that keep the official Azure provider: `emc_rules` says what has to be open, and bridge.tf makes
# one azurerm_network_security_rule of each line, with the priority that priorities.tf gives it.
#
# Placements and policy are written as emc_azure_network_security_rules takes them, so that moving there changes neither.

terraform {
  required_version = ">= 1.8"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0, < 6.0"
    }
    emc = {
      source  = "emc-rollout/emc"
      version = "~> 0.1"
    }
  }
}

provider "azurerm" {
  subscription_id = var.subscription_id
  features {}
}

locals {
  # In the company's network: named by addresses.
  outside = {
    agents = {
      components       = ["desktop"]
      address_prefixes = var.agent_networks
    }
    supervisors = {
      components       = ["control_panel", "reporting"]
      address_prefixes = var.supervisor_networks
    }
    bastion = { # no part of EMC: only the extra flow below names it
      address_prefixes = var.bastion_networks
    }
  }

  # On Azure: behind a network security group, and named by an application security group or by addresses. Core and media share a subnet.
  servers = {
    core = {
      components                     = ["configuration", "license_director", "xml_server"]
      network_security_group_id      = var.network_security_group_ids.servers
      application_security_group_ids = [var.application_security_group_ids.core]
    }
    media = {
      components                     = ["media_director", "media_stores"]
      network_security_group_id      = var.network_security_group_ids.servers
      application_security_group_ids = [var.application_security_group_ids.media]
    }
    database = { # a subnet of its own, so that its addresses say enough
      components                = ["sql_server"]
      network_security_group_id = var.network_security_group_ids.data
      address_prefixes          = var.database_networks
    }
  }

  placements = merge(local.outside, local.servers)
}

data "emc_rules" "site" {
  placements = local.placements
  manage     = keys(local.servers)

  policy {
    transport       = "prefer_secure" # secure mode is configured on the servers
    management_from = ["supervisors"]

    answers = {
      A31 = "secure mode is configured on all servers, every 39xxx port listens; CHG0041231"
    }

    extra {
      name     = "rdp"
      from     = "bastion"
      to       = "core"
      protocol = "tcp"
      ports    = "3389"
      reason   = "administration of Windows"
      ticket   = "CHG0041877"
      expires  = "2027-12-31"
    }
  }
}
