//! Guard and rail profiles: what is shipped, and what is a file of the host's own.

use super::*;

#[test]
fn a_profile_of_the_hosts_own_is_read_by_path() {
    let ours = include_str!("../../profiles/cn.toml").replace("name  = \"cn\"", "name  = \"ours\"");
    let text = full().replace("guard = \"cn\"", "guard = \"./ours.toml\"");
    let program = |profile: &str| {
        let files = |path: &str| {
            assert_eq!(path, "./ours.toml");
            io::Result::Ok(profile.to_owned())
        };
        ProgramFile::parse_with(&text, "program.toml", &files)
    };
    let file = program(&ours).unwrap();
    assert_eq!(file.definition().guard().name(), "ours");
    assert_eq!(
        file.definition().guard().cap(RoleClass::Promoters),
        Some(Rate::percent(40)),
        "overrides apply"
    );

    let error = program(&ours.replace("hold_days_min = 7", "hold_days_min = \"7\"")).unwrap_err();
    assert_eq!(error.message(), "the guard profile `./ours.toml` cannot be used");
    let cause = error.source().unwrap().to_string();
    let (place, rest) = cause.split_once(": ").unwrap();
    assert!(place.starts_with("./ours.toml:") && place.ends_with(":17"), "{place}");
    assert!(
        rest.starts_with("hold_days_min: expected a whole number from 0 to 3650, found the text `7`\n"),
        "{rest}"
    );
}

/// One changed line of `cn.toml`, and the message without its place in the text.
const PROFILE_MISTAKES: &[(&str, &str, &str, &str, Option<&str>)] = &[
    (
        "name  = \"ours\"",
        "name  = \"open\"",
        "name",
        "`open` is the name of a shipped profile",
        Some("give your profile a name of its own"),
    ),
    (
        "max_paid_uplines = 2",
        "",
        "max_paid_uplines",
        "missing key",
        Some("write `max_paid_uplines = 2`, or `\"none\"` for any number"),
    ),
    (
        "platform_cap = \"none\"",
        "platform_cap = false",
        "platform_cap",
        "expected a rate such as `20%`, or `none`, found `false`",
        None,
    ),
    (
        "over_cap = \"reject\"",
        "over_cap = \"cut\"",
        "over_cap",
        "expected `reject` or `trim`, found `cut`",
        None,
    ),
    (
        "supplier = \"trade_partners\"",
        "suplier = \"trade_partners\"",
        "classes",
        "no class for `supplier`",
        Some("`suplier` is not a well-known role; did you mean `supplier`?"),
    ),
    (
        "supplier = \"trade_partners\"",
        "",
        "classes",
        "no class for `supplier`",
        Some("add a line such as `supplier = \"promoters\"`"),
    ),
    (
        "hold_days_min = 7",
        "hold_days_min = 3651",
        "hold_days_min",
        "expected a whole number from 0 to 3650, found `3651`",
        None,
    ),
];

#[test]
fn every_mistake_in_a_profile_has_its_message() {
    let ours = include_str!("../../profiles/cn.toml").replace("name  = \"cn\"", "name  = \"ours\"");
    assert!(GuardProfile::parse(&ours, "ours.toml").is_ok());
    for (line, instead, key, message, hint) in PROFILE_MISTAKES {
        assert_eq!(ours.matches(line).count(), 1, "`{line}` is a line of the profile");
        let error = GuardProfile::parse(&ours.replace(line, instead), "ours.toml").unwrap_err();
        assert_eq!((error.key(), error.message(), error.hint()), (*key, *message, *hint), "\n{error}");
    }
}

#[test]
fn the_shipped_profiles_say_what_the_design_says() {
    let cn = GuardProfile::named("cn").unwrap();
    assert_eq!(cn.max_paid_uplines(), Some(2));
    assert_eq!(cn.cap(RoleClass::Promoters), Some(Rate::percent(50)));
    assert_eq!(
        (cn.cap(RoleClass::TradePartners), cn.cap(RoleClass::Platform), cn.total_cap()),
        (None, None, None)
    );
    assert!(!cn.pay_for_recruiting() && !cn.pay_from_fees() && cn.buyer_may_earn());
    assert_eq!(
        (cn.line_floors(), cn.over_cap(), cn.hold_days_min()),
        (LineFloors::Clamp, OverCap::Reject, 7)
    );

    let open = GuardProfile::named("open").unwrap();
    assert_eq!((open.max_paid_uplines(), open.total_cap(), open.hold_days_min()), (None, None, 0));
    assert!(RoleClass::ALL.into_iter().all(|class| open.cap(class).is_none()));
    assert!(open.pay_for_recruiting() && open.pay_from_fees() && open.buyer_may_earn());

    for name in SHIPPED {
        let profile = GuardProfile::named(name).unwrap();
        assert_eq!(profile.name(), name);
        assert!(profile.about().ends_with("not legal advice"), "{}", profile.about());
        assert_eq!(profile.overridden().count(), 0);
        let classed: Vec<&str> = profile.classes().map(|(role, _)| role).collect();
        assert_eq!(classed.len(), word::ROLES.len());
        assert!(word::ROLES.iter().all(|(role, _)| classed.contains(role)));
        assert_eq!(profile.classes().collect::<Vec<_>>(), cn.classes().collect::<Vec<_>>());
    }
}

#[test]
fn a_rail_is_named_overridden_or_a_file_of_the_hosts_own() {
    let text = |more: &str| {
        format!("merchant = 'm'\ncurrency = 'CNY'\ntime_zone = 'UTC'\nguard = 'open'\npolicy = []\n{more}")
    };
    let rail = |more: &str| parse(&text(more)).unwrap().definition().rail().clone();
    let wechat = rail("rail = 'wechat'");
    assert_eq!(wechat, RailProfile::named("wechat").unwrap());
    assert_eq!((wechat.ratio_max(), wechat.receivers_max()), (Some(Rate::percent(30)), Some(50)));
    assert_eq!((wechat.share_days_max(), wechat.asks_persons_back()), (Some(30), false));
    let ours = rail(
        "rail = 'wechat'\nrail_overrides = { ratio_max = '20%', receivers_max = 'none', share_days_max = 7 }",
    );
    assert_eq!((ours.ratio_max(), ours.receivers_max()), (Some(Rate::percent(20)), None));
    assert_eq!(ours.share_days_max(), Some(7));
    assert_eq!(ours.overridden().collect::<Vec<_>>(), ["ratio_max", "receivers_max", "share_days_max"]);

    // The default does not show, so that no digest of a program without a rail changes; another one does.
    let json = |more: &str| parse(&text(more)).unwrap().definition().to_json();
    assert_eq!(json(""), json("rail = 'none'"));
    assert!(json("").get("rail").is_none());
    assert_eq!(json("rail = 'wechat'\nrail_overrides.ratio_max = '1/5'")["rail"]["ratio_max"], "20%");
    assert_eq!(RailProfile::named("none").unwrap(), RailProfile::default());

    let bank = include_str!("../../profiles/rail-wechat.toml").replace("\"wechat\"", "\"bank\"");
    let files = |_: &str| io::Result::Ok(bank.clone());
    let file = ProgramFile::parse_with(&text("rail = './bank.toml'"), "program.toml", &files).unwrap();
    assert_eq!(file.definition().rail().name(), "bank");
    let error = RailProfile::parse(&bank.replace("receivers_max = 50", ""), "bank.toml").unwrap_err();
    assert_eq!(error.key(), "receivers_max");
    assert_eq!(error.hint(), Some("write `receivers_max = 50`, or `\"none\"` for any number"));
}
