//! A sound device for machines that have none: PulseAudio with a null sink.
//!
//! Without a device Firefox's AudioContext never starts. What the browsers play there can be recorded from the sink's
//! monitor, which is how the tests hear volume and muted.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Failure, command};

/// A running sound server; dropping it ends it.
pub(crate) struct Pulse {
    server: Child,
    directory: PathBuf,
}

impl Pulse {
    /// Starts one of our own, beside whatever the machine has.
    pub(crate) fn start() -> Result<Self, Failure> {
        crate::apt::ensure(crate::apt::SOUND)?;
        let directory = std::env::temp_dir().join(format!("mse-polyfill-pulse-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let socket = directory.join("native");
        println!("  starting PulseAudio with a null sink");
        let server = command("pulseaudio")
            .args([
                "--daemonize=no",
                "--system=false",
                "--exit-idle-time=-1",
                "--use-pid-file=no",
                "-n",
            ])
            .args(["--disable-shm=yes", "--log-level=error"])
            .arg(format!(
                "--load=module-native-protocol-unix auth-anonymous=1 socket={}",
                socket.display()
            ))
            .arg("--load=module-null-sink sink_name=null rate=48000")
            .env("XDG_RUNTIME_DIR", &directory)
            .env("PULSE_RUNTIME_PATH", &directory)
            .env("PULSE_STATE_PATH", &directory)
            .env("HOME", &directory)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Failure::new(format!("pulseaudio did not start: {error}")))?;
        let pulse = Self { server, directory };
        let deadline = Instant::now() + Duration::from_secs(10);
        while !socket.exists() {
            if Instant::now() > deadline {
                return Err(Failure::new("pulseaudio opened no socket within 10 s"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(pulse)
    }

    /// Makes a program play into it.
    pub(crate) fn apply(&self, command: &mut Command) {
        command
            .env(
                "PULSE_SERVER",
                format!("unix:{}", self.directory.join("native").display()),
            )
            .env("PULSE_SINK", "null");
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        // Nothing is left to do when either fails: the process is gone or goes with ours.
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
