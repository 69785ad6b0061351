# The priority of each rule, for its life: within a network security group and a direction no two rules may have the same, and all of
# these are different. They all allow, so which one comes first decides nothing.
#
# A plan in which a rule has none is an error that says the lines to add. Leave the line of a rule that is gone for one more apply: a
# priority that is given away before Azure has deleted its rule is refused.

locals {
  priorities = {
    "core egress tcp 29087 to media"           = 100
    "core egress tcp 39095 to core"            = 101
    "core ingress tcp 29069 from supervisors"  = 102
    "core ingress tcp 29073 from supervisors"  = 103
    "core ingress tcp 3389 from bastion"       = 104
    "core ingress tcp 39091 from agents"       = 105
    "core ingress tcp 39095 from agents"       = 106
    "core ingress tcp 39095 from core"         = 107
    "core ingress tcp 39095 from media"        = 108
    "core ingress tcp 39095 from supervisors"  = 109
    "core ingress tcp 39096 from agents"       = 110
    "core ingress tcp 39096 from media"        = 111
    "database ingress tcp 1433 from agents"    = 112
    "database ingress tcp 1433 from media"     = 113
    "media egress tcp 1433 to database"        = 114
    "media egress tcp 29072 to media"          = 115
    "media egress tcp 29087 to media"          = 116
    "media egress tcp 29097 to media"          = 117
    "media egress tcp 29098 to media"          = 118
    "media egress tcp 39085 to media"          = 119
    "media egress tcp 39095 to core"           = 120
    "media egress tcp 39096 to core"           = 121
    "media ingress tcp 29072 from media"       = 122
    "media ingress tcp 29072 from supervisors" = 123
    "media ingress tcp 29085 from agents"      = 124
    "media ingress tcp 29087 from core"        = 125
    "media ingress tcp 29087 from media"       = 126
    "media ingress tcp 29087 from supervisors" = 127
    "media ingress tcp 29097 from media"       = 128
    "media ingress tcp 29097 from supervisors" = 129
    "media ingress tcp 29098 from media"       = 130
    "media ingress tcp 29098 from supervisors" = 131
    "media ingress tcp 39072 from agents"      = 132
    "media ingress tcp 39085 from agents"      = 133
    "media ingress tcp 39085 from media"       = 134
    "media ingress tcp 39085 from supervisors" = 135
    "media ingress tcp 39087 from agents"      = 136
    "media ingress tcp 39097 from agents"      = 137
    "media ingress tcp 39098 from agents"      = 138
  }
}
