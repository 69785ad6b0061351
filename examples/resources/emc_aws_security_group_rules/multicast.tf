variable "security_group_ids" {
  description = "The security groups of the EMC servers and of the virtual desktops."
  type        = object({ core = string, desktops = string })
}

resource "emc_aws_security_group_rules" "rollout" {
  name = "emc-prod"

  placements = {
    # Sends by multicast, so its receivers need its addresses; everybody else goes on naming its group.
    core = {
      components        = ["application_management_director", "ids_multimedia", "ids_view", "task_director"]
      security_group_id = var.security_group_ids.core
      cidr_ipv4         = ["10.1.0.0/28"]
      peer_by           = "group"
    }

    # Only receives: a group is enough.
    desktops = {
      components        = ["desktop"]
      security_group_id = var.security_group_ids.desktops
    }

    # On premises, where no transit gateway carries multicast.
    branch = {
      components = ["desktop"]
      cidr_ipv4  = ["10.90.0.0/16"]
    }
  }

  policy {
    multicast = "transit_gateway"

    # The table prints no group for 29078: this one was read on the Multimedia server.
    multicast_groups = { "ids_multimedia.29078" = "239.29.9.68" }
  }
}

output "lines" {
  value = emc_aws_security_group_rules.rollout.lines
}
