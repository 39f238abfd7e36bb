use super::{check::effective, *};
use clap::CommandFactory;
use std::os::unix::fs::PermissionsExt;

fn program() -> Command {
    crate::Program::command()
}

fn file(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("xinqiao.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn line(words: &str, path: &Path) -> Vec<OsString> {
    let words = words.split(' ').map(OsString::from);
    words.chain(["--options".into(), path.as_os_str().to_owned()]).collect()
}

#[test]
fn the_line_goes_before_the_file_and_the_file_before_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "database = \"sqlite:/srv/all.sqlite\"\nkeys = \"/srv/k\"\n[serve]\nkeys = \"/srv/own\"\nbehind_tls = true\njson = false\nproxy = [\"192.0.2.7\", \"192.0.2.8\"]\nlisten = \"127.0.0.1:9\"\n",
    );
    for (words, added) in [
        (
            "xinqiao serve",
            vec![
                "--database=sqlite:/srv/all.sqlite",
                "--keys=/srv/own",
                "--listen=127.0.0.1:9",
                "--behind-tls",
                "--proxy=192.0.2.7",
                "--proxy=192.0.2.8",
            ],
        ),
        (
            "xinqiao serve --listen 127.0.0.1:7 --database sqlite:mine",
            vec!["--keys=/srv/own", "--behind-tls", "--proxy=192.0.2.7", "--proxy=192.0.2.8"],
        ),
        ("xinqiao doctor", vec!["--database=sqlite:/srv/all.sqlite", "--keys=/srv/k"]),
        ("xinqiao user list", vec!["--database=sqlite:/srv/all.sqlite", "--keys=/srv/k"]),
        ("xinqiao check id 1", vec![]),
        // What cannot be read is told by the reader of the command line itself.
        ("xinqiao nothing", vec![]),
    ] {
        let given = line(words, &path);
        let whole = completed(&program(), given.clone()).unwrap();
        let found: Vec<_> = whole[given.len()..].iter().map(|word| word.to_str().unwrap()).collect();
        assert_eq!(found, added, "{words}");
    }
    let mut with_end = line("xinqiao import --kind smd", &path);
    with_end.extend(["--".into(), "--odd-name.csv".into()]);
    let whole = completed(&program(), with_end).unwrap();
    assert_eq!(whole.last().unwrap(), "--odd-name.csv");
    assert!(whole.iter().position(|w| w == "--").unwrap() == whole.len() - 2);
}

#[test]
fn a_wrong_file_is_told_with_the_key_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    for (text, said) in [
        ("databse = \"x\"", "no command has an option databse; did you mean database?"),
        ("[serve]\nlisten_on = \"x\"", "`xinqiao serve` has no option listen_on; did you mean listen?"),
        ("[sreve]\nlisten = \"x\"", "[sreve] is no command"),
        ("options = \"x\"", "no command has an option options"),
        ("database = ", "TOML"),
    ] {
        let path = file(folder.path(), text);
        let error = format!("{:#}", completed(&program(), line("xinqiao serve", &path)).unwrap_err());
        assert!(error.contains(said) && error.contains("xinqiao.toml"), "{text}: {error}");
    }
    let error = completed(&program(), line("xinqiao serve", &folder.path().join("none"))).unwrap_err();
    assert!(format!("{error:#}").contains("none"), "{error:#}");
}

#[test]
fn a_file_with_a_secret_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (text, secret) in [
        ("[serve]\nmetrics_token = \"t\"", true),
        ("database = \"postgres://x:secret@db/x\"", true),
        ("database = \"postgres://x@db/x\"", false),
        ("replica = [\"postgres://x@db/x\", \"postgres://x:secret@db/x\"]", true),
        ("replica = [\"postgres://x@db/x\"]", false),
        ("keys = \"/srv/k\"", false),
    ] {
        let path = file(folder.path(), text);
        for (mode, fits) in [(0o600, true), (0o644, !secret)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let found = completed(&program(), line("xinqiao serve", &path));
            assert_eq!(found.is_ok(), fits, "{text} {mode:o}");
        }
    }
}

#[test]
fn a_check_tells_each_option_and_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "database = \"postgres://x:hidden@db/x\"\n[serve]\nmetrics_token = \"hidden\"\nbehind_tls = true\n",
    );
    let told = effective(&program(), "serve", Some(&path)).unwrap();
    let of = |key: &str| told.iter().find(|option| option.option == key).unwrap();
    for (key, value, from) in [
        ("database", Some("postgres://x:…@db/x"), "file"),
        ("metrics_token", Some("…"), "file"),
        ("behind_tls", Some("true"), "file"),
        ("listen", Some("127.0.0.1:8080"), "default"),
        ("tls_key", None, "default"),
    ] {
        assert_eq!((of(key).value.as_deref(), of(key).from), (value, from), "{key}");
    }
    assert!(!format!("{told:?}").contains("hidden"));
    assert!(effective(&program(), "nothing", None).is_err());
    let wrong = file(folder.path(), "[serve]\nlisten = \"somewhere\"");
    let error = effective(&program(), "serve", Some(&wrong)).unwrap_err();
    assert!(format!("{error:#}").contains("--listen"), "{error:#}");
}
