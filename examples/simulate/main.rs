//! Plays a file in simulated time, through both planes and without a browser, and prints what happens: what a page would do
//! with its first SourceBuffer, what the element answers, and where it waits.
//!
//! ```sh
//! cargo run --release --example simulate -- FILE [OPTION…]
//!
//!   --network KB    kilobytes a second that arrive (default 1000)
//!   --piece KB      kilobytes to append at a time (default 64)
//!   --rate X        playbackRate (default 1)
//!   --seek AT:TO    when AT seconds have passed, set currentTime to TO; may be given several times
//!   --decode MS     what a picture takes to be decoded, in milliseconds (default 5)
//!   --until S       stop after so many seconds (default 3600)
//!   --type TYPE     what to tell addSourceBuffer, instead of what the file's first bytes say
//!   --strict        take nothing that the specification refuses
//!   --all           also the events of every append, progress and timeupdate
//! ```
//!
//! Nothing is decoded: the simulated decoders give a picture for each chunk that is one, and silence for sound. Exits with 1
//! when the media cannot be played.

mod machine;

use std::collections::VecDeque;
use std::error::Error;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use mse_polyfill::container::{Strictness, TrackKind};
use mse_polyfill::control_plane::ControlPlane;
use mse_polyfill::control_plane::output::{Task, TaskTarget};
use mse_polyfill::data_plane::DataPlane;
use mse_polyfill::element::ReadyState;
use mse_polyfill::mime::MediaType;
use mse_polyfill::mse::{ExceptionName, ReadyState as SourceState};
use mse_polyfill::protocol::{Command, Event, SourceBufferId, TrackInfo, WallTime};
use mse_polyfill::ranges::TimeRanges;

use machine::{Machine, Output};

/// How often the page looks at the time, in milliseconds.
const TICK: f64 = 250.0;
/// Where there is no room, what is so many seconds behind the position is removed.
const KEPT_BEHIND: f64 = 10.0;
/// Where that is not enough, an append is tried again after so many milliseconds.
const RETRY: f64 = 500.0;
/// Events that come with every append, or by the clock.
const FREQUENT: [&str; 5] = ["updatestart", "update", "updateend", "progress", "timeupdate"];

struct Options {
    file: String,
    media_type: Option<String>,
    /// Bytes a millisecond.
    network: f64,
    piece: usize,
    rate: f64,
    /// Wall milliseconds and seconds of the timeline, in the order of the former.
    seeks: VecDeque<(f64, f64)>,
    decode: f64,
    until: f64,
    strictness: Strictness,
    prints_all: bool,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            file: String::new(),
            media_type: None,
            network: 1_000.0,
            piece: 64_000,
            rate: 1.0,
            seeks: VecDeque::new(),
            decode: 5.0,
            until: 3_600_000.0,
            strictness: Strictness::Lenient,
            prints_all: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument} needs a value"))
            };
            let positive = |text: String| match text.parse::<f64>() {
                Ok(number) if number > 0.0 => Ok(number),
                _ => Err(format!("{text} is no positive number")),
            };
            match argument.as_str() {
                "--network" => options.network = positive(value()?)?,
                "--piece" => options.piece = (positive(value()?)? * 1_000.0).max(1.0) as usize,
                "--rate" => options.rate = positive(value()?)?,
                "--seek" => {
                    let text = value()?;
                    let (at, to) = text.split_once(':').ok_or("--seek is AT:TO, in seconds")?;
                    options
                        .seeks
                        .push_back((at.parse::<f64>()? * 1_000.0, to.parse()?));
                }
                "--decode" => options.decode = positive(value()?)?,
                "--until" => options.until = positive(value()?)? * 1_000.0,
                "--type" => options.media_type = Some(value()?),
                "--strict" => options.strictness = Strictness::Strict,
                "--all" => options.prints_all = true,
                flag if flag.starts_with("--") => return Err(format!("no option {flag}").into()),
                _ if options.file.is_empty() => options.file = argument,
                _ => return Err("one file at a time".into()),
            }
        }
        if options.file.is_empty() {
            return Err(
                "usage: simulate FILE [OPTION…]; the options stand at the head of examples/simulate".into(),
            );
        }
        options
            .seeks
            .make_contiguous()
            .sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Ok(options)
    }
}

