//! A small EC2 on a local port: groups and rules in memory, the wire format of the real one, and faults on demand.
//!
//! It refuses a batch as a whole, keeps one rule a permission, counts 60 rules a direction and family, and pages.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use wire::{Form, account, error, form, list, request, tags, xml};

mod wire;

/// One rule as the fake keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) egress: bool,
    pub(super) protocol: String,
    pub(super) from: String,
    pub(super) to: String,
    /// The kind of peer (`CidrIp`, `CidrIpv6`, `GroupId`, `PrefixListId`) and the peer; another account's group with its account.
    pub(super) peer: (String, String),
    pub(super) description: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
}

/// What goes wrong with the next request for an action.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// Nothing is done, and this HTTP status and code are answered.
    Refuse(u16, &'static str),
    /// Everything is done, and the connection is cut without an answer.
    DoneButCut,
    /// The first so many rules are made or removed, then this code is answered.
    Partly(usize, &'static str),
    /// Somebody else does this first.
    After(fn(&mut State)),
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) groups: BTreeMap<String, Vec<Rule>>,
    pub(super) calls: Vec<(String, BTreeMap<String, String>)>,
    pub(super) faults: BTreeMap<&'static str, VecDeque<Fault>>,
    pub(super) page: usize,
    /// How many describes see no group at all.
    pub(super) unseen: u32,
    /// What came before the bodies, in lower case.
    pub(super) heads: Vec<String>,
    next: u64,
}

#[derive(Debug, Clone)]
pub(super) struct FakeEc2 {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
}

type Answer = Result<String, (u16, String, String)>;

