# The rules of an EMC 6.6 site for teams that keep the official AWS provider: `emc_rules` says what has to be open, and bridge.tf makes
# one aws_vpc_security_group_ingress_rule or aws_vpc_security_group_egress_rule of each opening.
#
# Placements and policy are written as emc_aws_security_group_rules takes them, so that moving there changes neither.

terraform {
  required_version = ">= 1.8"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
    emc = {
      source  = "emc-rollout/emc"
      version = "~> 0.1"
    }
  }
}

provider "aws" {
  region = var.region
}

locals {
  # In the company's network: named by addresses, which are part of the keys below and so have to be known at plan.
  outside = {
    agents = {
      components = ["desktop"]
      cidr_ipv4  = var.agent_networks
    }
    supervisors = {
      components = ["control_panel", "reporting"]
      cidr_ipv4  = var.supervisor_networks
    }
    bastion = { # no part of EMC: only the extra flow below names it
      cidr_ipv4 = var.bastion_networks
    }
  }

  # On AWS: named by their groups, whose ids may be known after apply only.
  servers = {
    core = {
      components        = ["configuration", "license_director", "xml_server"]
      security_group_id = var.security_group_ids.core
    }
    media = {
      components        = ["media_director", "media_stores"]
      security_group_id = var.security_group_ids.media
    }
    database = {
      components        = ["sql_server"]
      security_group_id = var.security_group_ids.database
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