/// A page that plays one file, and the time it lives in.
struct Simulation<'a> {
    options: &'a Options,
    bytes: &'a [u8],
    out: &'a mut dyn Write,
    /// Wall milliseconds since the MediaSource was attached.
    now: WallTime,
    next_tick: WallTime,
    wake: Option<WallTime>,
    page: ControlPlane,
    data: DataPlane,
    machine: Machine,
    source_buffer: Option<SourceBufferId>,
    media_type: String,
    /// How many bytes were appended, and up to where the append under way goes.
    appended: usize,
    appending_to: usize,
    /// No append before: there was no room.
    retry_at: WallTime,
    seeks: VecDeque<(f64, f64)>,
    // What was printed last.
    ready_state: ReadyState,
    buffered: TimeRanges,
    // What is printed at the end; waits before playback has begun are none.
    has_played: bool,
    waits: u32,
    waited: f64,
    waiting_since: Option<WallTime>,
}

impl Simulation<'_> {
    fn run(&mut self) -> Result<(), Box<dyn Error>> {
        writeln!(self.out, "    wall  position")?;
        self.page.set_strictness(self.options.strictness);
        self.page.play(self.now);
        self.page.set_playback_rate(self.options.rate)?;
        loop {
            self.settle()?;
            let Some(next) = self.next_time() else { break };
            if next > self.options.until {
                break;
            }
            self.now = self.now.max(next);
            self.turn()?;
        }
        self.settle()?;
        self.summary()
    }

    /// When something happens next; `None` when nothing more will.
    fn next_time(&self) -> Option<WallTime> {
        let element = self.page.element();
        let seek = self.seeks.front().map(|&(at, _)| at);
        if element.error().is_some() || (element.ended() && seek.is_none()) {
            return None;
        }
        let arrival = self.next_arrival();
        [
            arrival,
            seek,
            self.wake,
            self.machine.video.done_at,
            self.machine.audio.done_at,
        ]
        .into_iter()
        .flatten()
        .reduce(f64::min)
        // The clock of the page alone brings nothing new.
        .map(|next| next.min(self.next_tick))
    }

    /// When the next piece can be appended.
    fn next_arrival(&self) -> Option<WallTime> {
        let source_buffer = self.page.source_buffer(self.source_buffer?).ok()?;
        if self.appended >= self.bytes.len() || source_buffer.updating() {
            return None;
        }
        let arrived = self.piece_end() as f64 / self.options.network;
        Some(arrived.max(self.retry_at))
    }

    fn piece_end(&self) -> usize {
        (self.appended + self.options.piece).min(self.bytes.len())
    }

    /// What is due now.
    fn turn(&mut self) -> Result<(), Box<dyn Error>> {
        for kind in [TrackKind::Video, TrackKind::Audio] {
            while self
                .machine
                .decoder(kind)
                .done_at
                .is_some_and(|at| at <= self.now)
            {
                self.deliver(kind);
            }
        }
        while let Some(&(at, to)) = self.seeks.front()
            && at <= self.now
        {
            self.seeks.pop_front();
            self.print("currentTime", &format!("= {to}"))?;
            self.page.set_current_time(to, self.now)?;
            if self.page.element().paused() {
                self.page.play(self.now);
            }
        }
        if self.next_arrival().is_some_and(|at| at <= self.now) {
            self.append()?;
        }
        if self.next_tick <= self.now {
            self.next_tick = self.now + TICK;
            self.page.tick(self.now);
        }
        Ok(())
    }

    fn deliver(&mut self, kind: TrackKind) {
        let decoder = self.machine.decoder(kind);
        let outputs = decoder.finish(self.now);
        let waiting = decoder.waiting();
        let player = self.data.player_mut();
        player.decode_queue(kind, waiting);
        for output in outputs {
            match output {
                Output::Picture { timestamp, size } => {
                    self.machine.pictures += 1;
                    player.video_decoded(self.machine.pictures, timestamp, size);
                }
                Output::Sound(sound) => player.audio_decoded(sound),
                Output::Flushed => player.flushed(kind),
            }
        }
    }

    fn append(&mut self) -> Result<(), Box<dyn Error>> {
        let Some(id) = self.source_buffer else {
            return Ok(());
        };
        let end = self.piece_end();
        let length = (end - self.appended) as u64;
        match self.page.append_buffer(id, length) {
            Ok(()) => {
                self.appending_to = end;
                self.print(
                    "appendBuffer",
                    &format!("{length} bytes, {end} of {}", self.bytes.len()),
                )
            }
            Err(exception) if exception.name == ExceptionName::QuotaExceededError => {
                let behind = self.page.element().current_time(self.now) - KEPT_BEHIND;
                let start = self
                    .page
                    .buffered_of(id)?
                    .start()
                    .map_or(f64::INFINITY, |start| start.as_seconds());
                if start < behind {
                    self.print("remove", &format!("0 to {behind:.3}, to make room"))?;
                    self.page.remove(id, 0.0, behind)?;
                } else if self.retry_at <= self.now {
                    self.retry_at = self.now + RETRY;
                    self.print("appendBuffer", exception.name.as_str())?;
                }
                Ok(())
            }
            Err(exception) => Err(exception.into()),
        }
    }

    /// Lets both planes speak until neither has anything more to say.
    fn settle(&mut self) -> Result<(), Box<dyn Error>> {
        loop {
            let commands = Command::all_from(&self.page.take_commands())?;
            let mut is_quiet = commands.is_empty();
            for command in commands {
                let media = match command {
                    Command::Append { .. } => {
                        let piece = self.bytes.get(self.appended..self.appending_to);
                        self.appended = self.appending_to;
                        piece.unwrap_or_default().to_vec()
                    }
                    _ => Vec::new(),
                };
                self.data.handle(command, media);
            }
            self.machine.now = self.now;
            self.wake = self.data.run(self.now, &mut self.machine);
            while let Some(event) = self.data.poll_event() {
                is_quiet = false;
                if let Event::InitSegmentReceived { duration, tracks, .. } = &event {
                    let duration = duration.map_or("no duration".into(), |duration| {
                        format!("{:.3} s", duration.as_seconds())
                    });
                    let tracks: Vec<String> = tracks.iter().map(describe).collect();
                    self.print("init segment", &format!("{duration}; {}", tracks.join("; ")))?;
                }
                self.page.receive(event, self.now);
                self.page.tick(self.now);
            }
            // States change before the events that tell of them.
            self.print_states()?;
            for task in self.page.take_tasks() {
                is_quiet = false;
                self.perform(task)?;
            }
            // An append of many bytes is done in several turns.
            if is_quiet && self.wake.is_none_or(|at| at > self.now) {
                return Ok(());
            }
        }
    }

    /// Runs a task: an event handler of the page, if it has one.
    fn perform(&mut self, task: Task) -> Result<(), Box<dyn Error>> {
        let Task { target, kind, .. } = task;
        if self.options.prints_all || !FREQUENT.contains(&kind) {
            let words = match (target, self.page.element().error_message()) {
                (TaskTarget::Element, message) if kind == "error" => format!("{kind}: {message}"),
                _ => kind.to_owned(),
            };
            self.print(target.as_str(), &words)?;
        }
        match (target, kind) {
            (TaskTarget::MediaSource, "sourceopen") if self.source_buffer.is_none() => {
                let media_type = self.media_type.clone();
                self.print("addSourceBuffer", &media_type)?;
                self.source_buffer = Some(self.page.add_source_buffer(media_type.as_str())?);
            }
            (TaskTarget::SourceBuffer, "updateend")
                if self.appended >= self.bytes.len()
                    && self.page.source().ready_state() == SourceState::Open =>
            {
                self.print("endOfStream", "")?;
                self.page.end_of_stream(None)?;
            }
            (TaskTarget::Element, "waiting") if self.has_played => self.waiting_since = Some(self.now),
            (TaskTarget::Element, "playing") => {
                self.has_played = true;
                if let Some(since) = self.waiting_since.take() {
                    self.waits += 1;
                    self.waited += self.now - since;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn print_states(&mut self) -> Result<(), Box<dyn Error>> {
        let ready_state = self.page.element().ready_state();
        if std::mem::replace(&mut self.ready_state, ready_state) != ready_state {
            self.print("readyState", name_of(ready_state))?;
        }
        // After an error it is removed.
        let buffered = self
            .source_buffer
            .and_then(|id| self.page.buffered_of(id).ok())
            .unwrap_or_default();
        if buffered != self.buffered {
            let ranges: Vec<String> = buffered
                .iter()
                .map(|range| format!("[{:.3}, {:.3})", range.start.as_seconds(), range.end.as_seconds()))
                .collect();
            let words = if ranges.is_empty() {
                "nothing".to_owned()
            } else {
                ranges.join(" ")
            };
            self.print("buffered", &words)?;
            self.buffered = buffered;
        }
        Ok(())
    }

    fn print(&mut self, what: &str, words: &str) -> Result<(), Box<dyn Error>> {
        let position = self.page.element().current_time(self.now);
        let line = format!("{:8.3}  {position:8.3}  {what:<19}  {words}", self.now / 1_000.0);
        writeln!(self.out, "{}", line.trim_end())?;
        Ok(())
    }

    fn summary(&mut self) -> Result<(), Box<dyn Error>> {
        let element = self.page.element();
        let position = element.current_time(self.now);
        let how = match (element.error(), element.ended()) {
            (Some(_), _) => "failed",
            (None, true) => "ended",
            (None, false) => "stopped",
        };
        let dropped = element.statistics().dropped_video_frames;
        let first = self.machine.first_shown_at.map_or("no picture".to_owned(), |at| {
            format!("first picture after {:.3} s", at / 1_000.0)
        });
        writeln!(
            self.out,
            "\n{how} at {position:.3} after {:.3} s; {first}; {} shown, {dropped} dropped; waited {} times, {:.3} s in all",
            self.now / 1_000.0,
            self.machine.shown,
            self.waits,
            self.waited / 1_000.0,
        )?;
        match element.error() {
            Some(_) => Err(element.error_message().to_owned().into()),
            None => Ok(()),
        }
    }
}

fn describe(track: &TrackInfo) -> String {
    let TrackInfo { id, kind, codec, .. } = track;
    let (width, height) = track.display_size;
    match kind {
        TrackKind::Video => format!("track {id} {codec} {width} × {height}"),
        TrackKind::Audio => format!("track {id} {codec}"),
    }
}

fn name_of(state: ReadyState) -> &'static str {
    match state {
        ReadyState::HaveNothing => "HAVE_NOTHING",
        ReadyState::HaveMetadata => "HAVE_METADATA",
        ReadyState::HaveCurrentData => "HAVE_CURRENT_DATA",
        ReadyState::HaveFutureData => "HAVE_FUTURE_DATA",
        ReadyState::HaveEnoughData => "HAVE_ENOUGH_DATA",
    }
}

fn simulate(options: &Options, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(&options.file)?;
    let media_type = match &options.media_type {
        Some(media_type) => media_type.clone(),
        None => {
            MediaType::sniff(&bytes)
                .ok_or("nothing that this crate reads")?
                .essence
        }
    };
    Simulation {
        options,
        bytes: &bytes,
        out,
        now: 0.0,
        next_tick: TICK,
        wake: None,
        page: ControlPlane::new(),
        data: DataPlane::new(),
        machine: Machine::new(options.decode),
        source_buffer: None,
        media_type,
        appended: 0,
        appending_to: 0,
        retry_at: 0.0,
        seeks: options.seeks.clone(),
        ready_state: ReadyState::HaveNothing,
        buffered: TimeRanges::new(),
        has_played: false,
        waits: 0,
        waited: 0.0,
        waiting_since: None,
    }
    .run()
}

fn main() -> ExitCode {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let outcome = Options::read(std::env::args().skip(1)).and_then(|options| simulate(&options, &mut out));
    let flushed = out.flush().map_err(Into::into);
    match outcome.and(flushed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
