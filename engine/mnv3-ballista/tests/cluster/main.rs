//! A scheduler and two executors on this machine answer as one process does, also where one of them is killed; and what a second one is worth.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop like tests")]

mod documents;
mod pictures;
mod processes;

use pictures::Photos;
use processes::{Cluster, Ended};
use std::time::{Duration, Instant};

/// Columns and rows of photos: what is compared is whether all are answered, and that takes a while on machines that do much else.
const SMALL: [u32; 2] = [200, 150];

/// The lines of an answer, whatever their order.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn two_executors_answer_as_one_process_row_for_row() {
    let photos = Photos::new(6, 5, SMALL);
    let want = photos.answers_of_one_process();
    let mut cluster = Cluster::start(&photos, 30);
    cluster.add_executor();
    cluster.add_executor();
    for query in [photos.query(), photos.counts()] {
        let told = cluster.ask(&query).end();
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{}", told.out);
        let want = &want[&query];
        assert!(want.lines().count() > 1);
        assert_eq!(sorted(&told.out), sorted(want), "{query}");
    }
    assert!(cluster.executors.iter().all(|executor| executor.has_done_tasks()));
    let told = cluster.ask("SELECT path FROM '../../tests/images'").end();
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.contains("write it into a table first: mnv3 sql "),
        "{}",
        told.err
    );
}

#[test]
fn an_executor_that_is_killed_in_the_middle_costs_time_and_no_row() {
    let photos = Photos::new(24, 8, SMALL);
    let want = photos.answers_of_one_process();
    let mut cluster = Cluster::start(&photos, 3);
    cluster.add_executor();
    cluster.add_executor();
    let query = photos.query();
    let mut asking = cluster.ask(&query);
    let start = Instant::now();
    while !cluster.executors[1].has_done_tasks() {
        assert!(start.elapsed() < Duration::from_secs(120), "no task is done");
        assert!(!asking.has_ended(), "{}", asking.end().err);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!asking.has_ended(), "it was done before the executor was killed");
    cluster.executors[1].kill();
    let told = asking.end();
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(sorted(&told.out), sorted(&want[&query]));
}

#[test]
fn a_function_that_is_another_in_other_processes_is_refused() {
    let photos = Photos::new(2, 2, SMALL);
    let mut cluster = Cluster::start(&photos, 30);
    cluster.add_executor();
    let other = Photos::new(1, 1, SMALL);
    let told = cluster.ask_with(&photos.query(), &other.other_functions()).end();
    assert_eq!(told.code, Some(1), "{}", told.out);
    assert!(told.err.contains("classify:"), "{}", told.err);
    assert_eq!(cluster.ask(&photos.query()).end().code, Some(0));
}

#[test]
fn processes_say_what_is_wrong_with_their_command_lines() {
    let told = |arguments: &[&str]| {
        let Ended { code, err, .. } = processes::run(arguments);
        (code, err)
    };
    assert_eq!(told(&["executor", "--scheduler", "here"]).0, Some(2));
    assert_eq!(told(&["scheduler", "--function", "a=b"]).0, Some(2));
    let (code, err) = told(&["scheduler", "--function", "a=absent.yaml,w.safetensors"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("absent.yaml"), "{err}");
    let (code, err) = told(&["sql", "--scheduler", "127.0.0.1:9", "SELECT 1"]);
    assert_eq!(code, Some(1));
    assert!(err.starts_with("error: "), "{err}");
}

/// `bash ci/engine.sh measure`: images a second by the count of executors of one core each.
#[test]
#[ignore = "it measures, on a machine that is to have nothing else to do"]
fn throughput_by_the_count_of_executors() {
    let photos = Photos::new(16, 60, [500, 375]);
    let query = photos.query();
    let mut rates = vec![Vec::new(); 4];
    for _ in 0..3 {
        for (place, executors) in [1, 2].into_iter().enumerate() {
            let mut cluster = Cluster::start(&photos, 30);
            (0..executors).for_each(|_| cluster.add_executor());
            // What is done once, by each executor: reading files for the first time.
            cluster.ask(&photos.counts()).end();
            let start = Instant::now();
            let told = cluster.ask(&query).end();
            assert_eq!(told.code, Some(0), "{}", told.err);
            rates[place].push(photos.rows() as f64 / start.elapsed().as_secs_f64());
        }
        for (place, jobs) in [1, 2].into_iter().enumerate() {
            let start = Instant::now();
            photos.ask_one_process(&query, jobs);
            rates[2 + place].push(photos.rows() as f64 / start.elapsed().as_secs_f64());
        }
    }
    let names = ["1 executor", "2 executors", "one process, 1 job", "one process, 2 jobs"];
    for (name, rates) in names.iter().zip(&mut rates) {
        rates.sort_by(f64::total_cmp);
        println!("{name:20} {:6.1} images/s   {rates:.1?}", rates[rates.len() / 2]);
    }
}
