//! What names a group, and that both spellings name the same one.

use std::collections::BTreeSet;

use super::*;

#[test]
fn an_account_is_twelve_digits_before_a_slash() {
    let id = "sg-0123456789abcdef0";
    assert_eq!(id.parse::<GroupRef>().unwrap().account, None);
    let partner: GroupRef = format!("123456789012/{id}").parse().unwrap();
    assert_eq!((partner.account.as_ref().map(AccountId::as_str), partner.id.as_str()), (Some("123456789012"), id));
    for text in
        ["12345678901/sg-12345678", "1234567890123/sg-12345678", "partner/sg-12345678", "123456789012/web", "/sg-12345678", "123456789012/"]
    {
        assert_eq!(
            text.parse::<GroupRef>().unwrap_err().to_string(),
            format!(
                "`{text}` is not a security group id; write `sg-0123456789abcdef0`, or for a group of another account its twelve digits, a slash and the id: `123456789012/sg-0123456789abcdef0`"
            )
        );
    }
    assert_eq!(
        "arn:aws:ec2:eu-central-1:210987654321:security-group/sg-0a1b2c3d4e5f60001".parse::<GroupRef>().unwrap_err().to_string(),
        "`arn:aws:ec2:eu-central-1:210987654321:security-group/sg-0a1b2c3d4e5f60001` is an ARN; write the id, `sg-0a1b2c3d4e5f60001`, or for a group of another account `210987654321/sg-0a1b2c3d4e5f60001`"
    );
    assert_eq!(
        "arn:aws:s3:::web".parse::<GroupRef>().unwrap_err().to_string(),
        "`arn:aws:s3:::web` is an ARN; write the id, `sg-0123456789abcdef0`, or for a group of another account `123456789012/sg-0123456789abcdef0`"
    );
    assert_eq!("web".parse::<GroupRef>().unwrap_err(), IdError::SecurityGroup("web".to_owned()));
}

#[test]
fn spellings_of_one_group_are_one_far_end() {
    let spellings = ["sg-12345678", "123456789012/sg-12345678", "210987654321/sg-12345678"];
    let far_ends: BTreeSet<GroupRef> = spellings.iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(far_ends.len(), 1);
    assert_ne!("sg-12345678".parse::<GroupRef>().unwrap(), "sg-12345679".parse().unwrap());
}

#[test]
fn why_it_is_void_is_said_in_words() {
    let void = |connection: Option<&str>| Stale::Peering { connection: connection.map(str::to_owned), status: "deleted".to_owned() };
    assert_eq!(void(Some("pcx-1")).to_string(), "the peering connection pcx-1 is `deleted`");
    assert_eq!(void(None).to_string(), "the peering connection is `deleted`");
    assert_eq!(Stale::Deleted.to_string(), "the group was deleted");
}