impl FakeEc2 {
    pub(super) async fn start(groups: &[&str]) -> FakeEc2 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state =
            State { groups: groups.iter().map(|group| ((*group).to_owned(), Vec::new())).collect(), page: 1000, ..State::default() };
        let fake = FakeEc2 { url, state: Arc::new(Mutex::new(state)) };
        let server = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.talk(stream).await });
            }
        });
        fake
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    pub(super) fn fault(&self, action: &'static str, fault: Fault) {
        self.with(|state| state.faults.entry(action).or_default().push_back(fault));
    }

    /// Returns the names of the calls so far, and forgets them.
    pub(super) fn calls(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.calls).into_iter().map(|(action, _)| action).collect())
    }

    async fn talk(&self, mut stream: TcpStream) {
        let mut buffer = Vec::new();
        while let Some((head, body)) = request(&mut stream, &mut buffer).await {
            self.with(|state| state.heads.push(head));
            let form = form(&body);
            let Some((status, text)) = self.answer(&form) else { return };
            let head = format!("HTTP/1.1 {status} X\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n", text.len());
            if stream.write_all(format!("{head}{text}").as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn answer(&self, form: &Form) -> Option<(u16, String)> {
        let action = form["Action"].clone();
        self.with(|state| {
            state.calls.push((action.clone(), form.clone()));
            let fault = state.faults.get_mut(action.as_str()).and_then(VecDeque::pop_front);
            let mut part = usize::MAX;
            let mut cut = false;
            let mut code_after = None;
            match fault {
                None => {}
                Some(Fault::Refuse(status, code)) => return Some((status, error(code, "scripted"))),
                Some(Fault::DoneButCut) => cut = true,
                Some(Fault::Partly(rules, code)) => (part, code_after) = (rules, Some(code)),
                Some(Fault::After(change)) => change(state),
            }
            let answer = state.act(&action, form, part);
            if cut {
                return None;
            }
            Some(match (answer, code_after) {
                (Ok(_), Some(code)) => (400, error(code, "scripted")),
                (Ok(text), None) => (200, format!("<{action}Response><requestId>r</requestId>{text}</{action}Response>")),
                (Err((status, code, message)), _) => (status, error(&code, &message)),
            })
        })
    }
}

impl State {
    pub(super) fn add(&mut self, group: &str, egress: bool, traffic: (&str, u16), peer: (&str, &str), tags: &[(&str, &str)]) -> String {
        let rule = Rule {
            id: self.id(),
            egress,
            protocol: traffic.0.to_owned(),
            from: traffic.1.to_string(),
            to: traffic.1.to_string(),
            peer: (peer.0.to_owned(), peer.1.to_owned()),
            description: None,
            tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        };
        let id = rule.id.clone();
        self.groups.get_mut(group).unwrap().push(rule);
        id
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("sgr-{:017x}", self.next)
    }

    fn act(&mut self, action: &str, form: &Form, part: usize) -> Answer {
        match action {
            "DescribeSecurityGroupRules" => Ok(self.describe_rules(form)),
            "DescribeSecurityGroups" => Ok(self.describe_groups(form)),
            "AuthorizeSecurityGroupIngress" => self.authorize(form, false, part),
            "AuthorizeSecurityGroupEgress" => self.authorize(form, true, part),
            "RevokeSecurityGroupIngress" => self.revoke(form, false, part),
            "RevokeSecurityGroupEgress" => self.revoke(form, true, part),
            "ModifySecurityGroupRules" => self.modify(form),
            "UpdateSecurityGroupRuleDescriptionsIngress" => self.describe_texts(form, false),
            "UpdateSecurityGroupRuleDescriptionsEgress" => self.describe_texts(form, true),
            "CreateTags" => self.tag(form),
            other => panic!("the fake does not know {other}"),
        }
    }

    /// Tells whether a describe sees nothing, and counts it.
    fn is_blind(&mut self) -> bool {
        let blind = self.unseen > 0;
        self.unseen = self.unseen.saturating_sub(1);
        blind
    }

    fn describe_rules(&mut self, form: &Form) -> String {
        assert_eq!(form["Filter.1.Name"], "group-id");
        assert_eq!(form["MaxResults"], "1000");
        if self.is_blind() {
            return String::new();
        }
        let wanted = list(form, "Filter.1.Value.");
        assert!(wanted.len() <= 200, "EC2 takes 200 values in a filter, not {}", wanted.len());
        let all: Vec<_> =
            wanted.iter().flat_map(|group| self.groups.get(group).into_iter().flatten().map(move |rule| (group, rule))).collect();
        let start: usize = form.get("NextToken").map_or(0, |token| token.parse().unwrap());
        let items: String = all.iter().skip(start).take(self.page).map(|(group, rule)| xml(group, rule)).collect();
        let more = if start + self.page < all.len() { format!("<nextToken>{}</nextToken>", start + self.page) } else { String::new() };
        format!("<securityGroupRuleSet>{items}</securityGroupRuleSet>{more}")
    }

    fn describe_groups(&mut self, form: &Form) -> String {
        if self.is_blind() {
            return String::new();
        }
        let wanted = list(form, "Filter.1.Value.");
        let found = wanted.iter().filter(|group| self.groups.contains_key(*group));
        let items: String = found.map(|group| format!("<item><groupId>{group}</groupId></item>")).collect();
        format!("<securityGroupInfo>{items}</securityGroupInfo>")
    }

    fn group(&mut self, form: &Form) -> Result<&mut Vec<Rule>, (u16, String, String)> {
        let id = &form["GroupId"];
        let gone = || refusal("InvalidGroup.NotFound", &format!("The security group '{id}' does not exist"));
        self.groups.get_mut(id).ok_or_else(gone)
    }

    fn authorize(&mut self, form: &Form, egress: bool, part: usize) -> Answer {
        let tags = tags(form, "TagSpecification.1.Tag.");
        assert_eq!(form["TagSpecification.1.ResourceType"], "security-group-rule");
        let mut new = Vec::new();
        for index in 1.. {
            let prefix = format!("IpPermissions.{index}.");
            let Some(protocol) = form.get(&format!("{prefix}IpProtocol")) else {
                break;
            };
            for (set, key) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("Groups", "GroupId"), ("PrefixListIds", "PrefixListId")]
            {
                for member in 1.. {
                    let Some(peer) = form.get(&format!("{prefix}{set}.{member}.{key}")) else {
                        break;
                    };
                    new.push(Rule {
                        id: self.id(),
                        egress,
                        protocol: protocol.clone(),
                        from: form[&format!("{prefix}FromPort")].clone(),
                        to: form[&format!("{prefix}ToPort")].clone(),
                        peer: (key.to_owned(), account(form, &format!("{prefix}{set}.{member}.UserId")) + peer),
                        description: form.get(&format!("{prefix}{set}.{member}.Description")).cloned(),
                        tags: tags.clone(),
                    });
                }
            }
        }
        let group = form["GroupId"].clone();
        let rules = self.group(form)?;
        if part == usize::MAX {
            if let Some(twin) = new.iter().find(|rule| rules.iter().any(|other| same(rule, other))) {
                return Err(refusal(
                    "InvalidPermission.Duplicate",
                    &format!("the specified rule \"peer: {}\" already exists", twin.peer.1),
                ));
            }
            for family in ["CidrIp", "CidrIpv6"] {
                let counts = |rule: &&Rule| rule.egress == egress && (rule.peer.0 == family || !rule.peer.0.starts_with("Cidr"));
                if rules.iter().filter(counts).count() + new.iter().filter(counts).count() > 60 {
                    return Err(refusal(
                        "RulesPerSecurityGroupLimitExceeded",
                        "The maximum number of rules per security group has been reached.",
                    ));
                }
            }
        }
        new.retain(|rule| !rules.iter().any(|other| same(rule, other)));
        new.truncate(part);
        rules.extend(new.iter().cloned());
        let items: String = new.iter().map(|rule| xml(&group, rule)).collect();
        Ok(format!("<return>true</return><securityGroupRuleSet>{items}</securityGroupRuleSet>"))
    }

    fn revoke(&mut self, form: &Form, egress: bool, part: usize) -> Answer {
        let ids: Vec<String> = list(form, "SecurityGroupRuleId.").into_iter().take(part).collect();
        let rules = self.group(form)?;
        if let Some(id) = ids.iter().find(|id| !rules.iter().any(|rule| rule.id == **id && rule.egress == egress)) {
            return Err(refusal("InvalidSecurityGroupRuleId.NotFound", &format!("The security group rule ID '{id}' does not exist")));
        }
        rules.retain(|rule| !ids.contains(&rule.id));
        Ok("<return>true</return>".to_owned())
    }

    fn modify(&mut self, form: &Form) -> Answer {
        let rules = self.group(form)?;
        for index in 1.. {
            let prefix = format!("SecurityGroupRule.{index}.");
            let Some(id) = form.get(&format!("{prefix}SecurityGroupRuleId")) else {
                break;
            };
            let value = |key: &str| form.get(&format!("{prefix}SecurityGroupRule.{key}")).cloned();
            let Some(rule) = rules.iter_mut().find(|rule| rule.id == *id) else {
                return Err(refusal("InvalidSecurityGroupRuleId.NotFound", id));
            };
            let peer =
                [("CidrIpv4", "CidrIp"), ("CidrIpv6", "CidrIpv6"), ("ReferencedGroupId", "GroupId"), ("PrefixListId", "PrefixListId")]
                    .into_iter()
                    .find_map(|(key, kind)| Some((kind.to_owned(), value(key)?)))
                    .unwrap();
            if peer.0 != rule.peer.0 {
                return Err(refusal("InvalidParameterValue", "you cannot change the rule's source type"));
            }
            rule.peer = peer;
            rule.protocol = value("IpProtocol").unwrap();
            rule.from = value("FromPort").unwrap();
            rule.to = value("ToPort").unwrap();
            rule.description = value("Description");
        }
        Ok("<return>true</return>".to_owned())
    }

    fn describe_texts(&mut self, form: &Form, egress: bool) -> Answer {
        let rules = self.group(form)?;
        for index in 1.. {
            let prefix = format!("SecurityGroupRuleDescription.{index}.");
            let Some(id) = form.get(&format!("{prefix}SecurityGroupRuleId")) else {
                break;
            };
            let Some(rule) = rules.iter_mut().find(|rule| rule.id == *id && rule.egress == egress) else {
                return Err(refusal("InvalidSecurityGroupRuleId.NotFound", id));
            };
            rule.description = form.get(&format!("{prefix}Description")).cloned();
        }
        Ok("<return>true</return>".to_owned())
    }

    fn tag(&mut self, form: &Form) -> Result<String, (u16, String, String)> {
        let (ids, tags) = (list(form, "ResourceId."), tags(form, "Tag."));
        let known: Vec<String> = self.groups.values().flatten().map(|rule| rule.id.clone()).collect();
        if let Some(unknown) = ids.iter().find(|id| !known.contains(id)) {
            return Err(refusal("InvalidSecurityGroupRuleId.NotFound", &format!("The security group rule ID '{unknown}' does not exist")));
        }
        for rule in self.groups.values_mut().flatten().filter(|rule| ids.contains(&rule.id)) {
            rule.tags.extend(tags.clone());
        }
        Ok("<return>true</return>".to_owned())
    }
}

fn same(one: &Rule, other: &Rule) -> bool {
    let key = |rule: &Rule| (rule.egress, rule.protocol.clone(), rule.from.clone(), rule.to.clone(), rule.peer.clone());
    key(one) == key(other)
}

fn refusal(code: &str, message: &str) -> (u16, String, String) {
    (400, code.to_owned(), message.to_owned())
}
