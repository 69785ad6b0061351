variable "region" {
  description = "Region of the security groups."
  type        = string
  default     = "eu-central-1"
}

variable "security_group_ids" {
  description = "The security group of each kind of server."
  type = object({
    core     = string
    media    = string
    database = string
  })
}

variable "agent_networks" {
  description = "Where agent desktops are."
  type        = set(string)
}

variable "supervisor_networks" {
  description = "Where the Control Panel and Reporting run."
  type        = set(string)
}

variable "bastion_networks" {
  description = "From where servers are administered."
  type        = set(string)
}
