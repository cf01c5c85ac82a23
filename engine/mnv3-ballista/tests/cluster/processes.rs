//! Processes of a cluster, which end with the test that started them.

use crate::pictures::Photos;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A process that is killed when nobody needs it any more.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A scheduler and its executors.
pub(crate) struct Cluster<'p> {
    photos: &'p Photos,
    port: u16,
    /// Ends after the executors, which stand before it.
    pub(crate) executors: Vec<Executor>,
    _scheduler: Process,
}

pub(crate) struct Executor {
    process: Process,
    work_dir: PathBuf,
}

/// A query that is being answered.
pub(crate) struct Asking(Process);

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn mnv3_cluster<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mnv3-cluster"));
    command.args(arguments).stdin(Stdio::null()).env_remove("RUST_LOG");
    command
}

fn listens(port: u16) {
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "nobody listens at port {port}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// Runs to the end.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    let mut command = mnv3_cluster(arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    Asking(Process(child)).end()
}

impl<'p> Cluster<'p> {
    pub(crate) fn start(photos: &'p Photos, executor_timeout: u32) -> Self {
        let port = free_port();
        let numbers = [port.to_string(), executor_timeout.to_string()];
        let mut command = mnv3_cluster(["scheduler", "--port", &numbers[0], "--executor-timeout", &numbers[1]]);
        let scheduler = Process(command.args(photos.functions()).spawn().unwrap());
        listens(port);
        Self {
            photos,
            port,
            executors: Vec::new(),
            _scheduler: scheduler,
        }
    }

    fn scheduler(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// One that does a task at a time.
    pub(crate) fn add_executor(&mut self) {
        let ports = [free_port(), free_port()];
        let work_dir = self.photos.folder(&format!("work-{}-{}", self.port, ports[0]));
        let mut command = mnv3_cluster([
            "executor",
            "--jobs",
            "1",
            "--heartbeat",
            "1",
            "--scheduler",
            &self.scheduler(),
        ]);
        let named = command.args(["--port", &ports[0].to_string(), "--grpc-port", &ports[1].to_string()]);
        let named = named.arg("--work-dir").arg(&work_dir).args(self.photos.functions());
        let process = Process(named.spawn().unwrap());
        listens(ports[0]);
        listens(ports[1]);
        self.executors.push(Executor { process, work_dir });
    }

    pub(crate) fn ask(&self, query: &str) -> Asking {
        self.ask_with(query, &self.photos.functions())
    }

    pub(crate) fn ask_with(&self, query: &str, functions: &[String]) -> Asking {
        let mut command = mnv3_cluster([
            "sql",
            "--jobs",
            "16",
            "--format",
            "jsonl",
            "--scheduler",
            &self.scheduler(),
        ]);
        let asked = command.args(functions).arg(query);
        let child = asked.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Asking(Process(child))
    }
}

impl Executor {
    /// Whether rows that it made lie where they are fetched.
    pub(crate) fn has_done_tasks(&self) -> bool {
        has_files(&self.work_dir)
    }

    pub(crate) fn kill(&mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }
}

fn has_files(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| match path.is_dir() {
        true => has_files(&path),
        false => path.metadata().is_ok_and(|of| of.len() > 0),
    })
}

impl Asking {
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.0.try_wait().unwrap().is_some()
    }

    /// Waits for it.
    pub(crate) fn end(mut self) -> Ended {
        let mut errors = self.0.0.stderr.take().unwrap();
        let reading = thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).map(|_| text)
        });
        let mut out = String::new();
        self.0.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let err = reading.join().unwrap().unwrap();
        let code = self.0.0.wait().unwrap().code();
        assert!(!err.contains("panicked"), "{err}");
        Ended { code, out, err }
    }
}
