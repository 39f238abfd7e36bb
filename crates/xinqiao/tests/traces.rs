//! Traces as a collector hears them: which request took how long for what, and nothing of a person.

use crate::common::{COUNTY, Person, Server, application, number};
use crate::engine::{Place, Settled};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

const PERSON: Person =
    Person {
        name: "欧阳试墨", applicant: "司徒试砚", phone: "13900001234", address: "试笔路9876号"
    };

struct Installation {
    folder: tempfile::TempDir,
    own: Place,
    token: String,
}

impl Settled for Installation {
    fn settle(own: Place) -> Installation {
        let mut place = Installation { folder: tempfile::tempdir().unwrap(), own, token: String::new() };
        for (name, role, kind) in
            [("doctor", "doctor", "hospital"), ("worker", "referral_worker", "civil_affairs")]
        {
            let account = ["--name", "示例", "--role", role, "--organisation", kind, "--kind", kind];
            place.run(&[&["user", "add", name][..], &account, &["--division", COUNTY]].concat());
        }
        place.token =
            place.run(&["token", "new", "doctor", "--label", "test", "--purpose", "referral", "--change"]);
        place
    }
}

impl Installation {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinqiao"));
        command.args(arguments).env("XINQIAO_DATABASE", &self.own.address);
        command.env("XINQIAO_KEYS", self.folder.path().join("test.keys"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut child = self.command(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"Long-enough-1").ok();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{arguments:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    fn start(&self, collector: &str, share: &str) -> Server {
        let serve =
            ["serve", "--listen", "127.0.0.1:0", "--json", "--traces", collector, "--traces-share", share];
        Server::started(self.command(&serve).spawn().unwrap())
    }

    async fn file(&self, server: &Server, sequence: u32, parent: Option<&str>) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("{}/api/v1/cases", server.address)).bearer_auth(&self.token);
        let request = parent.iter().fold(request, |request, parent| request.header("traceparent", *parent));
        let answer = request.json(&application(&PERSON, sequence)).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    }

    async fn end(self) {
        self.own.end().await;
    }
}

/// A collector: what it was sent, as text.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

impl Collector {
    fn open() -> (Collector, String) {
        let (collector, listener) = (Collector::default(), TcpListener::bind("127.0.0.1:0").unwrap());
        let address = format!("http://{}", listener.local_addr().unwrap());
        let own = collector.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let (mut line, mut length) = (String::new(), 0);
                stream.read_line(&mut line).unwrap();
                assert_eq!(line.trim(), "POST /v1/traces HTTP/1.1");
                while line.trim() != "" {
                    line.clear();
                    stream.read_line(&mut line).unwrap();
                    if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = bytes.trim().parse().unwrap();
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                own.0.lock().unwrap().push(String::from_utf8(body).unwrap());
                stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
            }
        });
        (collector, address)
    }

    fn spans(&self) -> Vec<Span> {
        let messages = self.0.lock().unwrap();
        let mut all = Vec::new();
        for message in messages.iter() {
            let message: Value = serde_json::from_str(message).unwrap();
            let resource = &message["resourceSpans"][0];
            assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "xinqiao");
            let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
            all.extend(spans.iter().map(|span| Span(span.clone())));
        }
        all
    }

    /// All spans of a trace, once its first one is there: it ends last.
    async fn whole(&self, trace: &str) -> Vec<Span> {
        for _ in 0..300 {
            let spans: Vec<Span> =
                self.spans().into_iter().filter(|span| span.text("traceId") == trace).collect();
            if spans.iter().any(|span| span.0["kind"] == 2) {
                return spans;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no trace {trace}: {:?}", self.0.lock().unwrap());
    }
}

#[derive(Clone, Debug)]
struct Span(Value);

impl Span {
    fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    fn attribute(&self, key: &str) -> &Value {
        let all = self.0["attributes"].as_array().unwrap();
        all.iter().find(|one| one["key"] == key).map_or(&Value::Null, |one| &one["value"])
    }

    fn nanoseconds(&self) -> (u64, u64) {
        (self.text("startTimeUnixNano").parse().unwrap(), self.text("endTimeUnixNano").parse().unwrap())
    }
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

on_both!(a_request_is_traced_to_its_statements_and_nothing_of_a_person_is_told, Installation, |place| {
    let (collector, address) = Collector::open();
    let server = place.start(&address, "0");
    // Whoever stands before the site has decided that this is traced, and that the next is not.
    place.file(&server, 1, Some(&format!("00-{TRACE}-00f067aa0ba902b7-01"))).await;
    place.file(&server, 2, Some("00-11111111111111111111111111111111-00f067aa0ba902b7-00")).await;
    place.file(&server, 3, None).await;
    let spans = collector.whole(TRACE).await;
    let request = spans.iter().find(|span| span.0["kind"] == 2).unwrap();
    assert_eq!(
        (request.text("name"), request.text("parentSpanId")),
        ("POST /api/v1/cases", "00f067aa0ba902b7")
    );
    assert_eq!(request.attribute("http.response.status_code")["intValue"], "201");
    assert_eq!(request.attribute("http.route")["stringValue"], "/api/v1/cases");
    let inserted = spans.iter().find(|span| span.text("name") == "INSERT referral").unwrap();
    let transaction = spans.iter().find(|span| span.text("spanId") == inserted.text("parentSpanId")).unwrap();
    assert!(transaction.text("name").starts_with("app::referral"), "{transaction:?}");
    assert_eq!(transaction.text("parentSpanId"), request.text("spanId"));
    assert!(spans.iter().any(|span| span.text("name") == "COMMIT"), "{spans:?}");
    for span in &spans {
        let (began, ended) = span.nanoseconds();
        assert!(
            began <= ended && began >= request.nanoseconds().0 && span.text("spanId").len() == 16,
            "{span:?}"
        );
        let parent = span.text("parentSpanId");
        assert!(
            parent == "00f067aa0ba902b7" || spans.iter().any(|other| other.text("spanId") == parent),
            "{span:?}"
        );
    }
    server.told_to_stop();
    server.ended().await;
    assert!(collector.spans().iter().all(|span| span.text("traceId") == TRACE), "nothing else is traced");
    let told = collector.0.lock().unwrap().concat();
    let numbers = [number(1), number(2)];
    let others = [PERSON.name, PERSON.applicant, PERSON.phone, PERSON.address, &place.token];
    for secret in numbers.iter().map(String::as_str).chain(others) {
        assert!(!told.contains(secret), "{secret}");
    }
});

on_both!(a_collector_that_is_away_holds_nobody_up_and_what_is_lost_is_counted, Installation, |place| {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = place.start(&format!("http://{nobody}"), "1");
    place.file(&server, 1, None).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..300 {
        let figures =
            client.get(format!("{}/metrics", server.address)).send().await.unwrap().text().await.unwrap();
        let line = figures.lines().find(|line| line.starts_with("xinqiao_traces_dropped_total "));
        let dropped: u64 = line.unwrap().split(' ').next_back().unwrap().parse().unwrap();
        if dropped > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing was counted");
});
