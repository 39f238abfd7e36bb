//! The server is killed in the middle of its work (SIGKILL: it can finish nothing) and started again.

use crate::{asked, engine::Settled, installation::Installation, load::Sent, on_both};
use std::{sync::atomic::Ordering, time::Duration};

on_both!(every_acknowledged_event_is_there_once_after_the_server_was_killed, Installation, |place| {
    let sent = Sent::default();
    let kills = asked("XINQIAO_TEST_KILLS").unwrap_or(3);
    for round in 1..=kills {
        let mut server = place.start();
        let site = server.site.clone();
        let enough = sent.acknowledged() + 7 * (1 + round % 4);
        let killed = async {
            while sent.acknowledged() < enough {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.child.kill().unwrap();
        };
        let senders = (0..4).map(|_| sent.go_on(place, &site));
        tokio::join!(killed, futures::future::join_all(senders));
        drop(server);
        sent.hold(place, &place.start().site).await;
    }
    // Who got no answer asks again with the same key, and so does one who did.
    let server = place.start();
    let begun = sent.begun.load(Ordering::SeqCst);
    for number in 0..begun {
        sent.send(place, &server.site, number).await.unwrap();
    }
    sent.all_once(place, &server.site).await;
    drop(server);
    assert_eq!(
        place.count("SELECT COUNT(*) /* whole: a test counts */ FROM form_entry").await,
        2 * i64::from(begun)
    );
    println!("killed {kills} times: {begun} applications and their registrations, each there once");
});
