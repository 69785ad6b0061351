//! EC2 on the wire: requests as forms, answers as XML.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::Rule;

/// The parameters of a request.
pub(super) type Form = BTreeMap<String, String>;

pub(super) fn error(code: &str, message: &str) -> String {
    format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>req-1</RequestID></Response>"
    )
}

pub(super) fn xml(group: &str, rule: &Rule) -> String {
    let mut text = format!(
        "<item><securityGroupRuleId>{}</securityGroupRuleId><groupId>{group}</groupId><isEgress>{}</isEgress><ipProtocol>{}</ipProtocol>\
         <fromPort>{}</fromPort><toPort>{}</toPort>",
        rule.id, rule.egress, rule.protocol, rule.from, rule.to
    );
    let peer = &rule.peer.1;
    let _ = match rule.peer.0.as_str() {
        "CidrIp" => write!(text, "<cidrIpv4>{peer}</cidrIpv4>"),
        "CidrIpv6" => write!(text, "<cidrIpv6>{peer}</cidrIpv6>"),
        "GroupId" => {
            let (account, group) = peer.split_once('/').unwrap_or(("000000000000", peer));
            write!(
                text,
                "<groupOwnerId>000000000000</groupOwnerId><referencedGroupInfo><groupId>{group}</groupId><userId>{account}</userId></referencedGroupInfo>"
            )
        }
        _ => write!(text, "<prefixListId>{peer}</prefixListId>"),
    };
    if let Some(description) = &rule.description {
        let _ = write!(text, "<description>{description}</description>");
    }
    let tags: String = rule.tags.iter().map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>")).collect();
    let _ = write!(text, "<tagSet>{tags}</tagSet></item>");
    text
}

/// The account of a group, if one is given, as it stands before the group.
pub(super) fn account(form: &Form, key: &str) -> String {
    form.get(key).map(|account| format!("{account}/")).unwrap_or_default()
}

pub(super) fn list(form: &Form, prefix: &str) -> Vec<String> {
    (1..).map_while(|index| form.get(&format!("{prefix}{index}")).cloned()).collect()
}

pub(super) fn tags(form: &Form, prefix: &str) -> BTreeMap<String, String> {
    (1..)
        .map_while(|index| {
            let key = form.get(&format!("{prefix}{index}.Key"))?;
            Some((key.clone(), form[&format!("{prefix}{index}.Value")].clone()))
        })
        .collect()
}

pub(super) async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, String)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok()).unwrap_or(0);
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8_lossy(&buffer[end + 4..end + 4 + length]).into_owned();
                buffer.drain(..end + 4 + length);
                return Some((head, body));
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

pub(super) fn form(body: &str) -> Form {
    body.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (decoded(key), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(plain).unwrap()
}
